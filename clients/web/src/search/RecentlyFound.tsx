import { Link } from "@tanstack/react-router";
import { Dices, History } from "lucide-react";
import { useMemo } from "react";

import { useAccess } from "../api/access";
import { useTitles } from "../api/titles";
import { buttons } from "../components/buttons";
import { ContentRail } from "../components/ContentRail";
import { EmptyMessage } from "../components/Messages";
import { TitleCard } from "../components/TitleCard";
import { RAIL_POSTER } from "../components/TitleRail";
import { isHidden } from "../feedback/hidden";
import { useHidden } from "../feedback/useHiding";
import { useStrings } from "../strings/useStrings";
import { recent } from "./recent";
import { useClearingViews, useRecentlyViewed } from "./useRecentlyViewed";
import { useRecent } from "./useRecent";

/** The search page before the viewer types: searches of this browser, and titles viewed on any device. */
export function RecentlyFound() {
  const strings = useStrings();
  const [profileId, queries] = useRecent();
  const hiddenTitles = useHidden();
  const viewed = useRecentlyViewed();
  const titleIds = useMemo(() => viewed.filter((titleId) => !isHidden(hiddenTitles, titleId)), [viewed, hiddenTitles]);
  const clearViews = useClearingViews();
  const { byId } = useTitles(titleIds);
  const decisions = useAccess(useMemo(() => [titleIds], [titleIds]));
  const titles = titleIds.flatMap((titleId) => byId.get(titleId) ?? []);
  if (queries.length === 0 && titleIds.length === 0)
    return (
      <EmptyMessage heading={strings.search.prompt} hint={strings.search.promptHint}>
        <PickLink />
      </EmptyMessage>
    );
  return (
    <div className="flex flex-col gap-8 pt-2">
      {queries.length > 0 ? (
        <section aria-label={strings.find.recent}>
          <h2 className="mb-3 text-sm font-medium text-muted">{strings.find.recent}</h2>
          <ul className="flex flex-wrap gap-2">
            {queries.map((query) => (
              <li key={query}>
                <Link
                  to="/search"
                  search={{ q: query }}
                  className="inline-flex min-h-10 items-center gap-2 rounded-full bg-paper/8 px-4 text-sm text-paper/90 transition-colors hover:bg-paper/16"
                >
                  <History aria-hidden="true" className="size-4 text-muted" />
                  {query}
                </Link>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {titles.length > 0 ? (
        <div className="-mx-[clamp(1rem,4vw,4.5rem)]">
          <ContentRail heading={strings.find.browsed} railId="browsed" count={titles.length}>
            {titles.map((title) => (
              <TitleCard
                key={title.titleId}
                title={title}
                decision={decisions.get(title.titleId)}
                className={RAIL_POSTER}
              />
            ))}
          </ContentRail>
        </div>
      ) : null}
      <div className="flex flex-wrap gap-3">
        <PickLink />
        <button
          type="button"
          className={buttons.quiet}
          onClick={() => {
            recent.forget(profileId);
            clearViews();
          }}
        >
          {strings.find.forgetRecent}
        </button>
      </div>
    </div>
  );
}

function PickLink() {
  const { pick } = useStrings();
  return (
    <Link to="/pick" className={`${buttons.secondary} mt-2`}>
      <Dices aria-hidden="true" className="size-5" />
      {pick.page}
    </Link>
  );
}
