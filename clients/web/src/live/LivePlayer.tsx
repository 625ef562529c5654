import { useMutation } from "@tanstack/react-query";
import type { RefObject } from "react";
import { useEffect, useRef, useState } from "react";

import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { SessionKind } from "../gen/marquee/playback/v1/playback_pb";
import { HOUR } from "../guide/guideTime";
import { ProgrammeSheet } from "../guide/ProgrammeSheet";
import { useBackOnline } from "../offline/useOnline";
import type { PlaybackSession, PlaybackState } from "../player/playbackSession";
import { PlayerFrame } from "../player/PlayerFrame";
import type { ScreenContent } from "../player/PlayerScreens";
import { PlayerEnded, PlayerNotice, PlayerOpening, PlayerRefused } from "../player/PlayerScreens";
import type { Format } from "../player/sessionAddresses";
import { useControls } from "../player/useControls";
import { useEngine } from "../player/useEngine";
import { useEvents } from "../player/useEvents";
import { useFullscreen } from "../player/useFullscreen";
import { useHeartbeats } from "../player/useHeartbeats";
import { usePlayerKeys } from "../player/usePlayerKeys";
import { useVideo } from "../player/useVideo";
import { useStrings } from "../strings/useStrings";
import { ChannelNumber } from "./ChannelNumber";
import { LiveControls } from "./LiveControls";
import { MiniGuide } from "./MiniGuide";
import { nextAfter, shownAt } from "./shownProgramme";
import { StartOverPrompt } from "./StartOverPrompt";
import { isAtLiveEdge, offersStartOver, planSeek, timelineOf } from "./timeline";
import { useChannelSchedule } from "./useChannelSchedule";
import { useLongPause } from "./useLongPause";
import { useLivePosition } from "./useLivePosition";
import { useZapping } from "./useZapping";

/** A viewer who is less far behind the beginning of a programme is at its beginning. */
const AT_START = 10_000;
/** A failure is shown for this time. */
const FAILURE_MS = 5_000;

const MINI_GUIDE_KEYS = new Set(["g", "Guide"]);
const BACK_KEYS = new Set(["Escape", "GoBack", "BrowserBack"]);

interface LivePlayerProps {
  /** What the address names. Another address closes what is open over the picture. */
  address: string;
  /** The channel of the address; undefined until it is loaded. */
  channel: Channel | undefined;
  /** The channels that the keys go through. */
  channels: readonly Channel[];
  /** Returns the channel before the current one; empty if there is none. */
  previousId: () => string;
  state: PlaybackState;
  playbackSession: PlaybackSession;
  format: Format;
  content: ScreenContent;
  /** The element to show in full screen. */
  fullscreenTarget: RefObject<HTMLElement | null>;
  onZap: (channelId: string) => void;
  onLeave: () => void;
}

/** The player of a channel: live, from the beginning of a programme, or in catch-up. It stays when the channel changes. */
export function LivePlayer({
  address,
  channel,
  channels,
  state,
  playbackSession,
  format,
  content,
  ...props
}: LivePlayerProps) {
  const strings = useStrings();
  const video = useRef<HTMLVideoElement>(null);
  const container = useRef<HTMLDivElement>(null);
  const videoButton = useRef<HTMLButtonElement>(null);
  const playback = state.phase === "open" ? state : undefined;
  const { session } = playback ?? {};
  const [engineState, engine] = useEngine(video, container, playback, format);
  const videoState = useVideo(video);
  const [isFullscreen, toggleFullscreen] = useFullscreen(props.fullscreenTarget);
  const controls = useControls(container, videoButton, videoState.paused && engineState.loaded);
  const { position, playable, seekWindow } = useLivePosition(video, engine, playback);
  const zapping = useZapping({ channels, current: channel, previousId: props.previousId, onZap: props.onZap });
  const [isMiniGuideOpen, setIsMiniGuideOpen] = useState(false);
  const [sheet, setSheet] = useState({ programmeId: "", address });
  // While the next channel is loaded, the controls already show what it shows.
  const shownChannel = zapping.target ?? channel;
  const isArriving = zapping.target !== undefined || !playback;
  const schedule = useChannelSchedule(shownChannel?.channelId ?? "", position);
  const shown = shownAt(position, isArriving ? undefined : session?.programme, schedule);
  const timeline = timelineOf(shown ?? { start: position - HOUR / 2, end: position + HOUR / 2 }, seekWindow);
  const next = nextAfter(timeline.end, schedule);
  const isLive = isAtLiveEdge(position, seekWindow);

  const isStopped = state.phase === "refused" || state.phase === "ended";
  useEffect(() => {
    // The channel before would go on playing behind the notice.
    if (isStopped) engine.current?.stop();
  }, [isStopped, engine]);

  const move = useMutation({
    mutationFn: (time: number | undefined) => playbackSession.moveTo(time === undefined ? undefined : time / 1000),
  });
  const seekTo = (time: number) => {
    controls.show();
    if (!playable) return;
    const seek = planSeek(time, playable, seekWindow);
    if (seek.kind === "within") engine.current?.seekTo(seek.time / 1000);
    else move.mutate(isAtLiveEdge(seek.time, seekWindow) ? undefined : seek.time);
  };
  const startOver = () => seekTo(timeline.from);
  const canStartOver = timeline.from === shown?.start && position - timeline.from > AT_START;

  useHeartbeats({
    video,
    engine,
    playbackSession,
    startAt: playback?.startAt ?? 0,
    loadNumber: playback?.loadNumber ?? 0,
    buffering: engineState.buffering,
  });
  useEvents(video, engine, session);
  useBackOnline(() => engine.current?.resume());
  useLongPause(video, () => {
    // What the viewer paused may not be in the live window any more.
    if (session?.kind === SessionKind.LIVE && playable && position < playable.start) seekTo(position);
  });
  usePlayerKeys({
    video,
    engine,
    engineState,
    videoButton,
    showControls: controls.show,
    toggleFullscreen,
    leave: props.onLeave,
    onSeekBy: (seconds) => seekTo(position + seconds * 1000),
    onKeyFirst: ({ key }, isVideoFocused) => {
      const isToggle = MINI_GUIDE_KEYS.has(key);
      if (isMiniGuideOpen && (isToggle || BACK_KEYS.has(key))) closeMiniGuide();
      else if (isToggle || (key === "ArrowUp" && isVideoFocused)) setIsMiniGuideOpen(true);
      else if (zapping.onKey(key)) controls.show();
      else return false;
      return true;
    },
  });
  const closeMiniGuide = () => {
    setIsMiniGuideOpen(false);
    videoButton.current?.focus({ preventScroll: true });
  };

  return (
    <>
      <PlayerFrame
        container={container}
        video={video}
        videoButton={videoButton}
        paused={videoState.paused}
        engineState={{ ...engineState, buffering: !isStopped && (engineState.buffering || move.isPending) }}
        inert={isStopped}
        controls={controls}
        onFullscreen={toggleFullscreen}
      >
        <LiveControls
          channel={shownChannel}
          shown={shown}
          next={next && { start: next.start, name: next.programme.displayName || strings.guide.restricted }}
          timeline={timeline}
          position={position}
          behind={isLive ? 0 : seekWindow.end - position}
          video={video}
          videoState={videoState}
          engine={engine}
          engineState={engineState}
          controls={isMiniGuideOpen || isStopped ? { ...controls, hidden: true } : controls}
          isFullscreen={isFullscreen}
          onStartOver={canStartOver ? startOver : undefined}
          onSeek={seekTo}
          onGoLive={() => seekTo(seekWindow.end)}
          onMiniGuide={() => setIsMiniGuideOpen(true)}
          onFullscreen={toggleFullscreen}
          onLeave={props.onLeave}
        />
        {session?.kind === SessionKind.LIVE && !isMiniGuideOpen && shown?.name && offersStartOver(shown, seekWindow) ? (
          <StartOverPrompt
            key={`${session.sessionId} ${shown.programmeId}`}
            elapsed={seekWindow.end - shown.start}
            onStartOver={startOver}
          />
        ) : null}
        {isMiniGuideOpen ? (
          <MiniGuide
            channels={channels}
            currentId={channel?.channelId ?? ""}
            onZap={(channelId) => {
              closeMiniGuide();
              props.onZap(channelId);
            }}
            onOpenProgramme={(programmeId) => setSheet({ programmeId, address })}
          />
        ) : null}
        <ChannelNumber digits={zapping.digits} numbered={zapping.numbered} />
        {move.isError ? <SeekFailure onClose={move.reset} /> : null}
        {engineState.failed && playback ? (
          <PlayerNotice
            heading={strings.player.failedHeading}
            body={strings.player.failedBody}
            action={strings.player.tryAgain}
            onAction={() => void playbackSession.restart(isLive ? undefined : position / 1000)}
            exit={content.exit}
          />
        ) : null}
      </PlayerFrame>
      {state.phase === "starting" && !engineState.loaded ? <PlayerOpening content={content} /> : null}
      {state.phase === "refused" ? (
        <PlayerRefused content={content} error={state.error} playbackSession={playbackSession} />
      ) : null}
      {state.phase === "ended" ? (
        <PlayerEnded
          content={content}
          takenOverBy={state.takenOverBy}
          onGoOn={() => void playbackSession.restart(state.at)}
        />
      ) : null}
      {sheet.programmeId && sheet.address === address ? (
        <ProgrammeSheet
          programmeId={sheet.programmeId}
          onClose={() => setSheet({ programmeId: "", address })}
          onOpenChannel={undefined}
        />
      ) : null}
    </>
  );
}

/** Tells the viewer that the platform refused to move the session. */
function SeekFailure({ onClose }: { onClose: () => void }) {
  const { live } = useStrings();
  useEffect(() => {
    const timer = setTimeout(onClose, FAILURE_MS);
    return () => clearTimeout(timer);
  }, [onClose]);
  return (
    <p
      role="alert"
      className="pointer-events-none absolute top-20 left-1/2 z-20 -translate-x-1/2 rounded-full bg-ink/90 px-5 py-2.5"
    >
      {live.seekFailed}
    </p>
  );
}
