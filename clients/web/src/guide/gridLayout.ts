import { createContext, useContext } from "react";

import type { Span } from "./guideTime";
import { SLOT } from "./guideTime";

/** The sizes of the grid in pixels. They follow the size of the text. */
export interface GridLayout {
  span: Span;
  slotWidth: number;
  rowHeight: number;
  columnWidth: number;
  headerHeight: number;
}

/** Returns the layout of the grid for a text size in pixels. */
export function layOutGrid(span: Span, textSize: number): GridLayout {
  return {
    span,
    slotWidth: Math.round(11 * textSize),
    rowHeight: Math.round(4.5 * textSize),
    columnWidth: Math.round(14 * textSize),
    headerHeight: Math.round(2.75 * textSize),
  };
}

/** Returns the distance of a time from the beginning of the guide, in pixels. */
export function offsetOf(time: number, { span, slotWidth }: GridLayout): number {
  return ((time - span.start) / SLOT) * slotWidth;
}

/** Returns the time at a distance from the beginning of the guide. */
export function timeAt(offset: number, { span, slotWidth }: GridLayout): number {
  return span.start + (offset / slotWidth) * SLOT;
}

/** Returns the width of the whole grid. */
export function widthOf(layout: GridLayout): number {
  return layout.columnWidth + offsetOf(layout.span.end, layout);
}

/** The layout of the grid that contains a component. */
export const GridLayoutContext = createContext<GridLayout | undefined>(undefined);

/** Returns the layout of the grid that contains the component. */
export function useGridLayout(): GridLayout {
  const layout = useContext(GridLayoutContext);
  if (!layout) throw new Error("there is no grid around this component");
  return layout;
}
