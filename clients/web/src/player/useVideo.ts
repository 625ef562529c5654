import type { RefObject } from "react";
import { useEffect, useState } from "react";

/** The state of a video element that the controls show. */
export interface VideoState {
  paused: boolean;
  ended: boolean;
  position: number;
  duration: number;
  /** The end of the loaded media that contains the current position, in seconds. */
  loadedTo: number;
  volume: number;
  muted: boolean;
}

const EVENTS = [
  "play",
  "playing",
  "pause",
  "ended",
  "timeupdate",
  "seeking",
  "seeked",
  "durationchange",
  "progress",
  "volumechange",
] as const;

/** Returns the current state of a video element. */
export function useVideo(ref: RefObject<HTMLVideoElement | null>): VideoState {
  const [state, setState] = useState<VideoState>({
    paused: true,
    ended: false,
    position: 0,
    duration: 0,
    loadedTo: 0,
    volume: 1,
    muted: false,
  });
  useEffect(() => {
    const video = ref.current;
    if (!video) return;
    const updateState = () => setState(stateOf(video));
    EVENTS.forEach((event) => video.addEventListener(event, updateState));
    return () => EVENTS.forEach((event) => video.removeEventListener(event, updateState));
  }, [ref]);
  return state;
}

function stateOf(video: HTMLVideoElement): VideoState {
  return {
    paused: video.paused,
    ended: video.ended,
    position: video.currentTime,
    duration: Number.isFinite(video.duration) ? video.duration : 0,
    loadedTo: loadedEndOf(video),
    volume: video.volume,
    muted: video.muted,
  };
}

function loadedEndOf({ buffered, currentTime }: HTMLVideoElement): number {
  for (let index = 0; index < buffered.length; index++) {
    if (buffered.start(index) <= currentTime + 0.1 && currentTime <= buffered.end(index)) return buffered.end(index);
  }
  return currentTime;
}
