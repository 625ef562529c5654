export type Direction = "up" | "down" | "left" | "right";

/** The part of a rectangle's place that the choice needs. */
export interface Place {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** How much worse it is to be off to the side than to be far ahead. */
const SIDEWAYS = 2.5;

/** Between places as near as each other, the one straight ahead. Less than a step: a wide bar is no further for that. */
const CENTRED = 0.002;

/** Rounded corners and scaled cards make neighbours overlap a little. */
const SLACK = 6;

/** Which of some places an arrow key should lead to from here; undefined where there is none that way. */
export function nearest(from: Place, places: readonly Place[], direction: Direction): number | undefined {
  let best: number | undefined;
  let least = Infinity;
  places.forEach((place, index) => {
    const cost = costOf(from, place, direction);
    if (cost < least) [best, least] = [index, cost];
  });
  return best;
}

function costOf(from: Place, to: Place, direction: Direction): number {
  const [ahead, aside] =
    direction === "up"
      ? [from.top - to.bottom, gap(from.left, from.right, to.left, to.right)]
      : direction === "down"
        ? [to.top - from.bottom, gap(from.left, from.right, to.left, to.right)]
        : direction === "left"
          ? [from.left - to.right, gap(from.top, from.bottom, to.top, to.bottom)]
          : [to.left - from.right, gap(from.top, from.bottom, to.top, to.bottom)];
  if (ahead < -SLACK) return Infinity;
  // A key for left or right keeps to its row.
  if ((direction === "left" || direction === "right") && aside > 0) return Infinity;
  const centres =
    direction === "up" || direction === "down"
      ? Math.abs(from.left + from.right - to.left - to.right)
      : Math.abs(from.top + from.bottom - to.top - to.bottom);
  return Math.max(0, ahead) + SIDEWAYS * aside + centres * CENTRED;
}

/** How far two spans are apart; zero where they overlap. */
function gap(fromLow: number, fromHigh: number, toLow: number, toHigh: number): number {
  return Math.max(0, toLow - fromHigh, fromLow - toHigh);
}
