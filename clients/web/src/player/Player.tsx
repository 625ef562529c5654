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
import { seek, toggle } from "./videoCommands";
import { useEvents } from "./useEvents";
import { useEngine } from "./useEngine";
import { useFullscreen } from "./useFullscreen";
import { useIdle } from "./useIdle";
import { useLeave } from "./useLeave";
import { usePlayerKeys } from "./usePlayerKeys";
import { useThumbnails } from "./useThumbnails";
import { useVideo } from "./useVideo";
import type { PlaybackSession } from "./playbackSession";

/** Controls go away when nothing was touched for this long. */
const IDLE_MS = 3_200;
/** While a control has the focus, the viewer may be looking for the next one. */
const IDLE_AT_CONTROL_MS = 10_000;

interface PlayerProps {
  programme: { session: Session; startAt: number };
  format: Format;
  names: { title: string; episode: string };
  titleId: string;
  playbackSession: PlaybackSession;
  /** What fills the screen. */
  stage: RefObject<HTMLElement | null>;
}

/** The picture and everything around it. */
export function Player({
  programme: { session, startAt },
  format,
  names,
  titleId,
  playbackSession,
  stage,
}: PlayerProps) {
  const strings = useStrings();
  const video = useRef<HTMLVideoElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const picture = useRef<HTMLButtonElement>(null);
  const [engineState, engine] = useEngine(video, frame, { session, startAt, format });
  const videoState = useVideo(video);
  const [full, toggleFull] = useFullscreen(stage);
  const [atControl, setAtControl] = useState(false);
  const [pointed, setPointed] = useState(false);
  const [menuOpen, setMenuOpen] = useState(false);
  const isHeld = videoState.paused || menuOpen || pointed;
  const [hidden, stir] = useIdle(atControl ? IDLE_AT_CONTROL_MS : IDLE_MS, isHeld);
  const thumbnails = useThumbnails(session);
  const leave = useLeave(titleId);

  useReports(video, playbackSession, startAt, engineState.buffering);
  useEvents(video, session);
  useBackOnline(() => engine.current?.resume());
  usePlayerKeys({ video, engine, engineState, picture, stir, toggleFull, leave });

  useEffect(() => {
    // Focus must not stay on a control that has gone.
    if (hidden && frame.current?.contains(document.activeElement)) picture.current?.focus({ preventScroll: true });
  }, [hidden]);

  const seekTo = (position: number) => {
    seek(video.current, position);
    stir();
  };

  return (
    <div
      ref={frame}
      data-controls={hidden ? "hidden" : "shown"}
      className={`absolute inset-0 ${hidden ? "cursor-none" : ""}`}
      onPointerMove={stir}
      onFocus={(event) => {
        const isControl = (event.target as Element) !== picture.current;
        setAtControl(isControl);
        // The picture gets the focus when the controls go: that must not bring them back.
        if (isControl) stir();
      }}
      onDoubleClick={(event) => event.target === picture.current && toggleFull()}
    >
      <video ref={video} playsInline className="absolute inset-0 size-full" />
      <button
        ref={picture}
        type="button"
        autoFocus
        data-focus-first=""
        data-arrows="own"
        aria-label={videoState.paused ? strings.player.play : strings.player.pause}
        className="absolute inset-0 cursor-[inherit] outline-none"
        onClick={(event) => {
          // A finger asks for the controls first; a mouse already has them.
          const byTouch = (event.nativeEvent as PointerEvent).pointerType === "touch";
          if (byTouch && hidden) stir();
          else toggle(video.current);
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
        full={full}
        onSeek={seekTo}
        onFullscreen={toggleFull}
        onLeave={leave}
        onMenuChange={setMenuOpen}
        onPoint={setPointed}
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

/** Lets the playback session know where the player is, and at once when that changes by the viewer's hand. */
function useReports(
  video: RefObject<HTMLVideoElement | null>,
  playbackSession: PlaybackSession,
  startAt: number,
  buffering: boolean,
): void {
  const waiting = useRef(buffering);
  useEffect(() => {
    waiting.current = buffering;
  }, [buffering]);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    let position = startAt;
    let duration = 0;
    const note = () => {
      // An element that is still empty, or already emptied, stands at zero, and that is nobody's place.
      if (element.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
      position = element.currentTime;
      if (Number.isFinite(element.duration)) duration = element.duration;
    };
    const beat = () => {
      note();
      void playbackSession.beat();
    };
    playbackSession.observe(() => ({ position, duration, state: stateOf(element, waiting.current) }));
    const telling = ["play", "pause", "seeked", "ended"] as const;
    element.addEventListener("timeupdate", note);
    telling.forEach((event) => element.addEventListener(event, beat));
    return () => {
      element.removeEventListener("timeupdate", note);
      telling.forEach((event) => element.removeEventListener(event, beat));
    };
  }, [video, playbackSession, startAt]);
}

function stateOf(video: HTMLVideoElement, buffering: boolean): PlayerState {
  if (video.ended) return PlayerState.ENDED;
  if (video.paused) return PlayerState.PAUSED;
  return buffering ? PlayerState.BUFFERING : PlayerState.PLAYING;
}
