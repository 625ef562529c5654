import { useInfiniteQuery, useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";
import type { LinkProps } from "@tanstack/react-router";
import { memo, useCallback, useMemo, useState } from "react";

import { useAccess } from "../api/access";
import { titleIdOf } from "../api/subjects";
import { useTitlePages, useTitles } from "../api/titles";
import { ContentRail } from "../components/ContentRail";
import { ErrorMessage } from "../components/Messages";
import { RAIL_POSTER, RAIL_WIDE } from "../components/TitleRail";
import { useOnScreen } from "../components/useOnScreen";
import type { Item, Rail } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RailKind } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { isHidden } from "../feedback/hidden";
import { useHidden } from "../feedback/useHiding";
import { RecommendedCard } from "./RecommendedCard";

interface RecommendedRailProps {
  rail: Rail;
  /** The recommendation decision that contains the rail. */
  decisionId: string;
  onMore: (rail: Rail, item: Item) => void;
}

/**
 * A rail of recommended titles. It loads the titles when the viewer scrolls near it. Its height does not change then.
 */
export const RecommendedRail = memo(function RecommendedRail({ rail, decisionId, onMore }: RecommendedRailProps) {
  const [ref, isNear] = useOnScreen<HTMLDivElement>("800px");
  const isContinued = rail.kind === RailKind.CONTINUE_WATCHING;
  const titleIds = useMemo(() => rail.items.map((item) => titleIdOf(item.subject)), [rail]);
  const titles = useTitles(titleIds, isNear);
  const moreItems = useMoreItems(rail);
  const decisions = useAccess(
    useMemo(() => (isNear ? [titleIds, ...moreItems.pages] : []), [isNear, titleIds, moreItems.pages]),
  );
  const episodes = useEpisodeLabels(isContinued && isNear);
  const hiddenTitles = useHidden();
  const titleOf = ({ subject }: Item) => titles.byId.get(titleIdOf(subject)) ?? moreItems.byId.get(titleIdOf(subject));
  const items = [
    ...rail.items.filter((item) => !(titles.complete && titleOf(item) === undefined)),
    ...moreItems.items.filter(titleOf),
  ].filter(({ subject }) => !isHidden(hiddenTitles, titleIdOf(subject), rail.railId));
  if (items.length === 0) return null;
  return (
    <div ref={ref}>
      <ContentRail
        heading={rail.displayName}
        railId={rail.railId}
        seeAll={seeAllLink(rail)}
        count={items.length}
        onEnd={moreItems.requestMore}
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
              isContinued={isContinued}
              episodeLabel={episodes.get(titleIdOf(item.subject)) ?? ""}
              className={isContinued ? RAIL_WIDE : RAIL_POSTER}
              onMore={(opened) => onMore(rail, opened)}
            />
          ))
        )}
      </ContentRail>
    </div>
  );
});

/** Returns the items of a rail after the first page. It requests them when the end of the rail is in view. */
function useMoreItems({ railId, nextPageToken }: Rail) {
  const [isRequested, setIsRequested] = useState(false);
  const itemPages = useInfiniteQuery(
    RecommendationService.method.listRailItems,
    isRequested ? { railId, pageToken: nextPageToken } : skipToken,
    // The home of this rail may have expired. The rail then ends here.
    { pageParamKey: "pageToken", getNextPageParam: (last) => last.nextPageToken || undefined, retry: false },
  );
  const { data, hasNextPage, isFetching, isError, fetchNextPage } = itemPages;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const pages = useMemo(
    () => data?.pages.map((page) => page.items.map((item) => titleIdOf(item.subject))) ?? [],
    [data],
  );
  const hasMore = isRequested ? hasNextPage && !isFetching && !isError : nextPageToken !== "";
  const requestMore = useCallback(
    () => (isRequested ? void fetchNextPage() : setIsRequested(true)),
    [isRequested, fetchNextPage],
  );
  return { items, pages, byId: useTitlePages(pages), requestMore: hasMore ? requestMore : undefined };
}

/** Returns the label of the episode to continue with, by title id. */
function useEpisodeLabels(enabled: boolean): ReadonlyMap<string, string> {
  const continueWatching = useQuery(
    ViewingService.method.listContinueWatching,
    enabled ? { pageSize: 50 } : skipToken,
    {
      staleTime: 0,
    },
  );
  return useMemo(
    () => new Map(continueWatching.data?.items.map((item) => [titleIdOf(item.subject), item.episodeLabel])),
    [continueWatching.data],
  );
}

/** Returns the page that shows all titles of a rail; undefined if there is none. */
function seeAllLink(rail: Rail): LinkProps | undefined {
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
