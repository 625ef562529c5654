import { Link } from "@tanstack/react-router";

import { buttons } from "../components/buttons";
import { PageTitle } from "../components/PageTitle";
import { Art } from "../art/Art";
import { compose } from "../art/compose";
import { useStrings } from "../strings/useStrings";

const BACKDROP = compose({ titleId: "404", displayName: "404", genres: [{ genreId: "mystery" }], artwork: undefined });

/** The page for an unknown URL. */
export function NotFoundPage() {
  const strings = useStrings();
  return (
    <main className="relative grid min-h-dvh place-items-center overflow-hidden p-6 text-center">
      <PageTitle>{strings.notFound.page}</PageTitle>
      <div className="absolute inset-0 opacity-25">
        <Art composition={{ ...BACKDROP, motif: "reel" }} wide />
      </div>
      <div className="relative flex max-w-md flex-col items-center gap-4">
        <h1 className="font-condensed text-6xl font-black uppercase">{strings.notFound.heading}</h1>
        <p className="text-lg text-paper/85">{strings.notFound.body}</p>
        <Link to="/" className={buttons.primary}>
          {strings.toHome}
        </Link>
      </div>
    </main>
  );
}
