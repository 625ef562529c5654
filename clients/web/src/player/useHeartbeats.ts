import type { RefObject } from "react";
import { useEffect, useRef } from "react";

import { PlayerState } from "../gen/marquee/playback/v1/playback_pb";
import type { Engine } from "./engine";
import type { PlaybackSession } from "./playbackSession";

/** Events of the video element that send a heartbeat at once. */
const HEARTBEAT_EVENTS = ["play", "pause", "seeked", "ended"] as const;

interface Heartbeats {
  video: RefObject<HTMLVideoElement | null>;
  engine: RefObject<Engine | null>;
  playbackSession: PlaybackSession;
  startAt: number;
  /** Differs for each load of media, which begins at `startAt`. */
  loadNumber: number;
  buffering: boolean;
}

/** Reports the player to the playback session, and sends a heartbeat at once when the viewer plays, pauses or seeks. */
export function useHeartbeats({ video, engine, playbackSession, startAt, loadNumber, buffering }: Heartbeats): void {
  const isBuffering = useRef(buffering);
  useEffect(() => {
    isBuffering.current = buffering;
  }, [buffering]);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    let position = startAt;
    let duration = 0;
    const readPosition = () => {
      // An element without media reports position 0, which is not the viewer's position.
      if (element.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
      position = engine.current?.position ?? position;
      duration = engine.current?.duration ?? duration;
    };
    const sendHeartbeat = () => {
      readPosition();
      void playbackSession.sendHeartbeat();
    };
    playbackSession.setReporter(() => ({ position, duration, state: stateOf(element, isBuffering.current) }));
    element.addEventListener("timeupdate", readPosition);
    HEARTBEAT_EVENTS.forEach((event) => element.addEventListener(event, sendHeartbeat));
    return () => {
      element.removeEventListener("timeupdate", readPosition);
      HEARTBEAT_EVENTS.forEach((event) => element.removeEventListener(event, sendHeartbeat));
    };
  }, [video, engine, playbackSession, startAt, loadNumber]);
}

function stateOf(video: HTMLVideoElement, buffering: boolean): PlayerState {
  if (video.ended) return PlayerState.ENDED;
  if (video.paused) return PlayerState.PAUSED;
  return buffering ? PlayerState.BUFFERING : PlayerState.PLAYING;
}
