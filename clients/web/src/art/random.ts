/** Returns a number from 0 to below 1. The sequence of numbers is the same for the same seed. */
export type Random = () => number;

/** Returns a random generator for a seed: FNV-1a hashes the seed, mulberry32 generates the numbers. */
export function randomOf(seed: string): Random {
  let state = 0x811c9dc5;
  for (let index = 0; index < seed.length; index++) {
    state = Math.imul(state ^ seed.charCodeAt(index), 0x01000193);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Returns a random item. Raises `RangeError` for an empty list. */
export function pick<T>(random: Random, items: readonly [T, ...T[]] | readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError("nothing to pick from");
  return item;
}

/** Returns a random number between two numbers. */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}
