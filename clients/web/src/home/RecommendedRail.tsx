import { useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";
import type { LinkProps } from "@tanstack/react-router";
import { memo, useMemo } from "react";

import { useAccess } from "../api/access";
import { useTitles } from "../api/titles";
import { ContentRail } from "../components/ContentRail";
import { ErrorMessage } from "../components/Messages";
import { RAIL_POSTER } from "../components/TitleRail";
import { useOnScreen } from "../components/useOnScreen";
import type { Item, Rail } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RailKind } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_pb";
import { isHidden } from "../feedback/hidden";
import { useHidden } from "../feedback/useHiding";
import { RecommendedCard } from "./RecommendedCard";

const RAIL_WIDE = "w-[clamp(14rem,62vw,17rem)] sm:w-[clamp(16rem,21vw,25rem)]";

interface RecommendedRailProps {
  rail: Rail;
  onMore: (rail: Rail, item: Item) => void;
}

/** A rail of chosen titles. What they look like is asked for when it comes near; its height is the same before and after. */
export const RecommendedRail = memo(function RecommendedRail({ rail, onMore }: RecommendedRailProps) {
  const [ref, seen] = useOnScreen<HTMLDivElement>("800px");
  const goesOn = rail.kind === RailKind.CONTINUE_WATCHING;
  const titleIds = useMemo(() => rail.items.map((item) => item.titleId), [rail]);
  const titles = useTitles(titleIds, seen);
  const decisions = useAccess(useMemo(() => (seen ? [titleIds] : []), [seen, titleIds]));
  const episodes = useEpisodeLabels(goesOn && seen);
  const gone = useHidden();
  const items = rail.items.filter(
    ({ titleId }) =>
      !isHidden(gone, titleId, rail.railId) && !(titles.complete && titles.byId.get(titleId) === undefined),
  );
  if (items.length === 0) return null;
  return (
    <div ref={ref}>
      <ContentRail heading={rail.title} railId={rail.railId} seeAll={wholeOf(rail)} count={items.length}>
        {titles.error ? (
          <ErrorMessage error={titles.error} retry={titles.retry} />
        ) : (
          items.map((item) => (
            <RecommendedCard
              key={item.titleId}
              item={item}
              title={titles.byId.get(item.titleId)}
              decision={decisions.get(item.titleId)}
              decisionId={rail.decisionId}
              goesOn={goesOn}
              episodeLabel={episodes.get(item.titleId) ?? ""}
              className={goesOn ? RAIL_WIDE : RAIL_POSTER}
              onMore={(chosen) => onMore(rail, chosen)}
            />
          ))
        )}
      </ContentRail>
    </div>
  );
});

/** Which episode to go on with, in words, by the title. */
function useEpisodeLabels(wanted: boolean): ReadonlyMap<string, string> {
  const begun = useQuery(ViewingService.method.listContinueWatching, wanted ? { pageSize: 50 } : skipToken, {
    staleTime: 0,
  });
  return useMemo(() => new Map(begun.data?.items.map((item) => [item.titleId, item.episodeLabel])), [begun.data]);
}

/** Where all of what a rail shows a part of can be found. */
function wholeOf(rail: Rail): LinkProps | undefined {
  switch (rail.kind) {
    case RailKind.MY_LIST:
      return { to: "/watchlist" };
    case RailKind.GENRE:
      return rail.genre ? { to: "/browse/{-$genre}", params: { genre: rail.genre } } : undefined;
    case RailKind.NEW_RELEASES:
      return { to: "/browse/{-$genre}", params: {} };
    default:
      return undefined;
  }
}
