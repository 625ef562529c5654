import { useMemo } from "react";

import { useAccess } from "../api/access";
import { usePopularTitles } from "../api/titles";
import { ContinueRail } from "../components/ContinueRail";
import { ErrorMessage } from "../components/Messages";
import { PosterSkeletons } from "../components/Skeletons";
import { TitleCard } from "../components/TitleCard";
import { TitleGrid } from "../components/TitleGrid";
import { useStrings } from "../strings/useStrings";
import { DegradedNotice } from "./DegradedNotice";

/**
 * The home while Recommendation is unavailable: popular titles of the catalogue, and the titles that the viewer
 * started.
 */
export function PopularHome({ showOwn }: { showOwn: (() => void) | undefined }) {
  const strings = useStrings();
  const popular = usePopularTitles();
  const titles = popular.data?.titles;
  const decisions = useAccess(useMemo(() => [titles?.map((title) => title.titleId) ?? []], [titles]));
  return (
    <div className="pt-20">
      <DegradedNotice degradedState="popular" onShow={showOwn} />
      <div className="relative mt-4 flex flex-col gap-5 sm:gap-7">
        <ContinueRail />
        <section className="gutter">
          <h2 className="mb-4 text-lg font-semibold tracking-tight sm:text-xl">{strings.home.popular}</h2>
          {popular.error ? <ErrorMessage error={popular.error} retry={popular.refetch} /> : null}
          <div data-rail="popular">
            <TitleGrid>
              {popular.isPending ? <PosterSkeletons count={24} className="mb-17.5" /> : null}
              {titles?.map((title) => (
                <TitleCard key={title.titleId} title={title} decision={decisions.get(title.titleId)} />
              ))}
            </TitleGrid>
          </div>
        </section>
      </div>
    </div>
  );
}
