import { List, SkipBack } from "lucide-react";
import type { RefObject } from "react";

import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { ChannelLogo } from "../guide/ChannelLogo";
import { clockTime, episodeLine } from "../guide/labels";
import {
  FullscreenButton,
  PlayPauseButton,
  ROUND_BUTTON,
  TenSecondsButtons,
  VolumeControl,
} from "../player/controlButtons";
import { ControlsLayer } from "../player/ControlsLayer";
import type { Engine, EngineState } from "../player/engine";
import { TrackMenus } from "../player/TrackMenus";
import type { Controls } from "../player/useControls";
import type { VideoState } from "../player/useVideo";
import { useStrings } from "../strings/useStrings";
import type { ShownProgramme } from "./shownProgramme";
import type { Timeline } from "./timeline";
import { TimelineBar } from "./TimelineBar";

const PILL =
  "inline-flex min-h-9 shrink-0 items-center gap-1.5 rounded-full px-3.5 text-sm font-semibold whitespace-nowrap transition-colors";

interface LiveControlsProps {
  channel: Channel | undefined;
  /** What the channel shows; undefined if it is not known. */
  shown: ShownProgramme | undefined;
  next: { start: number; name: string } | undefined;
  timeline: Timeline;
  position: number;
  /** How far the viewer is behind the live edge in milliseconds; zero at the live edge. */
  behind: number;
  video: RefObject<HTMLVideoElement | null>;
  videoState: VideoState;
  engine: RefObject<Engine | null>;
  engineState: EngineState;
  controls: Controls;
  isFullscreen: boolean;
  /** Undefined if the beginning of the programme cannot be played, or plays already. */
  onStartOver: (() => void) | undefined;
  onSeek: (time: number) => void;
  onGoLive: () => void;
  onMiniGuide: () => void;
  onFullscreen: () => void;
  onLeave: () => void;
}

/** The controls of a channel: channel, programme, timeline, start over, live and the mini guide. */
export function LiveControls({ controls, shown, timeline, position, video, videoState, ...props }: LiveControlsProps) {
  const strings = useStrings();
  const { live } = strings;
  const episode = shown?.programme ? episodeLine(shown.programme, strings) : "";
  const name = shown ? shown.name || (shown.programmeId ? strings.guide.restricted : live.nothingScheduled) : "";
  const clock = (time: number) => (
    <span className="shrink-0 text-sm text-paper/90 tabular-nums">{clockTime(time, strings)}</span>
  );
  return (
    <ControlsLayer
      hidden={controls.hidden}
      header={<ChannelHeader channel={props.channel} />}
      onLeave={props.onLeave}
      onPoint={controls.onPoint}
    >
      <div className="flex flex-wrap items-end justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <p className="truncate text-lg font-semibold sm:text-2xl">{name}</p>
          {episode ? <p className="truncate text-sm text-paper/85">{episode}</p> : null}
        </div>
        <div className="flex items-center gap-2">
          {props.onStartOver ? (
            <button type="button" className={`${PILL} bg-paper/12 hover:bg-paper/22`} onClick={props.onStartOver}>
              <SkipBack aria-hidden="true" className="size-4 fill-current" />
              {live.startOver}
            </button>
          ) : null}
          <LiveButton behind={props.behind} onGoLive={props.onGoLive} />
        </div>
      </div>
      <div className="mt-1 flex items-center gap-3">
        {clock(timeline.start)}
        <TimelineBar timeline={timeline} position={position} onSeek={props.onSeek} />
        {clock(timeline.end)}
      </div>
      <div className="mt-1 flex items-center gap-1 sm:gap-2">
        <PlayPauseButton video={video} paused={videoState.paused} />
        <TenSecondsButtons onSkip={(seconds) => props.onSeek(position + seconds * 1000)} />
        <VolumeControl video={video} videoState={videoState} />
        {props.next ? (
          <p className="ml-2 hidden min-w-0 truncate text-sm text-paper/85 md:block">
            {live.nextAt(clockTime(props.next.start, strings), props.next.name)}
          </p>
        ) : null}
        <div className="ml-auto flex items-center gap-1 sm:gap-2">
          <button type="button" className={ROUND_BUTTON} aria-label={live.miniGuide} onClick={props.onMiniGuide}>
            <List className="size-6" />
          </button>
          <TrackMenus engine={props.engine} engineState={props.engineState} onOpenChange={controls.onMenuChange} />
          <FullscreenButton isFullscreen={props.isFullscreen} onToggle={props.onFullscreen} />
        </div>
      </div>
    </ControlsLayer>
  );
}

function ChannelHeader({ channel }: { channel: Channel | undefined }) {
  if (!channel) return null;
  return (
    <div className="flex min-w-0 items-center gap-3">
      <ChannelLogo channel={channel} className="size-10 sm:size-12" />
      <p className="truncate font-semibold sm:text-lg">
        {channel.number ? <span className="mr-2 text-paper/80 tabular-nums">{channel.number}</span> : null}
        {channel.displayName}
      </p>
    </div>
  );
}

/** Says that the picture is live, or how far it is behind, and goes back to live. */
function LiveButton({ behind, onGoLive }: Pick<LiveControlsProps, "behind" | "onGoLive">) {
  const strings = useStrings();
  if (behind === 0)
    return (
      <p className={`${PILL} bg-danger text-ink uppercase`}>
        <span aria-hidden="true" className="size-2 rounded-full bg-ink" />
        {strings.live.isLive}
      </p>
    );
  return (
    <button
      type="button"
      className={`${PILL} bg-paper/12 hover:bg-paper/22`}
      title={strings.live.behind(strings.length(behind / 1000))}
      onClick={onGoLive}
    >
      <span aria-hidden="true" className="size-2 rounded-full bg-danger" />
      {strings.live.goLive}
    </button>
  );
}
