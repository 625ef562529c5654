import { useVirtualizer } from "@tanstack/react-virtual";
import type { KeyboardEvent } from "react";
import { useLayoutEffect, useRef, useState } from "react";

import { ProgressBar } from "../components/ProgressBar";
import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { ChannelLogo } from "../guide/ChannelLogo";
import { CHANNELS_PER_PAGE } from "../guide/guideQueries";
import { elapsedShare } from "../guide/guideTime";
import { clockTime } from "../guide/labels";
import { currentAndNext, useOnNow } from "../guide/onNow";
import type { ScheduledProgramme } from "../guide/schedule";
import { useNow } from "../guide/useNow";
import { useStrings } from "../strings/useStrings";

/** The height of a row in units of the text size. */
const ROW_REM = 4.25;

interface MiniGuideProps {
  channels: readonly Channel[];
  currentId: string;
  onZap: (channelId: string) => void;
  onOpenProgramme: (programmeId: string) => void;
}

/**
 * The channels over the picture, each with what it shows now and next. Up and down go through the channels, left and
 * right between now and next.
 */
export function MiniGuide({ channels, currentId, onZap, onOpenProgramme }: MiniGuideProps) {
  const { live } = useStrings();
  const now = useNow();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(() => ({
    row: Math.max(
      0,
      channels.findIndex(({ channelId }) => channelId === currentId),
    ),
    isNext: false,
  }));
  const [rowHeight] = useState(() => ROW_REM * textSize());
  // eslint-disable-next-line react-hooks/incompatible-library -- Nothing here is memoized by a compiler.
  const rows = useVirtualizer({
    count: channels.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 3,
    initialOffset: () => Math.max(0, (active.row - 1) * rowHeight),
  });
  // The field that a key leads to may be drawn only after the list has scrolled to it.
  const isMoving = useRef(true);
  useLayoutEffect(() => {
    const field = scroller.current?.querySelector<HTMLElement>("[data-active]");
    if (!isMoving.current || !field) return;
    isMoving.current = false;
    field.focus({ preventScroll: true });
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const { row, isNext } = active;
    const moves: Record<string, typeof active> = {
      ArrowUp: { row: Math.max(0, row - 1), isNext },
      ArrowDown: { row: Math.min(channels.length - 1, row + 1), isNext },
      ArrowLeft: { row, isNext: false },
      ArrowRight: { row, isNext: true },
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    isMoving.current = true;
    setActive(move);
    rows.scrollToIndex(move.row);
  };
  return (
    <section
      aria-label={live.miniGuide}
      className="absolute inset-x-0 bottom-0 z-20 flex h-[56%] animate-rise flex-col bg-linear-to-t from-ink via-ink/96 to-ink/85 px-4 pt-4 pb-[max(1rem,env(safe-area-inset-bottom))] sm:px-8"
    >
      <div aria-hidden="true" className="grid grid-cols-[var(--columns)] gap-2 pb-2 text-xs text-muted" style={COLUMNS}>
        <span />
        <span className="px-3">{live.onNow}</span>
        <span className="px-3">{live.onNext}</span>
      </div>
      <div
        ref={scroller}
        role="grid"
        aria-label={live.miniGuide}
        aria-rowcount={channels.length}
        data-arrows="own"
        className="no-scrollbar min-h-0 grow overflow-y-auto overscroll-contain"
        onKeyDown={onKeyDown}
      >
        <div role="presentation" className="relative" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const channel = channels[index];
            return channel ? (
              <div
                key={channel.channelId}
                role="row"
                aria-rowindex={index + 1}
                className="absolute inset-x-0 grid grid-cols-[var(--columns)] gap-2 py-1"
                style={{ ...COLUMNS, height: rowHeight, transform: `translateY(${start}px)` }}
              >
                <MiniGuideRow
                  channel={channel}
                  page={pageAt(channels, index)}
                  now={now}
                  isCurrent={channel.channelId === currentId}
                  active={active.row === index ? (active.isNext ? "next" : "now") : undefined}
                  onZap={() => onZap(channel.channelId)}
                  onOpenProgramme={onOpenProgramme}
                />
              </div>
            ) : null;
          })}
        </div>
      </div>
    </section>
  );
}

const COLUMNS = { "--columns": "clamp(2.5rem, 13vw, 14rem) minmax(0, 1.2fr) minmax(0, 1fr)" } as React.CSSProperties;

interface MiniGuideRowProps {
  channel: Channel;
  /** The channels whose programmes are loaded together with those of this one. */
  page: readonly Channel[];
  now: number;
  isCurrent: boolean;
  active: "now" | "next" | undefined;
  onZap: () => void;
  onOpenProgramme: (programmeId: string) => void;
}

function MiniGuideRow({ channel, page, now, isCurrent, active, onZap, onOpenProgramme }: MiniGuideRowProps) {
  const strings = useStrings();
  const { byChannel, isLoaded, isFailed } = useOnNow(page);
  const onNow = byChannel.get(channel.channelId);
  const { current, next } = onNow ? currentAndNext(onNow, now) : {};
  const nameOf = (each: ScheduledProgramme | undefined) => {
    if (each) return each.programme.restricted ? strings.guide.restricted : each.programme.displayName;
    return isLoaded ? strings.guide.noInformation : isFailed ? strings.guide.notLoaded : strings.loading;
  };
  const nextId = next?.programme.programmeId;
  return (
    <>
      <div role="rowheader" className="flex min-w-0 items-center gap-3">
        <ChannelLogo channel={channel} className="size-10" />
        <span className="hidden min-w-0 text-sm sm:block">
          <span className="block text-xs text-muted tabular-nums">{channel.number || ""}</span>
          <span className="block truncate">{channel.displayName}</span>
        </span>
      </div>
      <button
        type="button"
        role="gridcell"
        data-active={active === "now" ? "" : undefined}
        tabIndex={active === "now" ? 0 : -1}
        aria-current={isCurrent || undefined}
        aria-label={[channel.displayName, nameOf(current)].join(", ")}
        className={`${CELL} ${isCurrent ? "bg-bulb/20" : "bg-paper/8"}`}
        onClick={onZap}
      >
        <span className="max-w-full truncate font-medium">{nameOf(current)}</span>
        {current ? <ProgressBar share={elapsedShare(current, now)} className="mt-1.5 w-full rounded-full" /> : null}
      </button>
      <button
        type="button"
        role="gridcell"
        data-active={active === "next" ? "" : undefined}
        tabIndex={active === "next" ? 0 : -1}
        aria-disabled={!nextId}
        className={`${CELL} bg-paper/4`}
        onClick={() => nextId && onOpenProgramme(nextId)}
      >
        {next ? <span className="text-xs text-muted tabular-nums">{clockTime(next.start, strings)}</span> : null}
        <span className="max-w-full truncate text-sm text-paper/85">{nameOf(next)}</span>
      </button>
    </>
  );
}

const CELL =
  "flex min-w-0 flex-col items-start justify-center rounded-xl px-3 text-left transition-colors -outline-offset-3! hover:bg-paper/15";

/** Returns the channels that are loaded together with the one at an index. */
function pageAt(channels: readonly Channel[], index: number): readonly Channel[] {
  const first = Math.floor(index / CHANNELS_PER_PAGE) * CHANNELS_PER_PAGE;
  return channels.slice(first, first + CHANNELS_PER_PAGE);
}

function textSize(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}
