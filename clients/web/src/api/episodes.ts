import { useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";
import { useMemo } from "react";

import type { PlayTarget } from "../player/playTarget";
import { findPlayTarget } from "../player/playTarget";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_service_pb";
import type { Bookmark } from "../gen/marquee/viewing/v1/viewing_pb";
import { episodeIdOf } from "./subjects";

/** The largest page that the platform returns. No season has more episodes. */
const MAX_EPISODES = 200;

/** Returns the episodes of a season in their order. It makes the call once the season is known. */
export function useSeason(titleId: string, seasonNumber: number | undefined) {
  return useQuery(
    CatalogService.method.listEpisodes,
    seasonNumber === undefined
      ? skipToken
      : { titleId, season: { case: "seasonNumber", value: seasonNumber }, pageSize: MAX_EPISODES },
  );
}

/** Returns one episode. It makes no call if `episodeId` is empty. */
export function useEpisode(episodeId: string) {
  return useQuery(CatalogService.method.getEpisode, episodeId ? { episodeId } : skipToken);
}

/**
 * Returns what the play button of a title does. `bookmarks` begin with the latest one. For a series it loads the season
 * that the profile is watching; after the last episode of that season also the next season, or the first at the end.
 */
export function usePlayTarget(title: Title, bookmarks: readonly Bookmark[]): PlayTarget & { isPending: boolean } {
  const { titleId, seasons } = title;
  const [latest] = bookmarks;
  const latestId = episodeIdOf(latest?.subject);
  const latestEpisode = useEpisode(latestId);
  // If the episode was removed, its place in the series is unknown and the series starts from the beginning.
  const firstSeason = seasons[0]?.seasonNumber;
  const currentSeason =
    latestId === "" || latestEpisode.isError ? firstSeason : latestEpisode.data?.episode?.seasonNumber;
  const season = useSeason(titleId, currentSeason);
  const isOver = latest?.watched === true && season.data?.episodes.at(-1)?.episodeId === latestId;
  const nextSeason = seasons.find(({ seasonNumber }) => currentSeason !== undefined && seasonNumber > currentSeason);
  const otherSeason = useSeason(titleId, isOver ? (nextSeason?.seasonNumber ?? firstSeason) : undefined);
  const isPending =
    seasons.length > 0 && (currentSeason === undefined || season.isLoading || (isOver && otherSeason.isLoading));
  return useMemo(() => {
    const pages = [season.data, ...(isOver && otherSeason.data !== season.data ? [otherSeason.data] : [])];
    const episodes = pages
      .flatMap((page) => page?.episodes ?? [])
      .sort((one, two) => one.seasonNumber - two.seasonNumber || one.episodeNumber - two.episodeNumber);
    // Until the episode is known, the platform decides where playback starts.
    if (isPending) return { state: "fresh" as const, share: 0, left: 0, isPending };
    return { ...findPlayTarget(bookmarks, episodes), isPending };
  }, [bookmarks, season.data, otherSeason.data, isOver, isPending]);
}
