import { useNavigate } from "@tanstack/react-router";
import type { ReactNode, RefObject } from "react";
import { useRef } from "react";

import { useBackOnline } from "../offline/useOnline";
import { useStrings } from "../strings/useStrings";
import { EndScreen } from "./EndScreen";
import { PlayerControls } from "./PlayerControls";
import { PlayerFrame } from "./PlayerFrame";
import { PlayerNotice } from "./PlayerScreens";
import type { Format } from "./sessionAddresses";
import { seek, seekBy } from "./videoCommands";
import { useControls } from "./useControls";
import { useEvents } from "./useEvents";
import { useEngine } from "./useEngine";
import { useHeartbeats } from "./useHeartbeats";
import { useFullscreen } from "./useFullscreen";
import { useLeave } from "./useLeave";
import { usePlayerKeys } from "./usePlayerKeys";
import { useThumbnails } from "./useThumbnails";
import { useVideo } from "./useVideo";
import type { OpenPlayback, PlaybackSession } from "./playbackSession";

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
  const navigate = useNavigate();
  const leave = useLeave(() => void navigate({ to: "/title/$titleId", params: { titleId }, replace: true }));

  useHeartbeats({ ...playback, video, engine, playbackSession, buffering: engineState.buffering });
  useEvents(video, engine, session);
  useBackOnline(() => engine.current?.resume());
  usePlayerKeys({
    onSeekBy: (seconds) => seekBy(video.current, seconds),
    video,
    engine,
    engineState,
    videoButton,
    showControls: controls.show,
    toggleFullscreen,
    leave,
  });

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
