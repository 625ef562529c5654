import { memo, useContext } from "react";

import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { useStrings } from "../strings/useStrings";
import { catchUpEnd } from "./catchUp";
import { CatchUpMark, GuideBadges, LikeBadge, ReminderMark } from "./GuideBadges";
import { offsetOf, useGridLayout } from "./gridLayout";
import { useGuideMarks } from "./guideMarks";
import { elapsedShare, isRunning } from "./guideTime";
import { cellName, spokenCell, timesLabel } from "./labels";
import type { Cell } from "./schedule";
import { GuideLikesContext } from "./useGuideLikes";

/** Narrower fields have no room for a name, or for the time below it. */
const NAME_WIDTH = 44;
const TIME_WIDTH = 72;

interface GuideCellProps {
  cell: Cell;
  channel: Channel;
  now: number;
  /** Whether the Tab key leads to this field. */
  isActive: boolean;
}

/** One field of the grid: a programme, or a time without one. */
export const GuideCell = memo(function GuideCell({ cell, channel, now, isActive }: GuideCellProps) {
  const strings = useStrings();
  const layout = useGridLayout();
  const { span, columnWidth } = layout;
  const left = offsetOf(Math.max(cell.start, span.start), layout);
  const width = offsetOf(Math.min(cell.end, span.end), layout) - left - 3;
  const { programme } = cell;
  const isNow = programme !== undefined && isRunning(cell, now);
  const isReminded = useGuideMarks().reminded.has(programme?.programmeId ?? "-");
  const like = useContext(GuideLikesContext).get(programme?.programmeId ?? "");
  const isNamed = programme !== undefined && !programme.restricted;
  return (
    <div
      role="gridcell"
      tabIndex={isActive ? 0 : -1}
      data-card=""
      data-start={cell.start}
      data-active={isActive ? "" : undefined}
      aria-label={[
        spokenCell(cell, channel, now, strings),
        like === undefined ? "" : strings.guide.forYou,
        isReminded ? strings.reminders.isSet : "",
      ]
        .filter(Boolean)
        .join(", ")}
      aria-disabled={isNamed ? undefined : true}
      className={`absolute inset-y-0.5 overflow-clip rounded-lg border transition-colors focus-visible:z-[1] focus-visible:outline-offset-[-3px] ${styleOf(cell, now)} ${isNamed ? "cursor-pointer" : ""}`}
      style={{ left: columnWidth + left, width }}
    >
      {/* The text of a long programme stays on the screen while its beginning is beside it. */}
      <div
        className="sticky flex h-full w-fit max-w-full flex-col justify-center gap-0.5 px-3"
        style={{ left: columnWidth }}
      >
        <p className="flex min-w-0 items-center gap-1.5">
          <span className={`truncate text-sm ${isNow ? "font-semibold" : "font-medium"} ${isNamed ? "" : "italic"}`}>
            {cell.kind === "loading" || width < NAME_WIDTH ? "" : cellName(cell, strings)}
          </span>
          {isNamed && width > 2 * TIME_WIDTH ? <GuideBadges programme={programme} /> : null}
          {isNamed && like !== undefined && width > 2 * TIME_WIDTH ? <LikeBadge reason={like} /> : null}
        </p>
        {programme && width > TIME_WIDTH ? (
          <p className="flex items-center gap-1.5 text-xs text-muted">
            <span className="truncate">{timesLabel(cell, strings)}</span>
            <CatchUpMark programme={programme} end={cell.end} now={now} />
            <ReminderMark programme={programme} />
          </p>
        ) : null}
      </div>
      {isNow ? (
        <div aria-hidden="true" className="absolute inset-x-0 bottom-0 h-1 bg-paper/15">
          <div className="h-full bg-bulb" style={{ width: `${(elapsedShare(cell, now) * 100).toFixed(2)}%` }} />
        </div>
      ) : null}
    </div>
  );
});

function styleOf(cell: Cell, now: number): string {
  if (cell.kind === "loading") return "animate-pulse border-transparent bg-raised";
  if (!cell.programme || cell.programme.restricted) return "border-line/40 border-dashed text-muted";
  if (isRunning(cell, now)) return "border-bulb/50 bg-lifted hover:bg-line";
  if (catchUpEnd(cell.programme, cell.end, now)) return "border-line/40 bg-raised/70 text-paper/80 hover:bg-lifted";
  if (cell.end <= now) return "border-line/30 bg-raised/50 text-muted hover:bg-raised";
  return "border-line/50 bg-raised hover:bg-lifted";
}
