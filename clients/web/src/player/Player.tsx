import type { ReactNode, RefObject } from "react";
import { useEffect, useRef } from "react";

import { PlayerState } from "../gen/marquee/playback/v1/playback_pb";
import { useBackOnline } from "../offline/useOnline";
import { useStrings } from "../strings/useStrings";
import { EndScreen } from "./EndScreen";
import { PlayerControls } from "./PlayerControls";
import { PlayerFrame } from "./PlayerFrame";
import { PlayerNotice } from "./PlayerScreens";
import type { Format } from "./sessionAddresses";
import { seek } from "./videoCommands";
import { useControls } from "./useControls";
import { useEvents } from "./useEvents";
import { useEngine } from "./useEngine";
import { useFullscreen } from "./useFullscreen";
import { useLeave } from "./useLeave";
import { usePlayerKeys } from "./usePlayerKeys";
import { useThumbnails } from "./useThumbnails";
import { useVideo } from "./useVideo";
import type { OpenPlayback, PlaybackSession } from "./playbackSession";

/** Events of the video element that send a heartbeat at once. */
const HEARTBEAT_EVENTS = ["play", "pause", "seeked", "ended"] as const;

interface PlayerProps {
  playback: OpenPlayback;
  format: Format;
  names: { title: string; episode: string };
  titleId: string;
  /** A link that leaves the player. */
  exit: ReactNode;
  playbackSession: PlaybackSession;
  /** The element to show in full screen. */
  fullscreenTarget: RefObject<HTMLElement | null>;
}

/** The video with its controls and notices. */
export function Player({ playback, format, names, titleId, exit, playbackSession, fullscreenTarget }: PlayerProps) {
  const strings = useStrings();
  const { session, startAt } = playback;
  const video = useRef<HTMLVideoElement>(null);
  const container = useRef<HTMLDivElement>(null);
  const videoButton = useRef<HTMLButtonElement>(null);
  const [engineState, engine] = useEngine(video, container, playback, format);
  const videoState = useVideo(video);
  const [isFullscreen, toggleFullscreen] = useFullscreen(fullscreenTarget);
  const controls = useControls(container, videoButton, videoState.paused);
  const thumbnails = useThumbnails(session);
  const leave = useLeave(titleId);

  useHeartbeats(video, playbackSession, startAt, engineState.buffering);
  useEvents(video, session);
  useBackOnline(() => engine.current?.resume());
  usePlayerKeys({ video, engine, engineState, videoButton, showControls: controls.show, toggleFullscreen, leave });

  const seekTo = (position: number) => {
    seek(video.current, position);
    controls.show();
  };

  return (
    <PlayerFrame
      container={container}
      video={video}
      videoButton={videoButton}
      paused={videoState.paused}
      engineState={engineState}
      controls={controls}
      onFullscreen={toggleFullscreen}
    >
      <PlayerControls
        hidden={controls.hidden}
        names={names}
        video={video}
        videoState={videoState}
        engine={engine}
        engineState={engineState}
        thumbnails={thumbnails}
        isFullscreen={isFullscreen}
        onSeek={seekTo}
        onFullscreen={toggleFullscreen}
        onLeave={leave}
        onMenuChange={controls.onMenuChange}
        onPoint={controls.onPoint}
      />
      <EndScreen session={session} titleId={titleId} video={video} videoState={videoState} />
      {engineState.failed ? (
        <PlayerNotice
          heading={strings.player.failedHeading}
          body={strings.player.failedBody}
          action={strings.player.tryAgain}
          onAction={() => void playbackSession.restart(videoState.position > 0 ? videoState.position : startAt)}
          exit={exit}
        />
      ) : null}
    </PlayerFrame>
  );
}

/** Reports the player to the playback session, and sends a heartbeat at once when the viewer plays, pauses or seeks. */
function useHeartbeats(
  video: RefObject<HTMLVideoElement | null>,
  playbackSession: PlaybackSession,
  startAt: number,
  buffering: boolean,
): void {
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
      position = element.currentTime;
      if (Number.isFinite(element.duration)) duration = element.duration;
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
  }, [video, playbackSession, startAt]);
}

function stateOf(video: HTMLVideoElement, buffering: boolean): PlayerState {
  if (video.ended) return PlayerState.ENDED;
  if (video.paused) return PlayerState.PAUSED;
  return buffering ? PlayerState.BUFFERING : PlayerState.PLAYING;
}
