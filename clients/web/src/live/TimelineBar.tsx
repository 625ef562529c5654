import type { KeyboardEvent, PointerEvent } from "react";
import { useRef, useState } from "react";

import { clockTime } from "../guide/labels";
import { useStrings } from "../strings/useStrings";
import type { Timeline } from "./timeline";
import { shareOf } from "./timeline";

const STEP_MS = 10_000;

interface TimelineBarProps {
  timeline: Timeline;
  position: number;
  onSeek: (time: number) => void;
}

/** A slider over a programme. It shows what can be played of it, up to the live edge, and what is still to come. */
export function TimelineBar({ timeline, position, onSeek }: TimelineBarProps) {
  const strings = useStrings();
  const bar = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number>();
  const [dragging, setDragging] = useState(false);
  const { start, end, from, to } = timeline;
  const within = (time: number) => Math.min(to, Math.max(from, time));
  const shown = dragging && pointed !== undefined ? pointed : Math.min(end, Math.max(start, position));
  const percentOf = (time: number) => `${shareOf(time, timeline) * 100}%`;
  const clock = (time: number) => clockTime(time, strings);
  const timeAt = (event: PointerEvent) => {
    const { left, width } = bar.current?.getBoundingClientRect() ?? { left: 0, width: 1 };
    return within(start + (end - start) * ((event.clientX - left) / width));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const times: Record<string, number> = {
      ArrowLeft: position - STEP_MS,
      ArrowRight: position + STEP_MS,
      Home: from,
      End: to,
    };
    const time = times[event.key];
    if (time === undefined) return;
    event.preventDefault();
    onSeek(time);
  };
  return (
    <div
      ref={bar}
      role="slider"
      tabIndex={0}
      aria-label={strings.live.timeline}
      aria-valuemin={Math.floor((from - start) / 1000)}
      aria-valuemax={Math.floor((to - start) / 1000)}
      aria-valuenow={Math.floor((within(position) - start) / 1000)}
      aria-valuetext={strings.live.at(clock(position), clock(start), clock(end))}
      className="group relative flex h-6 grow cursor-pointer touch-none items-center rounded"
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDragging(true);
        setPointed(timeAt(event));
      }}
      onPointerMove={(event) => setPointed(timeAt(event))}
      onPointerUp={(event) => {
        if (dragging) onSeek(timeAt(event));
        setDragging(false);
        if (event.pointerType === "touch") setPointed(undefined);
      }}
      onPointerCancel={() => setDragging(false)}
      onPointerLeave={() => !dragging && setPointed(undefined)}
    >
      <div className="relative h-1 w-full overflow-hidden rounded-full bg-paper/15 transition-[height] group-hover:h-1.5 group-focus-visible:h-1.5">
        <div
          className="absolute inset-y-0 bg-paper/40"
          style={{ left: percentOf(from), width: `${(shareOf(to, timeline) - shareOf(from, timeline)) * 100}%` }}
        />
        <div
          className="absolute inset-y-0 bg-bulb"
          style={{
            left: percentOf(from),
            width: `${Math.max(0, shareOf(shown, timeline) - shareOf(from, timeline)) * 100}%`,
          }}
        />
      </div>
      {to < end ? (
        <div
          data-live-edge=""
          className="absolute h-3 w-0.5 -translate-x-1/2 rounded-full bg-danger"
          style={{ left: percentOf(to) }}
        />
      ) : null}
      <div
        className="absolute size-4 -translate-x-1/2 scale-75 rounded-full bg-bulb shadow transition-transform group-hover:scale-100 group-focus-visible:scale-110"
        style={{ left: percentOf(shown) }}
      />
      {pointed === undefined ? null : (
        <span
          aria-hidden="true"
          className="pointer-events-none absolute bottom-full mb-1 -translate-x-1/2 rounded bg-black/85 px-2 py-0.5 text-sm font-medium tabular-nums"
          style={{ left: `clamp(2rem, ${percentOf(pointed)}, calc(100% - 2rem))` }}
        >
          {clock(pointed)}
        </span>
      )}
    </div>
  );
}
