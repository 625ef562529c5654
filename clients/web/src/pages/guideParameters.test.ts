import { describe, expect, it } from "vitest";

import { filterKey, filtersOf, parseGuideParameters } from "./guideParameters";

describe("the parameters of the guide", () => {
  it("are read from a URL", () => {
    const parameters = { genre: "news", language: "de", q: 7, included: true, channel: "c", programme: "p" };

    expect(parseGuideParameters(parameters)).toEqual({ ...parameters, q: "7" });
  });

  it("leave out what is invalid", () => {
    expect(parseGuideParameters({ genre: ["news"], language: {}, q: "", included: "no", day: 1 })).toEqual({});
  });

  it("have filters beside the open sheet", () => {
    const filters = { genre: "news", included: true } as const;

    expect(filtersOf({ ...filters, channel: "c", programme: "p" })).toEqual(filters);
    expect(filterKey({ ...filters, ...{ channel: "c" } })).toBe(filterKey(filters));
    expect(filterKey(filters)).not.toBe(filterKey({ genre: "news" }));
  });
});
