import type { RefObject } from "react";
import { useEffect, useState } from "react";

/** What a video element is doing. */
export interface VideoState {
  paused: boolean;
  ended: boolean;
  position: number;
  duration: number;
  /** Up to where media has been loaded from the present position. */
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

/** The state of a video element, kept up to date. */
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
    const look = () => setState(stateOf(video));
    EVENTS.forEach((event) => video.addEventListener(event, look));
    return () => EVENTS.forEach((event) => video.removeEventListener(event, look));
  }, [ref]);
  return state;
}

function stateOf(video: HTMLVideoElement): VideoState {
  return {
    paused: video.paused,
    ended: video.ended,
    position: video.currentTime,
    duration: Number.isFinite(video.duration) ? video.duration : 0,
    loadedTo: loadedTo(video),
    volume: video.volume,
    muted: video.muted,
  };
}

function loadedTo({ buffered, currentTime }: HTMLVideoElement): number {
  for (let index = 0; index < buffered.length; index++) {
    if (buffered.start(index) <= currentTime + 0.1 && currentTime <= buffered.end(index)) return buffered.end(index);
  }
  return currentTime;
}
