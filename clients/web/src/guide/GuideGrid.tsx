import type { FocusEvent, KeyboardEvent } from "react";
import { useEffect, useEffectEvent, useLayoutEffect, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";

import { FILTER } from "../components/FilterMenu";
import { useDebounced } from "../components/useDebounced";
import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { useStrings } from "../strings/useStrings";
import { DayMenu } from "./DayMenu";
import { GridLayoutContext, widthOf } from "./gridLayout";
import { keepPlace, placeOf } from "./gridPlaces";
import { CHANNELS_PER_PAGE, pagesOf, useCachedSchedule, useSchedules } from "./guideQueries";
import { BLOCK, blocksOf, floorToSlot, guideSpan, HOUR, sameTimeOn, SLOT } from "./guideTime";
import { GuideNotice } from "./GuideNotice";
import { GuideRow } from "./GuideRow";
import type { Place } from "./navigation";
import { moveBy, placeIn } from "./navigation";
import type { Cell } from "./schedule";
import { cellAt } from "./schedule";
import { NowLine, TimeHeader } from "./TimeHeader";
import { useGridFocus } from "./useGridFocus";
import { useGridView } from "./useGridView";
import { GuideLikesContext, useGuideLikes } from "./useGuideLikes";
import { useNow } from "./useNow";

/** Parts of the guide that the viewer scrolls past in fewer milliseconds are not loaded. */
const SETTLED_MS = 100;

interface GuideGridProps {
  channels: readonly Channel[];
  totalCount: number;
  /** Loads more channels; undefined if all are loaded. */
  onMore: (() => unknown) | undefined;
  /** The key of the history entry, under which the place is kept. */
  entry: string;
  /** The filters of the channels as one text. Another filter begins at its first channel. */
  filter: string;
  /** The element for the controls of the grid. */
  controls: HTMLElement | null;
  onOpenChannel: (channelId: string) => void;
  onOpenProgramme: (programmeId: string) => void;
}

/** The guide as a grid of channels and times. Only what is on the screen is loaded and drawn. */
export function GuideGrid(props: GuideGridProps) {
  const { channels, totalCount, onMore, entry, filter, controls, onOpenChannel, onOpenProgramme } = props;
  const strings = useStrings();
  const now = useNow();
  const [span] = useState(() => guideSpan(now));
  const [restored] = useState(() => placeOf(entry));
  const [active, setActive] = useState<Place>(restored?.active ?? { row: 0, time: now });
  const [initial] = useState(() => restored?.screen ?? { row: 0, time: floorToSlot(now, span) - SLOT / 2 });
  const view = useGridView({ rowCount: channels.length, span, initial, keptRow: active.row });
  const { scroller, layout, rows, shown } = view;
  const moveFocus = useGridFocus(scroller);

  const [shownFilter, setShownFilter] = useState(filter);
  if (filter !== shownFilter) {
    setShownFilter(filter);
    setActive({ ...active, row: 0 });
  }
  const scrolledFilter = useRef(filter);
  useEffect(() => {
    if (scrolledFilter.current !== filter) scroller.current?.scrollTo({ top: 0 });
    scrolledFilter.current = filter;
  }, [filter, scroller]);

  const pages = useMemo(() => pagesOf(channels), [channels]);
  const [firstRow, lastRow] = [rows.range?.startIndex ?? 0, rows.range?.endIndex ?? -1];
  const parts = useParts(firstRow, lastRow, blocksOf(shown));
  const partsKey = `${parts.pages.join()} ${parts.blocks.join()}`;
  const isSettled = useDebounced(partsKey, SETTLED_MS) === partsKey;
  const { byPage, hasFailed, retry } = useSchedules(pages, parts, isSettled);
  const likes = useGuideLikes(pages, parts, isSettled);
  const cachedSchedule = useCachedSchedule(pages);

  const findCell = ({ row, time }: Place): Cell | undefined => {
    const channel = channels[row];
    const page = Math.floor(row / CHANNELS_PER_PAGE);
    return channel && cellAt(cachedSchedule(page, Math.floor(time / BLOCK), channel.channelId), time);
  };
  const isNearEnd = lastRow >= channels.length - 2 * CHANNELS_PER_PAGE;
  const loadMore = useEffectEvent(() => onMore?.());
  useEffect(() => {
    if (isNearEnd) loadMore();
  }, [isNearEnd, channels.length]);
  const save = useEffectEvent(() => keepPlace(entry, { screen: view.screenStart(), active }));
  // A layout effect ends before the element is gone, whose scroll position is kept.
  useLayoutEffect(() => () => save(), []);

  /** Scrolls until a place is on the screen. */
  const reveal = ({ row, time }: Place, isSideways: boolean) => {
    rows.scrollToIndex(row, { align: "auto" });
    const screen = view.screen();
    const length = screen.end - screen.start;
    const end = isSideways ? Math.min(findCell({ row, time })?.end ?? time, span.end) : time + SLOT / 2;
    if (time < screen.start) view.scrollToTime(time);
    else if (end > screen.end) view.scrollToTime(Math.min(time, end - length));
  };
  const goTo = (place: Place, isSideways: boolean) => {
    setActive(place);
    moveFocus();
    reveal(place, isSideways);
  };
  const openAt = (place: Place) => {
    const programme = findCell(place)?.programme;
    if (programme?.programmeId) onOpenProgramme(programme.programmeId);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.metaKey || event.shiftKey || !isCell(event.target)) return;
    if (event.key === "Enter" || event.key === " ") openAt(active);
    else {
      const rowsPerPage = Math.max(1, lastRow - firstRow - 1);
      const place = moveBy(event.key, event.ctrlKey, active, {
        rowCount: channels.length,
        rowsPerPage,
        span,
        findCell,
      });
      if (!place) return;
      goTo(place, place.time !== active.time);
    }
    event.preventDefault();
  };
  const placeOfElement = (element: HTMLElement): Place => {
    const row = Number(element.closest<HTMLElement>("[data-row]")?.dataset.row);
    const start = Number(element.dataset.start);
    const cell = findCell({ row, time: Math.max(start, span.start) }) ?? { start, end: start + 1 };
    return placeIn(cell, row, active.time, view.screen());
  };
  const onFocus = ({ target }: FocusEvent<HTMLElement>) => {
    if (!isCell(target)) return;
    const place = placeOfElement(target);
    if (place.row !== active.row || place.time !== active.time) setActive(place);
  };
  const showTime = (time: number) => {
    setActive({ ...active, time });
    view.scrollToTime(time - SLOT / 2);
  };
  const activeCell = findCell(active) ?? { kind: "loading", ...hourAround(active.time) };

  return (
    <GridLayoutContext value={layout}>
      <GuideLikesContext value={likes}>
        {controls
          ? createPortal(
              <>
                <DayMenu
                  span={span}
                  shown={view.firstTime}
                  now={now}
                  onChoose={(day) => showTime(sameTimeOn(day, view.firstTime + SLOT / 2))}
                />
                <button type="button" className={FILTER} title={strings.guide.toNow} onClick={() => showTime(now)}>
                  {strings.guide.now}
                </button>
              </>,
              controls,
            )
          : null}
        {hasFailed ? <GuideNotice retry={retry} /> : null}
        <div
          ref={scroller}
          role="grid"
          aria-label={strings.guide.grid}
          aria-rowcount={totalCount + 1}
          className="relative isolate min-h-0 grow overflow-auto overscroll-contain"
          style={{ scrollPaddingTop: layout.headerHeight, scrollPaddingLeft: layout.columnWidth }}
          onKeyDown={onKeyDown}
          onFocus={onFocus}
          onClick={({ target }) => {
            const cell = (target as Element).closest<HTMLElement>("[role=gridcell]");
            if (cell) openAt(placeOfElement(cell));
          }}
        >
          <div role="presentation" className="relative" style={{ width: widthOf(layout), height: rows.getTotalSize() }}>
            <TimeHeader ticks={view.ticks} first={view.firstTime} now={now} />
            {rows.getVirtualItems().map(({ index, start }) => {
              const channel = channels[index];
              return channel ? (
                <GuideRow
                  key={channel.channelId}
                  channel={channel}
                  index={index}
                  top={start}
                  states={byPage.get(Math.floor(index / CHANNELS_PER_PAGE))}
                  shown={shown}
                  now={now}
                  activeCell={index === active.row ? activeCell : undefined}
                  onOpenChannel={onOpenChannel}
                />
              ) : null;
            })}
            <NowLine now={now} />
          </div>
        </div>
      </GuideLikesContext>
    </GridLayoutContext>
  );
}

/** Returns the parts of the guide to load, as the same object while they are the same. */
function useParts(firstRow: number, lastRow: number, blocks: readonly number[]) {
  const [firstPage, lastPage] = [Math.floor(firstRow / CHANNELS_PER_PAGE), Math.floor(lastRow / CHANNELS_PER_PAGE)];
  const [firstBlock = 0, lastBlock = -1] = [blocks[0], blocks.at(-1)];
  return useMemo(
    () => ({ pages: numbersFrom(firstPage, lastPage), blocks: numbersFrom(firstBlock, lastBlock) }),
    [firstPage, lastPage, firstBlock, lastBlock],
  );
}

function numbersFrom(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

function isCell(target: EventTarget): target is HTMLElement {
  return target instanceof HTMLElement && target.role === "gridcell";
}

function hourAround(time: number) {
  return { start: time, end: time + HOUR };
}
