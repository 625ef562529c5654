import { episodeIdOf } from "../api/subjects";
import type { Episode } from "../gen/marquee/catalog/v1/catalog_pb";
import type { Bookmark } from "../gen/marquee/viewing/v1/viewing_pb";
import { progress, seconds } from "./time";

/** What pressing play on a title does. */
export interface PlayNext {
  /** The episode, of a series. */
  episode?: Episode | undefined;
  state: "fresh" | "begun" | "watched";
  /** How much was seen, from 0 to 1. */
  share: number;
  /** How many seconds are left. */
  left: number;
}

/**
 * Decides from the bookmarks, the latest first, and of a series from the episodes around the latest in the order of
 * watching: a series continues after the last watched episode.
 */
export function playNext(bookmarks: readonly Bookmark[], episodes: readonly Episode[]): PlayNext {
  const [latest] = bookmarks;
  if (!latest) return { episode: episodes[0], state: "fresh", share: 0, left: 0 };
  const at = episodes.findIndex((episode) => episode.episodeId === episodeIdOf(latest.subject));
  const following = latest.watched ? episodes[at + 1] : undefined;
  if (following) {
    const known = bookmarks.find((bookmark) => episodeIdOf(bookmark.subject) === following.episodeId);
    return known && !known.watched
      ? begun(known, following)
      : { episode: following, state: "fresh", share: 0, left: 0 };
  }
  if (latest.watched) return { episode: episodes[0], state: "watched", share: 1, left: 0 };
  return begun(latest, episodes[at]);
}

function begun(bookmark: Bookmark, episode: Episode | undefined): PlayNext {
  if (seconds(bookmark.position) === 0) return { episode, state: "fresh", share: 0, left: 0 };
  return {
    episode,
    state: "begun",
    share: progress(bookmark.position, bookmark.duration),
    left: seconds(bookmark.duration) - seconds(bookmark.position),
  };
}
