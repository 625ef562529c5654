import { useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";
import { useMemo } from "react";

import type { PlayNext } from "../format/playNext";
import { playNext } from "../format/playNext";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_service_pb";
import type { Bookmark } from "../gen/marquee/viewing/v1/viewing_pb";
import { episodeIdOf } from "./subjects";

/** The platform takes this many at once; no season has more. */
const MOST_EPISODES = 200;

/** The episodes of a season, in their order; asked for once the season is known. */
export function useSeason(titleId: string, seasonNumber: number | undefined) {
  return useQuery(
    CatalogService.method.listEpisodes,
    seasonNumber === undefined
      ? skipToken
      : { titleId, season: { case: "seasonNumber", value: seasonNumber }, pageSize: MOST_EPISODES },
  );
}

/** One episode, where there is any. */
export function useEpisode(episodeId: string) {
  return useQuery(CatalogService.method.getEpisode, episodeId ? { episodeId } : skipToken);
}

/**
 * What pressing play on a title does, from the bookmarks, the latest first. Of a series it asks for the season that the
 * profile is in, and after the last episode of it for the next one, or at the end for the first.
 */
export function usePlayNext(title: Title, bookmarks: readonly Bookmark[]): PlayNext & { isPending: boolean } {
  const { titleId, seasons } = title;
  const [latest] = bookmarks;
  const latestId = episodeIdOf(latest?.subject);
  const place = useEpisode(latestId);
  // If the episode was removed, its place in the series is unknown and the series starts from the beginning.
  const first = seasons[0]?.seasonNumber;
  const number = latestId === "" || place.isError ? first : place.data?.episode?.seasonNumber;
  const season = useSeason(titleId, number);
  const isOver = latest?.watched === true && season.data?.episodes.at(-1)?.episodeId === latestId;
  const following = seasons.find(({ seasonNumber }) => number !== undefined && seasonNumber > number);
  const other = useSeason(titleId, isOver ? (following?.seasonNumber ?? first) : undefined);
  const isPending = seasons.length > 0 && (number === undefined || season.isLoading || (isOver && other.isLoading));
  return useMemo(() => {
    const pages = [season.data, ...(isOver && other.data !== season.data ? [other.data] : [])];
    const episodes = pages
      .flatMap((page) => page?.episodes ?? [])
      .sort((one, two) => one.seasonNumber - two.seasonNumber || one.episodeNumber - two.episodeNumber);
    // Until the episode is known, the platform itself finds where the profile stopped.
    if (isPending) return { state: "fresh" as const, share: 0, left: 0, isPending };
    return { ...playNext(bookmarks, episodes), isPending };
  }, [bookmarks, season.data, other.data, isOver, isPending]);
}
