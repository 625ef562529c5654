import type { JSX } from "react";

import type { Background, Palette } from "./compose";
import type { Random } from "./random";
import { between } from "./random";

/** A surface to draw on: its size and the centre of the motif. */
export interface Surface {
  width: number;
  height: number;
  x: number;
  y: number;
}

type Draw = (surface: Surface, palette: Palette, random: Random) => JSX.Element;

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

const halo: Draw = ({ width, height, x, y }, { tint, shade }, random) => {
  const radius = Math.min(width, height) * between(random, 0.4, 0.5);
  return (
    <>
      <circle cx={x} cy={y} r={radius * 1.3} fill={shade} />
      <circle cx={x} cy={y} r={radius} fill={tint} />
    </>
  );
};

const rays: Draw = ({ width, height, x, y }, { tint, shade }, random) => {
  const count = Math.round(between(random, 12, 20));
  const rayLength = Math.hypot(width, height);
  const wedgePath = (index: number) => {
    const from = (2 * Math.PI * index) / count;
    const to = from + Math.PI / count;
    return `M${x} ${y}L${x + rayLength * Math.cos(from)} ${y + rayLength * Math.sin(from)}L${x + rayLength * Math.cos(to)} ${y + rayLength * Math.sin(to)}Z`;
  };
  return (
    <>
      <path d={range(count).map(wedgePath).join("")} fill={tint} opacity={0.75} />
      <circle cx={x} cy={y} r={Math.min(width, height) * 0.4} fill={shade} />
    </>
  );
};

const bands: Draw = ({ width, height, y }, { tint, shade, accent }, random) => {
  const thickness = height / Math.round(between(random, 9, 14));
  return (
    <>
      {range(4).map((index) => (
        <rect
          key={index}
          y={y + thickness * (index * 1.5 - 1)}
          width={width}
          height={thickness * (1 - index * 0.18)}
          fill={index === 1 ? accent : index % 2 ? shade : tint}
          opacity={index === 1 ? 0.35 : 1}
        />
      ))}
    </>
  );
};

const ripples: Draw = ({ width, height, x, y }, { tint }, random) => {
  const gap = Math.min(width, height) * between(random, 0.075, 0.11);
  return (
    <g fill="none" stroke={tint} strokeWidth={gap * 0.32}>
      {range(12).map((index) => (
        <circle key={index} cx={x} cy={y} r={gap * (index + 1.5)} opacity={1 - index * 0.07} />
      ))}
    </g>
  );
};

const hills: Draw = ({ width, height, y }, { tint, shade, deep }, random) => {
  const ridgePath = (level: number, amplitude: number) => {
    const offset = between(random, -amplitude, amplitude);
    return `M0 ${level + offset}C${width * 0.3} ${level - amplitude},${width * 0.55} ${level + amplitude},${width} ${level - offset}V${height}H0Z`;
  };
  const amplitude = height * 0.07;
  return (
    <>
      <path d={ridgePath(y + height * 0.06, amplitude)} fill={tint} />
      <path d={ridgePath(y + height * 0.18, amplitude)} fill={shade} />
      <path d={ridgePath(y + height * 0.31, amplitude)} fill={deep} opacity={0.5} />
    </>
  );
};

const dots: Draw = ({ width, height }, { tint }, random) => {
  const gap = Math.min(width, height) / 13;
  const growsUpwards = random() < 0.5;
  const columns = Math.ceil(width / gap) + 1;
  const rows = Math.ceil(height / gap) + 1;
  const path = range(rows)
    .flatMap((row) =>
      range(columns).map((column) => {
        const sizeShare = growsUpwards ? 1 - row / rows : row / rows;
        const radius = gap * 0.5 * Math.max(0, sizeShare * 1.1 - 0.12);
        const cx = column * gap + (row % 2 ? gap / 2 : 0);
        return radius < 0.4
          ? ""
          : `M${cx - radius} ${row * gap}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0Z`;
      }),
    )
    .join("");
  return <path d={path} fill={tint} />;
};

const diagonal: Draw = ({ width, height }, { tint, shade }, random) => {
  const leftY = between(random, 0.5, 0.72) * height;
  const rightY = between(random, 0.18, 0.36) * height;
  const flip = random() < 0.5 ? `translate(${width} 0) scale(-1 1)` : undefined;
  return (
    <g transform={flip}>
      <path d={`M0 ${leftY}L${width} ${rightY}V${height}H0Z`} fill={shade} />
      <path d={`M0 ${leftY}L${width} ${rightY}V${rightY + height * 0.05}L0 ${leftY + height * 0.05}Z`} fill={tint} />
    </g>
  );
};

const arch: Draw = ({ width, height, x, y }, { tint, shade }, random) => {
  const halfWidth = Math.min(width, height) * between(random, 0.38, 0.44);
  const archPath = (radius: number) =>
    `M${x - radius} ${height}V${y}a${radius} ${radius} 0 0 1 ${2 * radius} 0V${height}Z`;
  return (
    <>
      <path d={archPath(halfWidth * 1.14)} fill={shade} />
      <path d={archPath(halfWidth)} fill={tint} />
    </>
  );
};

const swell: Draw = ({ width, height, y }, { tint }, random) => {
  const length = width / between(random, 2, 4);
  const rise = height * 0.022;
  const wavePath = (level: number, shift: number) =>
    `M${-length + shift} ${level}${range(8)
      .map(() => `q${length / 4} ${-rise} ${length / 2} 0t${length / 2} 0`)
      .join("")}`;
  return (
    <g fill="none" stroke={tint} strokeWidth={height * 0.012}>
      {range(9).map((index) => (
        <path key={index} d={wavePath(y + (index - 2) * height * 0.055, (index % 2) * length * 0.3)} />
      ))}
    </g>
  );
};

const sparks: Draw = ({ width, height, x, y }, { tint, pale }, random) => (
  <>
    <circle cx={x} cy={y} r={Math.min(width, height) * 0.42} fill={tint} opacity={0.8} />
    {range(46).map((index) => (
      <circle
        key={index}
        cx={random() * width}
        cy={random() * height}
        r={between(random, 0.3, 1.25)}
        fill={pale}
        opacity={between(random, 0.25, 0.9)}
      />
    ))}
  </>
);

const tiles: Draw = ({ width, height }, { tint, shade, accent }, random) => {
  const size = width / (width > height ? 8 : 4);
  const quarterDisc = (left: number, top: number, turn: number) => (
    <path
      d={`M0 0H${size}A${size} ${size} 0 0 1 0 ${size}Z`}
      transform={`translate(${left} ${top}) rotate(${turn * 90} ${size / 2} ${size / 2})`}
    />
  );
  return (
    <>
      {range(Math.ceil(width / size) * Math.ceil(height / size)).map((index) => {
        const columns = Math.ceil(width / size);
        const fillChoice = random();
        const fill = fillChoice < 0.36 ? tint : fillChoice < 0.7 ? shade : fillChoice < 0.78 ? accent : "none";
        return (
          <g key={index} fill={fill} opacity={fill === accent ? 0.3 : 0.8}>
            {quarterDisc((index % columns) * size, Math.floor(index / columns) * size, Math.floor(random() * 4))}
          </g>
        );
      })}
    </>
  );
};

const blinds: Draw = ({ width, height }, { tint, shade }, random) => {
  const count = Math.round(between(random, 7, 11));
  const step = width / count;
  return (
    <>
      {range(count).map((index) => (
        <rect
          key={index}
          x={index * step}
          width={step * (0.25 + (0.7 * index) / count)}
          height={height}
          fill={index % 3 === 1 ? shade : tint}
          opacity={0.7}
        />
      ))}
    </>
  );
};

const DRAW_FUNCTIONS: Record<Background, Draw> = {
  halo,
  rays,
  bands,
  ripples,
  hills,
  dots,
  diagonal,
  arch,
  swell,
  sparks,
  tiles,
  blinds,
};

/** Draws the background behind the motif. */
export function drawBackground(
  background: Background,
  surface: Surface,
  palette: Palette,
  random: Random,
): JSX.Element {
  return DRAW_FUNCTIONS[background](surface, palette, random);
}
