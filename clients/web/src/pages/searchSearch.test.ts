import { describe, expect, it } from "vitest";

import { TitleType } from "../gen/marquee/catalog/v1/catalog_pb";
import { isFiltered, searchRequest, searchSearch } from "./searchSearch";

describe("the address of a search", () => {
  it("holds the words and what narrows them", () => {
    const search = searchSearch({ q: "small town", genre: "mystery", language: "en", year: "1999", included: true });

    expect(search).toEqual({ q: "small town", genre: "mystery", language: "en", year: 1999, included: true });
    expect(searchRequest(search)).toMatchObject({
      query: "small town",
      genreId: "mystery",
      year: 1999,
      includedOnly: true,
    });
  });

  it("loses what makes no sense", () => {
    expect(searchSearch({ q: { a: 1 }, year: "soon", type: "opera", included: "maybe", genre: 7 })).toEqual({});
  });

  it("takes numbers for words", () => {
    expect(searchSearch({ q: 1999 })).toEqual({ q: "1999" });
  });

  it("is narrowed by filters alone", () => {
    expect(isFiltered(searchSearch({ q: "cello" }))).toBe(false);
    expect(isFiltered(searchSearch({ q: "cello", type: "film" }))).toBe(true);
    expect(searchRequest(searchSearch({ q: "cello", type: "film" })).type).toBe(TitleType.FILM);
  });
});
