import { describe, expect, it } from "vitest";

import { TitleType } from "../gen/marquee/catalog/v1/catalog_pb";
import { isFiltered, searchRequest, parseSearchParameters } from "./searchParameters";

describe("the URL of a search", () => {
  it("contains the query and the filters", () => {
    const search = parseSearchParameters({
      q: "small town",
      genre: "mystery",
      language: "en",
      year: "1999",
      included: true,
    });

    expect(search).toEqual({ q: "small town", genre: "mystery", language: "en", year: 1999, included: true });
    expect(searchRequest(search)).toMatchObject({
      query: "small town",
      genreId: "mystery",
      year: 1999,
      includedOnly: true,
    });
  });

  it("loses invalid parameters", () => {
    expect(parseSearchParameters({ q: { a: 1 }, year: "soon", type: "opera", included: "maybe", genre: 7 })).toEqual(
      {},
    );
  });

  it("reads a number as text", () => {
    expect(parseSearchParameters({ q: 1999 })).toEqual({ q: "1999" });
  });

  it("counts as filtered only if it has filters", () => {
    expect(isFiltered(parseSearchParameters({ q: "cello" }))).toBe(false);
    expect(isFiltered(parseSearchParameters({ q: "cello", type: "film" }))).toBe(true);
    expect(searchRequest(parseSearchParameters({ q: "cello", type: "film" })).type).toBe(TitleType.FILM);
  });
});
