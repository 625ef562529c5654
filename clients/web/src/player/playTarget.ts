import { episodeIdOf } from "../api/subjects";
import type { Episode } from "../gen/marquee/catalog/v1/catalog_pb";
import type { Bookmark } from "../gen/marquee/viewing/v1/viewing_pb";
import { progress, seconds } from "../format/time";

/** What the play button of a title does. */
export interface PlayTarget {
  /** The episode to play, if the title is a series. */
  episode?: Episode | undefined;
  state: "fresh" | "begun" | "watched";
  /** How much was watched, from 0 to 1. */
  share: number;
  /** How many seconds are left. */
  left: number;
}

/**
 * Returns what the play button does. `bookmarks` begin with the latest one; `episodes` are those around the latest
 * bookmark of a series, in the order of watching. A series continues after the last watched episode.
 */
export function findPlayTarget(bookmarks: readonly Bookmark[], episodes: readonly Episode[]): PlayTarget {
  const [latest] = bookmarks;
  if (!latest) return { episode: episodes[0], state: "fresh", share: 0, left: 0 };
  const latestIndex = episodes.findIndex((episode) => episode.episodeId === episodeIdOf(latest.subject));
  const nextEpisode = latest.watched ? episodes[latestIndex + 1] : undefined;
  if (nextEpisode) {
    const nextBookmark = bookmarks.find((bookmark) => episodeIdOf(bookmark.subject) === nextEpisode.episodeId);
    return nextBookmark && !nextBookmark.watched
      ? resumeFrom(nextBookmark, nextEpisode)
      : { episode: nextEpisode, state: "fresh", share: 0, left: 0 };
  }
  if (latest.watched) return { episode: episodes[0], state: "watched", share: 1, left: 0 };
  return resumeFrom(latest, episodes[latestIndex]);
}

function resumeFrom(bookmark: Bookmark, episode: Episode | undefined): PlayTarget {
  if (seconds(bookmark.position) === 0) return { episode, state: "fresh", share: 0, left: 0 };
  return {
    episode,
    state: "begun",
    share: progress(bookmark.position, bookmark.duration),
    left: seconds(bookmark.duration) - seconds(bookmark.position),
  };
}
