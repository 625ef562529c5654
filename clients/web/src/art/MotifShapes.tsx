import type { Palette } from "./compose";
import type { Motif } from "./shapes";

/** The parts of a motif in the colours of a palette. */
export function MotifShapes({ shapes, palette }: { shapes: Motif; palette: Palette }) {
  return shapes.map(([colourRole, path, width], index) => {
    const colour = palette[colourRole];
    return width === undefined ? (
      <path key={index} d={path} fill={colour} />
    ) : (
      <path
        key={index}
        d={path}
        fill="none"
        stroke={colour}
        strokeWidth={width}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    );
  });
}
