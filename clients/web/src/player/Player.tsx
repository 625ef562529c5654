import { LoaderCircle } from "lucide-react";
import type { RefObject } from "react";
import { useEffect, useRef, useState } from "react";

import { PlayerState } from "../gen/marquee/playback/v1/playback_pb";
import type { Session } from "../gen/marquee/playback/v1/playback_pb";
import { useBackOnline } from "../offline/useOnline";
import { useStrings } from "../strings/useStrings";
import { EndScreen } from "./EndScreen";
import { PlayerControls } from "./PlayerControls";
import { PlayerNotice } from "./PlayerScreens";
import type { Format } from "./sessionAddresses";
import { seek, togglePlay } from "./videoCommands";
import { useEvents } from "./useEvents";
import { useEngine } from "./useEngine";
import { useFullscreen } from "./useFullscreen";
import { useIdle } from "./useIdle";
import { useLeave } from "./useLeave";
import { usePlayerKeys } from "./usePlayerKeys";
import { useThumbnails } from "./useThumbnails";
import { useVideo } from "./useVideo";
import type { PlaybackSession } from "./playbackSession";

/** The controls disappear after this time without input. */
const IDLE_MS = 3_200;
/** The time is longer while a control has the focus, because the viewer may look for the next control. */
const IDLE_AT_CONTROL_MS = 10_000;

/** Events of the video element that send a heartbeat at once. */
const HEARTBEAT_EVENTS = ["play", "pause", "seeked", "ended"] as const;

interface PlayerProps {
  programme: { session: Session; startAt: number };
  format: Format;
  names: { title: string; episode: string };
  titleId: string;
  playbackSession: PlaybackSession;
  /** The element to show in full screen. */
  fullscreenTarget: RefObject<HTMLElement | null>;
}

/** The video with its controls and notices. */
export function Player({
  programme: { session, startAt },
  format,
  names,
  titleId,
  playbackSession,
  fullscreenTarget,
}: PlayerProps) {
  const strings = useStrings();
  const video = useRef<HTMLVideoElement>(null);
  const container = useRef<HTMLDivElement>(null);
  const videoButton = useRef<HTMLButtonElement>(null);
  const [engineState, engine] = useEngine(video, container, { session, startAt, format });
  const videoState = useVideo(video);
  const [isFullscreen, toggleFullscreen] = useFullscreen(fullscreenTarget);
  const [isControlFocused, setIsControlFocused] = useState(false);
  const [isPointerOnControls, setIsPointerOnControls] = useState(false);
  const [menuOpen, setMenuOpen] = useState(false);
  const keepsControls = videoState.paused || menuOpen || isPointerOnControls;
  const [hidden, showControls] = useIdle(isControlFocused ? IDLE_AT_CONTROL_MS : IDLE_MS, keepsControls);
  const thumbnails = useThumbnails(session);
  const leave = useLeave(titleId);

  useHeartbeats(video, playbackSession, startAt, engineState.buffering);
  useEvents(video, session);
  useBackOnline(() => engine.current?.resume());
  usePlayerKeys({ video, engine, engineState, videoButton, showControls, toggleFullscreen, leave });

  useEffect(() => {
    // A hidden control must not keep the focus.
    if (hidden && container.current?.contains(document.activeElement))
      videoButton.current?.focus({ preventScroll: true });
  }, [hidden]);

  const seekTo = (position: number) => {
    seek(video.current, position);
    showControls();
  };

  return (
    <div
      ref={container}
      data-controls={hidden ? "hidden" : "shown"}
      className={`absolute inset-0 ${hidden ? "cursor-none" : ""}`}
      onPointerMove={showControls}
      onFocus={(event) => {
        const isControl = (event.target as Element) !== videoButton.current;
        setIsControlFocused(isControl);
        // The video button gets the focus when the controls disappear. That must not show them again.
        if (isControl) showControls();
      }}
      onDoubleClick={(event) => event.target === videoButton.current && toggleFullscreen()}
    >
      <video ref={video} playsInline className="absolute inset-0 size-full" />
      <button
        ref={videoButton}
        type="button"
        autoFocus
        data-focus-first=""
        data-arrows="own"
        aria-label={videoState.paused ? strings.player.play : strings.player.pause}
        className="absolute inset-0 cursor-[inherit] outline-none"
        onClick={(event) => {
          // A first touch only shows the controls. The movement of a mouse has already shown them.
          const isTouch = (event.nativeEvent as PointerEvent).pointerType === "touch";
          if (isTouch && hidden) showControls();
          else togglePlay(video.current);
        }}
      />
      {engineState.buffering && !engineState.failed ? (
        <div
          role="status"
          aria-label={engineState.outage ? strings.player.outage : strings.player.buffering}
          className="pointer-events-none absolute inset-0 grid place-content-center justify-items-center gap-4"
        >
          <LoaderCircle className="size-16 animate-spin text-bulb" strokeWidth={1.6} />
          {engineState.outage ? <p className="rounded-full bg-ink/85 px-4 py-1.5">{strings.player.outage}</p> : null}
        </div>
      ) : null}
      <PlayerControls
        hidden={hidden}
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
        onMenuChange={setMenuOpen}
        onPoint={setIsPointerOnControls}
      />
      <EndScreen session={session} titleId={titleId} video={video} videoState={videoState} />
      {engineState.failed ? (
        <PlayerNotice
          heading={strings.player.failedHeading}
          body={strings.player.failedBody}
          action={strings.player.tryAgain}
          onAction={() => void playbackSession.restart(videoState.position > 0 ? videoState.position : startAt)}
          titleId={titleId}
        />
      ) : null}
    </div>
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
