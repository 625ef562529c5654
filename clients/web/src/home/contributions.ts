import { titleIdOf } from "../api/subjects";
import type { Contribution, ContributionSource, Explanation } from "../gen/marquee/recommendation/v1/recommendation_pb";

/** One bar of an explanation. Each bar starts where the previous bar ends. */
export interface Bar {
  source: ContributionSource;
  signalId: string;
  titleId: string;
  /** The share of the score in whole percent. All shares sum to 100. */
  share: number;
  /** The start and the end of the bar on the full width, from 0 to 1. */
  from: number;
  to: number;
}

/** Contributions below this percentage have no bar, because it would be too narrow to see. */
const MIN_PERCENT = 0.5;

/** Returns the bars of an explanation; none if the contributions do not have a positive sum. */
export function barsOf({ contributions }: Pick<Explanation, "contributions">): Bar[] {
  const total = contributions.reduce((sum, { value }) => sum + value, 0);
  if (!(total > 0)) return [];
  const visible = mergeContributions(contributions).filter(({ value }) => Math.abs(value / total) * 100 >= MIN_PERCENT);
  const shares = roundShares(visible.map(({ value }) => (value / total) * 100));
  const ends = visible.reduce<number[]>((sums, { value }) => [...sums, (sums.at(-1) ?? 0) + value / total], []);
  const width = Math.max(1, ...ends);
  return visible.map((contribution, index) =>
    barOf(contribution, shares[index] ?? 0, (ends[index - 1] ?? 0) / width, (ends[index] ?? 0) / width),
  );
}

/** Returns the contributions in the order of their size. Contributions with the same text are added up. */
function mergeContributions(contributions: readonly Contribution[]): Contribution[] {
  const merged = new Map<string, Contribution>();
  for (const contribution of contributions) {
    const key = `${contribution.source} ${contribution.signalId} ${titleIdOf(contribution.subject)}`;
    merged.set(key, { ...contribution, value: contribution.value + (merged.get(key)?.value ?? 0) });
  }
  return [...merged.values()].sort((one, other) => Math.abs(other.value) - Math.abs(one.value));
}

function barOf({ source, signalId, subject }: Contribution, share: number, start: number, end: number): Bar {
  const [from, to] = [Math.max(0, Math.min(start, end)), Math.max(start, end, 0)];
  return { source, signalId, titleId: titleIdOf(subject), share, from, to };
}

/** Rounds shares to whole numbers that sum to 100. */
function roundShares(shares: readonly number[]): number[] {
  const floors = shares.map(Math.floor);
  const missing = 100 - floors.reduce((sum, share) => sum + share, 0);
  const byRemainder = shares
    .map((share, index) => ({ index, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder);
  for (let added = 0; added < missing; added++) {
    const next = byRemainder[added % byRemainder.length];
    if (next) floors[next.index] = (floors[next.index] ?? 0) + 1;
  }
  return floors;
}
