import { titleIdOf } from "../api/subjects";
import type { Contribution, ContributionSource, Explanation } from "../gen/marquee/recommendation/v1/recommendation_pb";

/** One bar of an explanation. Bars follow on each other: each begins where the one before it ended. */
export interface Bar {
  source: ContributionSource;
  signalId: string;
  titleId: string;
  /** The part of the score in whole percent. All of them sum to 100. */
  share: number;
  /** Where the bar lies on the whole width, from 0 to 1. */
  from: number;
  to: number;
}

/** Smaller parts than this would be a line that nobody sees. */
const LEAST = 0.5;

/** The bars of an explanation; none where there is nothing to explain, or the parts do not make a whole. */
export function barsOf({ contributions }: Pick<Explanation, "contributions">): Bar[] {
  const whole = contributions.reduce((sum, { value }) => sum + value, 0);
  if (!(whole > 0)) return [];
  const told = together(contributions).filter(({ value }) => Math.abs(value / whole) * 100 >= LEAST);
  const shares = rounded(told.map(({ value }) => (value / whole) * 100));
  const reaches = told.reduce<number[]>((ends, { value }) => [...ends, (ends.at(-1) ?? 0) + value / whole], []);
  const width = Math.max(1, ...reaches);
  return told.map((each, index) =>
    barOf(each, shares[index] ?? 0, (reaches[index - 1] ?? 0) / width, (reaches[index] ?? 0) / width),
  );
}

/** Parts that a viewer would read as the same are one. */
function together(contributions: readonly Contribution[]): Contribution[] {
  const parts = new Map<string, Contribution>();
  for (const part of contributions) {
    const key = `${part.source} ${part.signalId} ${titleIdOf(part.subject)}`;
    parts.set(key, { ...part, value: part.value + (parts.get(key)?.value ?? 0) });
  }
  return [...parts.values()].sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
}

function barOf({ source, signalId, subject }: Contribution, share: number, begin: number, end: number): Bar {
  const [from, to] = [Math.max(0, Math.min(begin, end)), Math.max(begin, end, 0)];
  return { source, signalId, titleId: titleIdOf(subject), share, from, to };
}

/** Whole numbers as near as can be to the given ones that sum to 100. */
function rounded(shares: readonly number[]): number[] {
  const floors = shares.map(Math.floor);
  const missing = 100 - floors.reduce((sum, share) => sum + share, 0);
  const byRest = shares
    .map((share, index) => ({ index, rest: share - Math.floor(share) }))
    .sort((a, b) => b.rest - a.rest);
  for (let given = 0; given < missing; given++) {
    const next = byRest[given % byRest.length];
    if (next) floors[next.index] = (floors[next.index] ?? 0) + 1;
  }
  return floors;
}
