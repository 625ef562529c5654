import { Maximize, Minimize, Pause, Play, RotateCcw, RotateCw, Volume1, Volume2, VolumeX } from "lucide-react";
import type { ReactNode, RefObject } from "react";

import { useStrings } from "../strings/useStrings";
import type { VideoState } from "./useVideo";
import { setVolume, toggleMute, togglePlay } from "./videoCommands";

export const ROUND_BUTTON =
  "grid size-11 shrink-0 place-items-center rounded-full transition-colors hover:bg-paper/15 aria-expanded:bg-paper/15";

type Video = RefObject<HTMLVideoElement | null>;

export function PlayPauseButton({ video, paused }: { video: Video; paused: boolean }) {
  const strings = useStrings();
  return (
    <button
      type="button"
      data-play-button=""
      className={ROUND_BUTTON}
      aria-label={paused ? strings.player.play : strings.player.pause}
      onClick={() => togglePlay(video.current)}
    >
      {paused ? <Play className="size-7 translate-x-px fill-current" /> : <Pause className="size-7 fill-current" />}
    </button>
  );
}

/** The buttons that go back and forward by ten seconds. */
export function TenSecondsButtons({ onSkip }: { onSkip: (seconds: number) => void }) {
  const strings = useStrings();
  return (
    <>
      <button type="button" className={ROUND_BUTTON} aria-label={strings.player.back10} onClick={() => onSkip(-10)}>
        <TenSeconds icon={RotateCcw} />
      </button>
      <button type="button" className={ROUND_BUTTON} aria-label={strings.player.forward10} onClick={() => onSkip(10)}>
        <TenSeconds icon={RotateCw} />
      </button>
    </>
  );
}

/** An icon with the number 10 inside it. */
function TenSeconds({ icon: Icon }: { icon: typeof RotateCcw }): ReactNode {
  return (
    <span className="relative grid place-items-center">
      <Icon className="size-7" strokeWidth={1.7} />
      <span className="absolute text-[0.55rem] font-bold">10</span>
    </span>
  );
}

interface VolumeControlProps {
  video: Video;
  videoState: VideoState;
}

/** For a mouse and the Tab key. Arrow keys skip it, because a remote has its own volume keys. */
export function VolumeControl({ video, videoState: { muted, volume } }: VolumeControlProps) {
  const strings = useStrings();
  const Icon = muted || volume === 0 ? VolumeX : volume < 0.5 ? Volume1 : Volume2;
  return (
    <div data-arrows="skip" className="group/volume hidden items-center sm:any-pointer-fine:flex">
      <button
        type="button"
        className={ROUND_BUTTON}
        aria-label={muted ? strings.player.unmute : strings.player.mute}
        onClick={() => toggleMute(video.current)}
      >
        <Icon className="size-6" />
      </button>
      <input
        type="range"
        role="slider"
        aria-label={strings.player.volume}
        min={0}
        max={1}
        step={0.05}
        value={muted ? 0 : volume}
        onChange={(event) => setVolume(video.current, event.target.valueAsNumber)}
        className="h-1 w-0 cursor-pointer accent-bulb opacity-0 transition-all duration-200 group-focus-within/volume:w-20 group-focus-within/volume:opacity-100 group-hover/volume:w-20 group-hover/volume:opacity-100"
      />
    </div>
  );
}

export function FullscreenButton({ isFullscreen, onToggle }: { isFullscreen: boolean; onToggle: () => void }) {
  const strings = useStrings();
  return (
    <button
      type="button"
      className={ROUND_BUTTON}
      aria-label={isFullscreen ? strings.player.leaveFullscreen : strings.player.fullscreen}
      onClick={onToggle}
    >
      {isFullscreen ? <Minimize className="size-6" /> : <Maximize className="size-6" />}
    </button>
  );
}
