import type { NewEvent } from "../events/recorder";
import { durationOf } from "../format/time";
import type { Subject } from "../gen/marquee/type/v1/type_pb";
import { ViewingEventType } from "../gen/marquee/viewing/v1/viewing_pb";

/** The values that all events of one playback session contain. */
export interface EventContext {
  subject: Subject;
  sessionId: string;
  /** The recommendation decision that showed the title; empty if there is none. */
  decisionId: string;
}

/** The player itself may jump by a shorter time, in seconds. A longer jump is a seek of the viewer. */
const MIN_SEEK_SECONDS = 1.5;

/**
 * Reports the events of a video element. Returns a function that stops this and reports an unfinished video as
 * abandoned.
 */
export function reportEvents(
  video: HTMLVideoElement,
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
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !Number.isFinite(video.duration)) return;
    if (!video.seeking) positionBeforeSeek = video.currentTime;
    progress = { position: video.currentTime, duration: video.duration };
  };
  const reportEvent = (type: ViewingEventType) =>
    report({
      type,
      ...context,
      place: { case: "position", value: durationOf(Math.min(progress.position, progress.duration)) },
      duration: durationOf(progress.duration),
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
      const distance = video.currentTime - positionBeforeSeek;
      readPosition();
      positionBeforeSeek = video.currentTime;
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
