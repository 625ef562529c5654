import type { Range } from "@tanstack/react-virtual";
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";

import type { GridLayout } from "./gridLayout";
import { layOutGrid, offsetOf, timeAt } from "./gridLayout";
import type { Span } from "./guideTime";
import { SLOT } from "./guideTime";

/** The rows and the steps of time that are drawn beside those on the screen. */
const MARGIN = { rows: 4, slots: 3 };

/** The first row and the first time on the screen, by which a screen is found again. */
export interface ScreenStart {
  row: number;
  time: number;
}

interface GridViewOptions {
  rowCount: number;
  span: Span;
  initial: ScreenStart;
  /** A row that is drawn even if it is not on the screen. */
  keptRow: number;
}

/** Returns the parts of the grid that are on the screen: rows and times are drawn only there. */
export function useGridView({ rowCount, span, initial, keptRow }: GridViewOptions) {
  const scroller = useRef<HTMLDivElement>(null);
  const layout = useTextLayout(span);
  const { rowHeight, slotWidth, columnWidth, headerHeight } = layout;
  // eslint-disable-next-line react-hooks/incompatible-library -- Nothing here is memoized by a compiler.
  const rows = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: MARGIN.rows,
    paddingStart: headerHeight,
    scrollPaddingStart: headerHeight,
    initialOffset: () => initial.row * rowHeight,
    rangeExtractor: (range: Range) => {
      const indexes = defaultRangeExtractor(range);
      return keptRow >= rowCount || indexes.includes(keptRow) ? indexes : [...indexes, keptRow];
    },
  });
  const slots = useVirtualizer({
    horizontal: true,
    count: Math.ceil((span.end - span.start) / SLOT),
    getScrollElement: () => scroller.current,
    estimateSize: () => slotWidth,
    overscan: MARGIN.slots,
    paddingStart: columnWidth,
    initialOffset: () => offsetOf(initial.time, layout),
  });
  useEffect(() => {
    rows.measure();
    slots.measure();
  }, [rows, slots, rowHeight, slotWidth]);

  const [firstSlot = 0, lastSlot = -1] = [slots.range?.startIndex, slots.range?.endIndex];
  const shown = useMemo(
    () => ({
      start: Math.max(span.start, span.start + (firstSlot - MARGIN.slots) * SLOT),
      end: Math.min(span.end, span.start + (lastSlot + 1 + MARGIN.slots) * SLOT),
    }),
    [span, firstSlot, lastSlot],
  );
  /** Returns the times on the screen. */
  const screen = (): Span => {
    const { scrollLeft = 0, clientWidth = 0 } = scroller.current ?? {};
    return { start: timeAt(scrollLeft, layout), end: timeAt(scrollLeft + clientWidth - columnWidth, layout) };
  };
  const screenStart = (): ScreenStart => ({
    row: (scroller.current?.scrollTop ?? 0) / rowHeight,
    time: screen().start,
  });
  const scrollToTime = (time: number) => scroller.current?.scrollTo({ left: offsetOf(time, layout) });
  const ticks = slots.getVirtualItems().map(({ index }) => span.start + index * SLOT);
  return {
    scroller,
    layout,
    rows,
    shown,
    firstTime: span.start + firstSlot * SLOT,
    ticks,
    screen,
    screenStart,
    scrollToTime,
  };
}

/** Returns the layout for the size of the text, which follows the width of the window. */
function useTextLayout(span: Span): GridLayout {
  const [textSize, setTextSize] = useState(readTextSize);
  useEffect(() => {
    const update = () => setTextSize(readTextSize());
    window.addEventListener("resize", update);
    return () => window.removeEventListener("resize", update);
  }, []);
  return useMemo(() => layOutGrid(span, textSize), [span, textSize]);
}

function readTextSize(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}
