import type { SearchTitlesRequest } from "../gen/marquee/catalog/v1/catalog_service_pb";
import type { BrowseSearch } from "./browseSearch";
import { browseSearch, TYPES } from "./browseSearch";

/** What is searched for and among what, as it stands in the page's address. */
export interface Search extends Omit<BrowseSearch, "order"> {
  q?: string;
  genre?: string;
  included?: true;
}

/** Reads an address; what makes no sense is left out. */
export function searchSearch(input: Record<string, unknown>): Search {
  const q = typeof input.q === "string" || typeof input.q === "number" ? String(input.q).slice(0, 200) : "";
  const filters = browseSearch(input);
  delete filters.order;
  const genre = typeof input.genre === "string" ? input.genre.slice(0, 80) : "";
  const included = input.included === true || input.included === "true";
  return {
    ...(q ? { q } : {}),
    ...filters,
    ...(genre ? { genre } : {}),
    ...(included ? { included: true } : {}),
  };
}

/** The same filters with other words; without words there is nothing to filter. */
export function withWords(search: Search, words: string): Search {
  return words === "" ? {} : { ...search, q: words };
}

/** Whether anything but the words narrows the search. */
export function isFiltered(search: Search): boolean {
  return Object.keys(search).some((key) => key !== "q");
}

/** The same as the catalogue takes it. */
export function searchRequest(
  search: Search,
): Pick<SearchTitlesRequest, "query" | "languageCode" | "year" | "genreId" | "moodId" | "themeId" | "includedOnly"> &
  Partial<Pick<SearchTitlesRequest, "type">> {
  return {
    query: search.q?.trim() ?? "",
    ...(search.type ? { type: TYPES[search.type] } : {}),
    languageCode: search.language ?? "",
    year: search.year ?? 0,
    genreId: search.genre ?? "",
    moodId: search.mood ?? "",
    themeId: search.theme ?? "",
    includedOnly: search.included ?? false,
  };
}
