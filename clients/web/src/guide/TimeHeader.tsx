import { useStrings } from "../strings/useStrings";
import type { GridLayout } from "./gridLayout";
import { offsetOf, useGridLayout } from "./gridLayout";
import { startOfDay } from "./guideTime";
import { clockTime, dayLabel } from "./labels";

interface TimeHeaderProps {
  /** The times with a label. */
  ticks: readonly number[];
  /** The first time on the screen. */
  first: number;
  now: number;
}

/** The times above the grid. Screen readers skip them, because each field says its time. */
export function TimeHeader({ ticks, first, now }: TimeHeaderProps) {
  const strings = useStrings();
  const layout = useGridLayout();
  const { columnWidth, headerHeight } = layout;
  return (
    <div aria-hidden="true" className="sticky top-0 z-30 bg-ink" style={{ height: headerHeight }}>
      <div
        className="sticky left-0 z-10 flex h-full items-center bg-ink pl-3 text-sm font-semibold"
        style={{ width: columnWidth }}
      >
        {dayLabel(first, now, strings)}
      </div>
      {ticks.map((tick) => (
        <div
          key={tick}
          className="absolute inset-y-0 flex items-center border-l border-line/70 pl-2 text-sm whitespace-nowrap text-muted tabular-nums"
          style={{ left: columnWidth + offsetOf(tick, layout) }}
        >
          {isCovered(tick, now, layout) ? null : tick === startOfDay(tick) ? (
            <span className="mr-2 font-semibold text-paper">{dayLabel(tick, now, strings)}</span>
          ) : null}
          {isCovered(tick, now, layout) ? null : clockTime(tick, strings)}
        </div>
      ))}
      <div
        className="absolute bottom-0 -translate-x-1/2 rounded-full bg-bulb px-2 text-xs leading-5 font-semibold text-ink tabular-nums"
        style={{ left: columnWidth + offsetOf(now, layout) }}
      >
        {clockTime(now, strings)}
      </div>
    </div>
  );
}

/** The widths of the label of a time and of half the present's, in rows of the header. */
const LABEL_SHARE = { time: 1.2, now: 0.6 };

/** Whether the label of the present covers that of a time. */
function isCovered(tick: number, now: number, layout: GridLayout): boolean {
  const distance = (offsetOf(now, layout) - offsetOf(tick, layout)) / layout.headerHeight;
  return distance > -LABEL_SHARE.now && distance < LABEL_SHARE.time + LABEL_SHARE.now;
}

/** The line at the present, over all channels. */
export function NowLine({ now }: { now: number }) {
  const layout = useGridLayout();
  return (
    <div
      data-now-line=""
      aria-hidden="true"
      className="pointer-events-none absolute inset-y-0 z-10 -ml-px w-0.5 bg-bulb/80"
      style={{ left: layout.columnWidth + offsetOf(now, layout) }}
    />
  );
}
