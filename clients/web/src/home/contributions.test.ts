import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { ContributionSource, ExplanationSchema } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { barsOf } from "./contributions";

const { CONTENT, POPULARITY, NEWNESS, DIVERSITY } = ContributionSource;

function explained(...values: [source: ContributionSource, value: number][]) {
  return create(ExplanationSchema, { contributions: values.map(([source, value]) => ({ source, value })) });
}

describe("the bars of an explanation", () => {
  it("sum to a hundred, whatever the parts are", () => {
    for (const parts of [
      [1, 1, 1],
      [0.7, 0.2, 0.05],
      [5, 3, -1],
      [0.333, 0.333, 0.001],
    ]) {
      const sources = [CONTENT, POPULARITY, NEWNESS];
      const bars = barsOf(
        explained(...parts.map((value, index) => [sources[index], value] as [ContributionSource, number])),
      );

      expect(bars.reduce((sum, bar) => sum + bar.share, 0)).toBe(100);
    }
  });

  it("follow on each other, and what takes away goes back", () => {
    const bars = barsOf(explained([CONTENT, 6], [POPULARITY, 6], [DIVERSITY, -2]));

    expect(bars.map(({ share }) => share)).toEqual([60, 60, -20]);
    expect(bars[1]?.from).toBeCloseTo(bars[0]?.to ?? 0);
    expect(bars[2]?.to).toBeCloseTo(bars[1]?.to ?? 0);
    expect(Math.max(...bars.map(({ to }) => to))).toBe(1);
  });

  it("are one where a viewer would read the same twice", () => {
    const bars = barsOf(explained([CONTENT, 6], [POPULARITY, 5], [CONTENT, -1]));

    expect(bars.map(({ source, share }) => [source, share])).toEqual([
      [CONTENT, 50],
      [POPULARITY, 50],
    ]);
  });

  it("leave out what nobody would see", () => {
    expect(barsOf(explained([CONTENT, 0.999], [NEWNESS, 0.001])).map(({ source }) => source)).toEqual([CONTENT]);
  });

  it("are not drawn where nothing adds up", () => {
    expect(barsOf(explained())).toEqual([]);
    expect(barsOf(explained([CONTENT, -1]))).toEqual([]);
  });
});
