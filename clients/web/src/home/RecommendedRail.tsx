import { useInfiniteQuery, useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";
import type { LinkProps } from "@tanstack/react-router";
import { memo, useCallback, useMemo, useState } from "react";

import { useAccess } from "../api/access";
import { titleIdOf } from "../api/subjects";
import { useTitlePages, useTitles } from "../api/titles";
import { ContentRail } from "../components/ContentRail";
import { ErrorMessage } from "../components/Messages";
import { RAIL_POSTER } from "../components/TitleRail";
import { useOnScreen } from "../components/useOnScreen";
import type { Item, Rail } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RailKind } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { isHidden } from "../feedback/hidden";
import { useHidden } from "../feedback/useHiding";
import { RecommendedCard } from "./RecommendedCard";

const RAIL_WIDE = "w-[clamp(14rem,62vw,17rem)] sm:w-[clamp(16rem,21vw,25rem)]";

interface RecommendedRailProps {
  rail: Rail;
  /** Which decision put it here. */
  decisionId: string;
  onMore: (rail: Rail, item: Item) => void;
}

/** A rail of chosen titles. What they look like is asked for when it comes near; its height is the same before and after. */
export const RecommendedRail = memo(function RecommendedRail({ rail, decisionId, onMore }: RecommendedRailProps) {
  const [ref, seen] = useOnScreen<HTMLDivElement>("800px");
  const goesOn = rail.kind === RailKind.CONTINUE_WATCHING;
  const titleIds = useMemo(() => rail.items.map((item) => titleIdOf(item.subject)), [rail]);
  const titles = useTitles(titleIds, seen);
  const rest = useRest(rail);
  const decisions = useAccess(useMemo(() => (seen ? [titleIds, ...rest.pages] : []), [seen, titleIds, rest.pages]));
  const episodes = useEpisodeLabels(goesOn && seen);
  const gone = useHidden();
  const titleOf = ({ subject }: Item) => titles.byId.get(titleIdOf(subject)) ?? rest.byId.get(titleIdOf(subject));
  const items = [
    ...rail.items.filter((item) => !(titles.complete && titleOf(item) === undefined)),
    ...rest.items.filter(titleOf),
  ].filter(({ subject }) => !isHidden(gone, titleIdOf(subject), rail.railId));
  if (items.length === 0) return null;
  return (
    <div ref={ref}>
      <ContentRail
        heading={rail.displayName}
        railId={rail.railId}
        seeAll={wholeOf(rail)}
        count={items.length}
        onEnd={rest.ask}
      >
        {titles.error ? (
          <ErrorMessage error={titles.error} retry={titles.retry} />
        ) : (
          items.map((item) => (
            <RecommendedCard
              key={titleIdOf(item.subject)}
              item={item}
              title={titleOf(item)}
              decision={decisions.get(titleIdOf(item.subject))}
              decisionId={decisionId}
              goesOn={goesOn}
              episodeLabel={episodes.get(titleIdOf(item.subject)) ?? ""}
              className={goesOn ? RAIL_WIDE : RAIL_POSTER}
              onMore={(chosen) => onMore(rail, chosen)}
            />
          ))
        )}
      </ContentRail>
    </div>
  );
});

/** What a rail holds beyond its first items, page by page, from the moment its end is in view. */
function useRest({ railId, nextPageToken }: Rail) {
  const [wanted, setWanted] = useState(false);
  const list = useInfiniteQuery(
    RecommendationService.method.listRailItems,
    wanted ? { railId, pageToken: nextPageToken } : skipToken,
    // The home that it belongs to may be gone by now; then the rail ends here.
    { pageParamKey: "pageToken", getNextPageParam: (last) => last.nextPageToken || undefined, retry: false },
  );
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = list;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const pages = useMemo(
    () => data?.pages.map((page) => page.items.map((item) => titleIdOf(item.subject))) ?? [],
    [data],
  );
  const hasMore = wanted ? hasNextPage && !isFetching && !isError : nextPageToken !== "";
  const ask = useCallback(() => (wanted ? void fetchNextPage() : setWanted(true)), [wanted, fetchNextPage]);
  return { items, pages, byId: useTitlePages(pages), ask: hasMore ? ask : undefined };
}

/** Which episode to go on with, in words, by the title. */
function useEpisodeLabels(wanted: boolean): ReadonlyMap<string, string> {
  const begun = useQuery(ViewingService.method.listContinueWatching, wanted ? { pageSize: 50 } : skipToken, {
    staleTime: 0,
  });
  return useMemo(
    () => new Map(begun.data?.items.map((item) => [titleIdOf(item.subject), item.episodeLabel])),
    [begun.data],
  );
}

/** Where all of what a rail shows a part of can be found. */
function wholeOf(rail: Rail): LinkProps | undefined {
  switch (rail.kind) {
    case RailKind.MY_LIST:
      return { to: "/watchlist" };
    case RailKind.GENRE:
      return rail.genreId ? { to: "/browse/{-$genre}", params: { genre: rail.genreId } } : undefined;
    case RailKind.NEW_RELEASES:
      return { to: "/browse/{-$genre}", params: {} };
    default:
      return undefined;
  }
}
