import type { NewEvent } from "../events/recorder";
import { durationOf } from "../format/time";
import type { Subject } from "../gen/marquee/type/v1/type_pb";
import { ViewingEventType } from "../gen/marquee/viewing/v1/viewing_pb";
import { placeOf } from "./place";

/** The values that all events of one playback session contain. */
export interface EventContext {
  subject: Subject;
  sessionId: string;
  /** The recommendation decision that showed the title; empty if there is none. */
  decisionId: string;
}

/** Where the events happen. */
export interface EventSource {
  onChannel: boolean;
  /** Returns the position, as in `place.ts`, and the duration in seconds; undefined while they are not known. */
  read: () => { position: number | undefined; duration: number | undefined };
}

/** The player itself may jump by a shorter time, in seconds. A longer jump is a seek of the viewer. */
const MIN_SEEK_SECONDS = 1.5;

/**
 * Reports the events of a video element. Returns a function that stops this and reports an unfinished video as
 * abandoned.
 */
export function reportEvents(
  video: HTMLVideoElement,
  source: EventSource,
  context: EventContext,
  report: (event: NewEvent) => void,
): () => void {
  let progress = { position: 0, duration: 0 };
  let positionBeforeSeek = 0;
  // A video that buffers or has ended is still `isPlaying`; a paused video is not.
  let isPlaying = false;
  let hasPlayed = false;
  let hasEnded = false;
  const readPosition = () => {
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    const { position, duration = 0 } = source.read();
    if (position === undefined || (duration === 0 && !source.onChannel)) return;
    if (!video.seeking) positionBeforeSeek = position;
    progress = { position, duration };
  };
  const reportEvent = (type: ViewingEventType) =>
    report({
      type,
      ...context,
      ...(source.onChannel
        ? progress.position > 0 && { place: placeOf(true, progress.position) }
        : {
            place: placeOf(false, Math.min(progress.position, progress.duration)),
            duration: durationOf(progress.duration),
          }),
    });
  const listeners = {
    timeupdate: readPosition,
    playing: () => {
      readPosition();
      if (!isPlaying || hasEnded) reportEvent(ViewingEventType.PLAY);
      [isPlaying, hasPlayed, hasEnded] = [true, true, false];
    },
    pause: () => {
      readPosition();
      if (isPlaying && !video.ended) {
        reportEvent(ViewingEventType.PAUSE);
        isPlaying = false;
      }
    },
    seeked: () => {
      const before = positionBeforeSeek;
      readPosition();
      const distance = progress.position - before;
      if (isPlaying && Math.abs(distance) >= MIN_SEEK_SECONDS)
        reportEvent(distance > 0 ? ViewingEventType.SEEK : ViewingEventType.REWIND);
    },
    ended: () => {
      readPosition();
      reportEvent(ViewingEventType.COMPLETE);
      hasEnded = true;
    },
  };
  const names = Object.keys(listeners) as (keyof typeof listeners)[];
  names.forEach((name) => video.addEventListener(name, listeners[name]));
  return () => {
    names.forEach((name) => video.removeEventListener(name, listeners[name]));
    if (hasPlayed && !hasEnded) reportEvent(ViewingEventType.ABANDON);
  };
}
