/** The role of a colour in a drawing. The palette of a poster gives each role its colour. */
export type ColourRole = "main" | "accent" | "deep" | "pale";

/** A part of a motif: SVG path data, which is filled, or drawn as a line if it has a width. */
export type Shape = readonly [colourRole: ColourRole, path: string, width?: number];

/** A drawing in a box of 100 × 100 units. */
export type Motif = readonly Shape[];

/** Returns the path of a disc. */
export function disc(x: number, y: number, radius: number): string {
  return oval(x, y, radius, radius);
}

/** Returns the path of an ellipse. */
export function oval(x: number, y: number, rx: number, ry: number): string {
  return `M${x - rx} ${y}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0Z`;
}

/** Returns the path of a box. `round` is the radius of its corners. */
export function box(x: number, y: number, width: number, height: number, round = 0): string {
  if (round === 0) return `M${x} ${y}h${width}v${height}h${-width}Z`;
  const corner = (dx: number, dy: number) => `a${round} ${round} 0 0 1 ${dx} ${dy}`;
  return [
    `M${x + round} ${y}h${width - 2 * round}${corner(round, round)}`,
    `v${height - 2 * round}${corner(-round, round)}`,
    `h${2 * round - width}${corner(-round, -round)}`,
    `v${2 * round - height}${corner(round, -round)}Z`,
  ].join("");
}

/** Returns the path of a star. With an inner radius near the outer one it is a gear wheel. */
export function star(x: number, y: number, points: number, outer: number, inner: number): string {
  const corners = Array.from({ length: points * 2 }, (_, index) => {
    const angle = (Math.PI * index) / points - Math.PI / 2;
    const radius = index % 2 === 0 ? outer : inner;
    return `${(x + radius * Math.cos(angle)).toFixed(2)} ${(y + radius * Math.sin(angle)).toFixed(2)}`;
  });
  return `M${corners.join("L")}Z`;
}

/** Returns the path of lines from an inner circle to an outer circle, such as the spokes of a wheel. */
export function spokes(x: number, y: number, count: number, inner: number, outer: number): string {
  return Array.from({ length: count }, (_, index) => {
    const angle = (2 * Math.PI * index) / count - Math.PI / 2;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const at = (radius: number) => `${(x + radius * cos).toFixed(2)} ${(y + radius * sin).toFixed(2)}`;
    return `M${at(inner)}L${at(outer)}`;
  }).join("");
}
