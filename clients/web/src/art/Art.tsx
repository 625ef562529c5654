import type { JSX } from "react";
import { memo, useMemo } from "react";

import type { Composition, Palette } from "./compose";
import type { Surface } from "./backgrounds";
import { drawGround } from "./backgrounds";
import type { Motif } from "./shapes";
import { MOTIFS } from "./motifs";
import { randomOf } from "./random";

/** The picture of a composition, without any words: upright for a poster, wide for a backdrop. */
export const Art = memo(function Art({ composition, wide = false }: { composition: Composition; wide?: boolean }) {
  const picture = useMemo(() => draw(composition, wide), [composition, wide]);
  const [width, height] = wide ? [320, 180] : [200, 300];
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio={wide ? "xMaxYMid slice" : "xMidYMid slice"}
      aria-hidden="true"
      className="absolute inset-0 size-full"
    >
      {picture}
    </svg>
  );
});

function draw(composition: Composition, wide: boolean): JSX.Element {
  const { palette, tilt, seed } = composition;
  const surface = wide ? wideSurface(tilt) : uprightSurface(composition);
  const random = randomOf(`${seed}/ground`);
  const size = wide ? 122 : 134;
  const place = `translate(${surface.x} ${surface.y}) rotate(${(tilt * 4).toFixed(2)}) scale(${size / 100}) translate(-50 -50)`;
  return (
    <>
      <rect width={surface.width} height={surface.height} fill={palette.ground} />
      {drawGround(composition.ground, surface, palette, random)}
      <g transform={place}>{(MOTIFS[composition.motif] ?? []).map((mark, index) => drawMark(mark, palette, index))}</g>
    </>
  );
}

function drawMark([tone, path, width]: Motif[number], palette: Palette, key: number): JSX.Element {
  const colour = palette[tone];
  if (width === undefined) return <path key={key} d={path} fill={colour} />;
  return (
    <path
      key={key}
      d={path}
      fill="none"
      stroke={colour}
      strokeWidth={width}
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  );
}

function uprightSurface({ anchor, tilt }: Composition): Surface {
  return { width: 200, height: 300, x: 100 + tilt * 8, y: anchor === "bottom" ? 104 : 200 };
}

function wideSurface(tilt: number): Surface {
  return { width: 320, height: 180, x: 224 + tilt * 8, y: 88 };
}
