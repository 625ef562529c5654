import type { Told } from "../events/recorder";
import { durationOf } from "../format/time";
import type { Subject } from "../gen/marquee/type/v1/type_pb";
import { ViewingEventType } from "../gen/marquee/viewing/v1/viewing_pb";

/** What is known of everything that plays in one session. */
export interface Showing {
  subject: Subject;
  sessionId: string;
  /** The decision that put the title on the screen, if one did. */
  decisionId: string;
}

/** Smaller moves than this are the player's own. */
const LEAST_JUMP = 1.5;

/** Reports the events of a video element. Returns a function that stops it, and reports an unfinished video as abandoned. */
export function reportEvents(video: HTMLVideoElement, showing: Showing, tell: (event: Told) => void): () => void {
  let place = { position: 0, duration: 0 };
  let before = 0;
  // `begun`: it is playing. `seen`: it has played. `finished`: it has reached its end.
  let begun = false;
  let seen = false;
  let finished = false;
  const note = () => {
    if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !Number.isFinite(video.duration)) return;
    if (!video.seeking) before = video.currentTime;
    place = { position: video.currentTime, duration: video.duration };
  };
  const say = (type: ViewingEventType) =>
    tell({
      type,
      ...showing,
      place: { case: "position", value: durationOf(Math.min(place.position, place.duration)) },
      duration: durationOf(place.duration),
    });
  const on = {
    timeupdate: note,
    playing: () => {
      note();
      if (!begun || finished) say(ViewingEventType.PLAY);
      [begun, seen, finished] = [true, true, false];
    },
    pause: () => {
      note();
      if (begun && !video.ended) {
        say(ViewingEventType.PAUSE);
        begun = false;
      }
    },
    seeked: () => {
      const moved = video.currentTime - before;
      note();
      before = video.currentTime;
      if (begun && Math.abs(moved) >= LEAST_JUMP) say(moved > 0 ? ViewingEventType.SEEK : ViewingEventType.REWIND);
    },
    ended: () => {
      note();
      say(ViewingEventType.COMPLETE);
      finished = true;
    },
  };
  const names = Object.keys(on) as (keyof typeof on)[];
  names.forEach((name) => video.addEventListener(name, on[name]));
  return () => {
    names.forEach((name) => video.removeEventListener(name, on[name]));
    if (seen && !finished) say(ViewingEventType.ABANDON);
  };
}
