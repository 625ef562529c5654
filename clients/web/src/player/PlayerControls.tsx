import type { RefObject } from "react";

import { clock } from "../format/time";
import { FullscreenButton, PlayPauseButton, TenSecondsButtons, VolumeControl } from "./controlButtons";
import { ControlsLayer } from "./ControlsLayer";
import type { Engine, EngineState } from "./engine";
import { SeekBar } from "./SeekBar";
import type { Thumbnail } from "./thumbnails";
import { TrackMenus } from "./TrackMenus";
import type { VideoState } from "./useVideo";

interface PlayerControlsProps {
  hidden: boolean;
  names: { title: string; episode: string };
  video: RefObject<HTMLVideoElement | null>;
  videoState: VideoState;
  engine: RefObject<Engine | null>;
  engineState: EngineState;
  thumbnails: readonly Thumbnail[];
  isFullscreen: boolean;
  onSeek: (position: number) => void;
  onFullscreen: () => void;
  onLeave: () => void;
  onMenuChange: (open: boolean) => void;
  /** Called with true when a mouse enters the controls, and with false when it leaves them. */
  onPoint: (isOnControls: boolean) => void;
}

/** The controls of the player: title, seek bar, play, volume, captions, quality and full screen. */
export function PlayerControls({ hidden, names, videoState, video, onSeek, ...props }: PlayerControlsProps) {
  const { position, duration, paused } = videoState;
  const header = (
    <div className="min-w-0">
      <p className="font-semibold sm:text-lg">{names.title}</p>
      {names.episode ? <p className="text-sm text-paper/80">{names.episode}</p> : null}
    </div>
  );
  return (
    <ControlsLayer hidden={hidden} header={header} onLeave={props.onLeave} onPoint={props.onPoint}>
      <SeekBar videoState={videoState} thumbnails={props.thumbnails} onSeek={onSeek} />
      <div className="mt-1.5 flex items-center gap-1 sm:gap-2">
        <PlayPauseButton video={video} paused={paused} />
        <TenSecondsButtons onSkip={(seconds) => onSeek(Math.min(duration, Math.max(0, position + seconds)))} />
        <VolumeControl video={video} videoState={videoState} />
        <p className="ml-1 text-sm whitespace-nowrap text-paper/90 tabular-nums">
          {clock(position)} <span className="text-paper/70">/ {clock(duration)}</span>
        </p>
        <div className="ml-auto flex items-center gap-1 sm:gap-2">
          <TrackMenus engine={props.engine} engineState={props.engineState} onOpenChange={props.onMenuChange} />
          <FullscreenButton isFullscreen={props.isFullscreen} onToggle={props.onFullscreen} />
        </div>
      </div>
    </ControlsLayer>
  );
}
