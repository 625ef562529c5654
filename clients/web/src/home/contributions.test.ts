import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { ContributionSource, ExplanationSchema } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { barsOf } from "./contributions";

const { CONTENT, POPULARITY, NEWNESS, DIVERSITY } = ContributionSource;

function explanationOf(...values: [source: ContributionSource, value: number][]) {
  return create(ExplanationSchema, { contributions: values.map(([source, value]) => ({ source, value })) });
}

describe("barsOf", () => {
  it("returns shares that sum to 100 for any contributions", () => {
    for (const values of [
      [1, 1, 1],
      [0.7, 0.2, 0.05],
      [5, 3, -1],
      [0.333, 0.333, 0.001],
    ]) {
      const sources = [CONTENT, POPULARITY, NEWNESS];
      const bars = barsOf(
        explanationOf(...values.map((value, index) => [sources[index], value] as [ContributionSource, number])),
      );

      expect(bars.reduce((sum, bar) => sum + bar.share, 0)).toBe(100);
    }
  });

  it("starts each bar at the end of the previous one, and draws a negative contribution backwards", () => {
    const bars = barsOf(explanationOf([CONTENT, 6], [POPULARITY, 6], [DIVERSITY, -2]));

    expect(bars.map(({ share }) => share)).toEqual([60, 60, -20]);
    expect(bars[1]?.from).toBeCloseTo(bars[0]?.to ?? 0);
    expect(bars[2]?.to).toBeCloseTo(bars[1]?.to ?? 0);
    expect(Math.max(...bars.map(({ to }) => to))).toBe(1);
  });

  it("merges contributions with the same text", () => {
    const bars = barsOf(explanationOf([CONTENT, 6], [POPULARITY, 5], [CONTENT, -1]));

    expect(bars.map(({ source, share }) => [source, share])).toEqual([
      [CONTENT, 50],
      [POPULARITY, 50],
    ]);
  });

  it("omits bars that are too narrow to see", () => {
    expect(barsOf(explanationOf([CONTENT, 0.999], [NEWNESS, 0.001])).map(({ source }) => source)).toEqual([CONTENT]);
  });

  it("returns no bars if the sum is not positive", () => {
    expect(barsOf(explanationOf())).toEqual([]);
    expect(barsOf(explanationOf([CONTENT, -1]))).toEqual([]);
  });
});
