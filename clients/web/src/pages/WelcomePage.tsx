import { useMutation } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";

import { buttons } from "../components/buttons";
import { PageTitle } from "../components/PageTitle";
import { Wordmark } from "../components/Wordmark";
import { passWishes } from "../session/session";
import { useSession } from "../session/useSession";
import { useStrings } from "../strings/useStrings";
import { WishForm } from "../taste/WishForm";

const NONE = { genres: [], languageCodes: [] };

/** Asks a new profile once what it likes. It may pass. */
export function WelcomePage() {
  const strings = useStrings();
  const router = useRouter();
  const session = useSession();
  const profile = session.status === "signed-in" ? session.profile : undefined;
  const goOn = () => void router.navigate({ to: "/", replace: true });
  const passing = useMutation({ mutationFn: passWishes, onSettled: goOn });
  return (
    <main className="gutter mx-auto flex min-h-dvh max-w-4xl flex-col justify-center gap-8 py-12">
      <PageTitle>{strings.wishes.page}</PageTitle>
      <Wordmark className="text-3xl" />
      <div>
        <h1 className="font-literary text-4xl font-semibold text-balance sm:text-5xl">
          {profile ? strings.wishes.heading(profile.displayName) : strings.wishes.page}
        </h1>
        <p className="mt-3 text-lg text-paper/85">{strings.wishes.lead}</p>
      </div>
      <WishForm wishes={profile?.preferences ?? NONE} submit={strings.wishes.start} onSaved={goOn}>
        <button type="button" className={buttons.quiet} disabled={passing.isPending} onClick={() => passing.mutate()}>
          {strings.wishes.pass}
        </button>
      </WishForm>
    </main>
  );
}
