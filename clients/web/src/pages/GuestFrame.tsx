import { useQuery } from "@connectrpc/connect-query";
import type { ReactNode } from "react";

import { Poster } from "../art/Poster";
import { Wordmark } from "../components/Wordmark";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_service_pb";

/** The frame of the pages for guests: a form in front of a wall of posters. */
export function GuestFrame({ children }: { children: ReactNode }) {
  return (
    <main className="relative grid min-h-dvh place-items-center overflow-hidden px-4 py-10">
      <PosterWall />
      <div className="relative w-full max-w-md animate-rise">
        <Wordmark className="mb-6 block text-center text-6xl" />
        <div className="rounded-3xl border border-paper/10 bg-ink p-7 shadow-2xl shadow-black sm:p-9">{children}</div>
      </div>
    </main>
  );
}

/** Decoration. It stays empty if the catalogue cannot be reached. */
function PosterWall() {
  const { data } = useQuery(CatalogService.method.listTitles, { pageSize: 48 });
  return (
    <div aria-hidden="true" className="absolute inset-0">
      <div className="absolute top-1/2 left-1/2 grid w-[max(150vw,90rem)] -translate-1/2 -rotate-8 grid-cols-8 gap-4 opacity-60">
        {data?.titles.map((title) => (
          <div key={title.titleId} className="relative aspect-2/3 overflow-hidden rounded-lg">
            <Poster title={title} />
          </div>
        ))}
      </div>
      <div className="absolute inset-0 bg-radial from-ink/90 via-ink/60 to-ink" />
    </div>
  );
}
