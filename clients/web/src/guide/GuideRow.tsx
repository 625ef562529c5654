import { Star } from "lucide-react";
import { memo, useMemo } from "react";

import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { useStrings } from "../strings/useStrings";
import { ChannelLogo } from "./ChannelLogo";
import { GuideCell } from "./GuideCell";
import { useGridLayout } from "./gridLayout";
import { useGuideMarks } from "./guideMarks";
import type { BlockState } from "./guideQueries";
import { scheduleOf } from "./guideQueries";
import type { Span } from "./guideTime";
import type { Cell } from "./schedule";
import { cellsOf } from "./schedule";

const NO_STATES: readonly BlockState[] = [];

interface GuideRowProps {
  channel: Channel;
  index: number;
  /** The distance of the row from the top of the grid, in pixels. */
  top: number;
  states: readonly BlockState[] | undefined;
  /** The times on the screen and a little around it. */
  shown: Span;
  now: number;
  /** The field that the Tab key leads to, if it is in this row. */
  activeCell: Cell | undefined;
  onOpenChannel: (channelId: string) => void;
}

/** The channel and its programmes in a row of the grid. */
export const GuideRow = memo(function GuideRow(props: GuideRowProps) {
  const { channel, index, top, states = NO_STATES, shown, now, activeCell, onOpenChannel } = props;
  const { columnWidth, rowHeight } = useGridLayout();
  const { favorites } = useStrings();
  const isFavorite = useGuideMarks().favorites.has(channel.channelId);
  // The fields stay the same objects while the viewer scrolls, so only new ones are drawn.
  const loaded = useMemo(() => cellsOf(scheduleOf(states, channel.channelId)), [states, channel.channelId]);
  const cells = loaded.filter(({ start, end }) => start < shown.end && end > shown.start);
  const isActive = (cell: Cell) => cell.start === activeCell?.start;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      data-row={index}
      className="absolute inset-x-0"
      style={{ height: rowHeight, top }}
    >
      {/* The arrow keys move from programme to programme. The sheet of a programme leads to its channel. */}
      <div
        role="rowheader"
        data-arrows="skip"
        className="sticky left-0 z-20 h-full bg-ink py-0.5 pr-2"
        style={{ width: columnWidth }}
      >
        <button
          type="button"
          tabIndex={-1}
          className="flex size-full items-center gap-2.5 rounded-lg bg-raised px-2.5 text-left transition-colors hover:bg-lifted"
          onClick={() => onOpenChannel(channel.channelId)}
        >
          <span className="flex w-9 shrink-0 flex-col items-center gap-1 text-xs text-muted tabular-nums">
            {channel.number || ""}
            {isFavorite ? (
              <Star role="img" aria-label={favorites.isFavorite} className="size-3 fill-bulb text-bulb" />
            ) : null}
          </span>
          <ChannelLogo channel={channel} className="size-10" />
          <span className="line-clamp-2 min-w-0 text-sm leading-tight font-medium break-words">
            {channel.displayName}
          </span>
        </button>
      </div>
      {activeCell && !cells.some(isActive) ? (
        // The field with the focus stays on the page, wherever the viewer scrolls.
        <GuideCell cell={activeCell} channel={channel} now={now} isActive />
      ) : null}
      {cells.map((cell) => (
        // A field that replaces another is another element, so the focus does not stay on it by chance.
        <GuideCell
          key={`${cell.kind} ${cell.start}`}
          cell={cell}
          channel={channel}
          now={now}
          isActive={isActive(cell)}
        />
      ))}
    </div>
  );
});
