import type { KeyboardEvent, PointerEvent } from "react";
import { useRef, useState } from "react";

import { clock } from "../format/time";
import { useStrings } from "../strings/useStrings";
import type { Thumbnail } from "./thumbnails";
import { thumbnailAt } from "./thumbnails";
import type { VideoState } from "./useVideo";

interface SeekBarProps {
  videoState: VideoState;
  thumbnails: readonly Thumbnail[];
  onSeek: (position: number) => void;
}

/** A slider over the whole video. It shows a preview of the position under the pointer. */
export function SeekBar({ videoState: { position, duration, loadedTo }, thumbnails, onSeek }: SeekBarProps) {
  const strings = useStrings();
  const bar = useRef<HTMLDivElement>(null);
  const [pointedPosition, setPointedPosition] = useState<number>();
  const [dragging, setDragging] = useState(false);
  const shownPosition = dragging && pointedPosition !== undefined ? pointedPosition : position;
  const percentOf = (seconds: number) => `${duration > 0 ? (100 * Math.min(seconds, duration)) / duration : 0}%`;

  const positionAt = (event: PointerEvent) => {
    const { left, width } = bar.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    return duration * Math.min(1, Math.max(0, (event.clientX - left) / width));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const target = positionAfterKey(event.key, position, duration);
    if (target === undefined) return;
    event.preventDefault();
    onSeek(Math.min(duration, Math.max(0, target)));
  };

  return (
    <div
      ref={bar}
      role="slider"
      tabIndex={0}
      aria-label={strings.player.seek}
      aria-valuemin={0}
      aria-valuemax={Math.floor(duration)}
      aria-valuenow={Math.floor(position)}
      aria-valuetext={strings.player.at(clock(position), clock(duration))}
      className="group relative flex h-6 cursor-pointer touch-none items-center rounded"
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragging(true);
        setPointedPosition(positionAt(event));
      }}
      onPointerMove={(event) => setPointedPosition(positionAt(event))}
      onPointerUp={(event) => {
        if (dragging) onSeek(positionAt(event));
        setDragging(false);
        if (event.pointerType === "touch") setPointedPosition(undefined);
      }}
      onPointerCancel={() => setDragging(false)}
      onPointerLeave={() => !dragging && setPointedPosition(undefined)}
    >
      <div className="relative h-1 w-full overflow-hidden rounded-full bg-paper/25 transition-[height] group-hover:h-1.5 group-focus-visible:h-1.5">
        <div className="absolute inset-y-0 left-0 bg-paper/30" style={{ width: percentOf(loadedTo) }} />
        <div className="absolute inset-y-0 left-0 bg-bulb" style={{ width: percentOf(shownPosition) }} />
      </div>
      <div
        className="absolute size-4 -translate-x-1/2 scale-75 rounded-full bg-bulb shadow transition-transform group-hover:scale-100 group-focus-visible:scale-110"
        style={{ left: percentOf(shownPosition) }}
      />
      {pointedPosition === undefined ? null : (
        <Preview position={pointedPosition} share={pointedPosition / duration} thumbnails={thumbnails} />
      )}
    </div>
  );
}

/** Shows the thumbnail and the time of a position. It stays inside the screen. */
function Preview({
  position,
  share,
  thumbnails,
}: {
  position: number;
  share: number;
  thumbnails: readonly Thumbnail[];
}) {
  const thumbnail = thumbnailAt(thumbnails, position);
  const width = thumbnail?.width ?? 64;
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute bottom-full mb-2 flex -translate-x-1/2 flex-col items-center gap-1.5"
      style={{ left: `clamp(${width / 2}px, ${share * 100}%, calc(100% - ${width / 2}px))` }}
    >
      {thumbnail ? (
        <div
          className="overflow-hidden rounded-lg border-2 border-paper/85 shadow-xl"
          style={{
            boxSizing: "content-box",
            width: thumbnail.width,
            height: thumbnail.height,
            background: `url("${thumbnail.url}") -${thumbnail.x}px -${thumbnail.y}px`,
          }}
        />
      ) : null}
      <span className="rounded bg-black/85 px-2 py-0.5 text-sm font-medium tabular-nums">{clock(position)}</span>
    </div>
  );
}

/** Returns the position that a key seeks to, or undefined if the key does not seek. */
function positionAfterKey(key: string, position: number, duration: number): number | undefined {
  switch (key) {
    case "ArrowLeft":
      return position - 10;
    case "ArrowRight":
      return position + 10;
    case "PageDown":
      return position - 60;
    case "PageUp":
      return position + 60;
    case "Home":
      return 0;
    case "End":
      return duration;
    default:
      return undefined;
  }
}
