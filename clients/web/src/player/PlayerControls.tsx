import {
  ArrowLeft,
  Captions,
  Maximize,
  Minimize,
  Pause,
  Play,
  RotateCcw,
  RotateCw,
  Settings2,
  Volume1,
  Volume2,
  VolumeX,
} from "lucide-react";
import type { PointerEvent, RefObject } from "react";

import { ChoiceMenu } from "../components/ChoiceMenu";
import { clock } from "../format/time";
import { languageName } from "../format/title";
import { useStrings } from "../strings/useStrings";
import type { Engine, EngineState } from "./engine";
import { setVolume, toggleMute, togglePlay } from "./videoCommands";
import { SeekBar } from "./SeekBar";
import type { Thumbnail } from "./thumbnails";
import type { VideoState } from "./useVideo";

const ROUND_BUTTON =
  "grid size-11 shrink-0 place-items-center rounded-full transition-colors hover:bg-paper/15 aria-expanded:bg-paper/15";

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
export function PlayerControls(props: PlayerControlsProps) {
  const { hidden, names, videoState, video, thumbnails, isFullscreen, onSeek, onFullscreen, onLeave, onPoint } = props;
  const pointerHandlers = {
    onPointerEnter: ({ pointerType }: PointerEvent) => pointerType === "mouse" && onPoint(true),
    onPointerLeave: () => onPoint(false),
  };
  const strings = useStrings();
  const { position, duration, paused } = videoState;
  return (
    <div
      inert={hidden}
      className={`pointer-events-none absolute inset-0 flex flex-col justify-between transition-opacity duration-300 ${hidden ? "opacity-0" : ""}`}
    >
      <div
        {...pointerHandlers}
        className="pointer-events-auto flex items-center gap-3 bg-linear-to-b from-black/80 to-transparent p-3 pb-14 sm:p-6 sm:pb-20"
      >
        <button type="button" className={ROUND_BUTTON} aria-label={strings.player.back} onClick={onLeave}>
          <ArrowLeft className="size-6" />
        </button>
        <div className="min-w-0">
          <p className="font-semibold sm:text-lg">{names.title}</p>
          {names.episode ? <p className="text-sm text-paper/80">{names.episode}</p> : null}
        </div>
      </div>
      <div
        {...pointerHandlers}
        className="pointer-events-auto bg-linear-to-t from-black/90 via-black/60 to-transparent px-4 pt-16 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-8 sm:pb-6"
      >
        <SeekBar videoState={videoState} thumbnails={thumbnails} onSeek={onSeek} />
        <div className="mt-1.5 flex items-center gap-1 sm:gap-2">
          <button
            type="button"
            data-play-button=""
            className={ROUND_BUTTON}
            aria-label={paused ? strings.player.play : strings.player.pause}
            onClick={() => togglePlay(video.current)}
          >
            {paused ? (
              <Play className="size-7 translate-x-px fill-current" />
            ) : (
              <Pause className="size-7 fill-current" />
            )}
          </button>
          <button
            type="button"
            className={ROUND_BUTTON}
            aria-label={strings.player.back10}
            onClick={() => onSeek(Math.max(0, position - 10))}
          >
            <TenSeconds icon={RotateCcw} />
          </button>
          <button
            type="button"
            className={ROUND_BUTTON}
            aria-label={strings.player.forward10}
            onClick={() => onSeek(Math.min(duration, position + 10))}
          >
            <TenSeconds icon={RotateCw} />
          </button>
          <VolumeControl {...props} />
          <p className="ml-1 text-sm whitespace-nowrap text-paper/90 tabular-nums">
            {clock(position)} <span className="text-paper/70">/ {clock(duration)}</span>
          </p>
          <div className="ml-auto flex items-center gap-1 sm:gap-2">
            <CaptionsMenu {...props} />
            <QualityMenu {...props} />
            <button
              type="button"
              className={ROUND_BUTTON}
              aria-label={isFullscreen ? strings.player.leaveFullscreen : strings.player.fullscreen}
              onClick={onFullscreen}
            >
              {isFullscreen ? <Minimize className="size-6" /> : <Maximize className="size-6" />}
            </button>
          </div>
        </div>
      </div>
    </div>
  );
}

/** An icon with the number 10 inside it. */
function TenSeconds({ icon: Icon }: { icon: typeof RotateCcw }) {
  return (
    <span className="relative grid place-items-center">
      <Icon className="size-7" strokeWidth={1.7} />
      <span className="absolute text-[0.55rem] font-bold">10</span>
    </span>
  );
}

/** For a mouse and the Tab key. Arrow keys skip it, because a remote has its own volume keys. */
function VolumeControl({ video, videoState: { muted, volume } }: PlayerControlsProps) {
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

function QualityMenu({ engine, engineState: { qualities, chosen, height }, onMenuChange }: PlayerControlsProps) {
  const strings = useStrings();
  if (qualities.length < 2) return null;
  const autoLabel = height ? strings.player.autoNow(height) : strings.player.auto;
  return (
    <ChoiceMenu
      label={strings.player.quality}
      opens="above"
      align="right"
      chosen={chosen}
      choices={[
        { value: undefined, label: chosen === undefined ? autoLabel : strings.player.auto },
        ...qualities.map((quality) => ({ value: quality, label: `${quality}p` })),
      ]}
      onChoose={(quality) => engine.current?.chooseQuality(quality)}
      onOpenChange={onMenuChange}
      buttonClass={ROUND_BUTTON}
    >
      <Settings2 className="size-6" />
    </ChoiceMenu>
  );
}

function CaptionsMenu({ engine, engineState: { captions, caption }, onMenuChange }: PlayerControlsProps) {
  const strings = useStrings();
  if (captions.length === 0) return null;
  return (
    <ChoiceMenu
      label={strings.player.captions}
      opens="above"
      align="right"
      chosen={caption}
      choices={[
        { value: undefined, label: strings.player.captionsOff },
        ...captions.map((language) => ({ value: language, label: languageName(language, strings) })),
      ]}
      onChoose={(language) => engine.current?.caption(language)}
      onOpenChange={onMenuChange}
      buttonClass={`${ROUND_BUTTON} ${caption ? "text-bulb" : ""}`}
    >
      <Captions className="size-6" />
    </ChoiceMenu>
  );
}
