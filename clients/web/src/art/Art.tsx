import type { JSX } from "react";
import { memo, useMemo } from "react";

import type { Composition } from "./compose";
import type { Surface } from "./backgrounds";
import { drawBackground } from "./backgrounds";
import { MOTIFS } from "./motifs";
import { randomOf } from "./random";
import { MotifShapes } from "./MotifShapes";

/** Draws a composition without text: in portrait format for a poster, in landscape format (`wide`) for a backdrop. */
export const Art = memo(function Art({ composition, wide = false }: { composition: Composition; wide?: boolean }) {
  const drawing = useMemo(() => drawComposition(composition, wide), [composition, wide]);
  const [width, height] = wide ? [320, 180] : [200, 300];
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio={wide ? "xMaxYMid slice" : "xMidYMid slice"}
      aria-hidden="true"
      className="absolute inset-0 size-full"
    >
      {drawing}
    </svg>
  );
});

function drawComposition(composition: Composition, wide: boolean): JSX.Element {
  const { palette, tilt, seed } = composition;
  const surface = wide ? landscapeSurface(tilt) : portraitSurface(composition);
  const random = randomOf(`${seed}/ground`);
  const size = wide ? 122 : 134;
  const transform = `translate(${surface.x} ${surface.y}) rotate(${(tilt * 4).toFixed(2)}) scale(${size / 100}) translate(-50 -50)`;
  return (
    <>
      <rect width={surface.width} height={surface.height} fill={palette.ground} />
      {drawBackground(composition.background, surface, palette, random)}
      <g transform={transform}>
        <MotifShapes shapes={MOTIFS[composition.motif] ?? []} palette={palette} />
      </g>
    </>
  );
}

function portraitSurface({ anchor, tilt }: Composition): Surface {
  return { width: 200, height: 300, x: 100 + tilt * 8, y: anchor === "bottom" ? 104 : 200 };
}

function landscapeSurface(tilt: number): Surface {
  return { width: 320, height: 180, x: 224 + tilt * 8, y: 88 };
}
