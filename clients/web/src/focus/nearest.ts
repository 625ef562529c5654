export type Direction = "up" | "down" | "left" | "right";

/** The edges of a rectangle. */
export interface Edges {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The cost of a distance to the side, relative to the same distance ahead. */
const SIDE_COST = 2.5;

/** Among equally near candidates, the best centred one wins. Small, so that a wide element does not seem distant. */
const CENTRE_COST = 0.002;

/** The overlap that is ignored, in pixels: rounded corners and scaled cards make neighbours overlap a little. */
const IGNORED_OVERLAP = 6;

/** Returns the index of the candidate that an arrow key leads to; undefined if there is none in that direction. */
export function findNearest(from: Edges, candidates: readonly Edges[], direction: Direction): number | undefined {
  let bestIndex: number | undefined;
  let lowestCost = Infinity;
  candidates.forEach((candidate, index) => {
    const cost = costOf(from, candidate, direction);
    if (cost < lowestCost) [bestIndex, lowestCost] = [index, cost];
  });
  return bestIndex;
}

function costOf(from: Edges, to: Edges, direction: Direction): number {
  const [ahead, aside] =
    direction === "up"
      ? [from.top - to.bottom, gap(from.left, from.right, to.left, to.right)]
      : direction === "down"
        ? [to.top - from.bottom, gap(from.left, from.right, to.left, to.right)]
        : direction === "left"
          ? [from.left - to.right, gap(from.top, from.bottom, to.top, to.bottom)]
          : [to.left - from.right, gap(from.top, from.bottom, to.top, to.bottom)];
  if (ahead < -IGNORED_OVERLAP) return Infinity;
  // The left and right keys stay in the row.
  if ((direction === "left" || direction === "right") && aside > 0) return Infinity;
  const centres =
    direction === "up" || direction === "down"
      ? Math.abs(from.left + from.right - to.left - to.right)
      : Math.abs(from.top + from.bottom - to.top - to.bottom);
  return Math.max(0, ahead) + SIDE_COST * aside + centres * CENTRE_COST;
}

/** Returns the distance between two spans; zero if they overlap. */
function gap(fromLow: number, fromHigh: number, toLow: number, toHigh: number): number {
  return Math.max(0, toLow - fromHigh, fromLow - toHigh);
}
