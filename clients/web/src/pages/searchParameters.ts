import type { SearchTitlesRequest } from "../gen/marquee/catalog/v1/catalog_service_pb";
import type { BrowseParameters } from "./browseParameters";
import { parseBrowseParameters, TYPES } from "./browseParameters";

/** The query and the filters in the URL of the search page. */
export interface Search extends Omit<BrowseParameters, "order"> {
  q?: string;
  genre?: string;
  included?: true;
}

/** Returns the query and the filters of a URL without invalid ones. */
export function parseSearchParameters(parameters: Record<string, unknown>): Search {
  const q =
    typeof parameters.q === "string" || typeof parameters.q === "number" ? String(parameters.q).slice(0, 200) : "";
  const filters = parseBrowseParameters(parameters);
  delete filters.order;
  const genre = typeof parameters.genre === "string" ? parameters.genre.slice(0, 80) : "";
  const included = parameters.included === true || parameters.included === "true";
  return {
    ...(q ? { q } : {}),
    ...filters,
    ...(genre ? { genre } : {}),
    ...(included ? { included: true } : {}),
  };
}

/** Returns the same filters with another query. An empty query has no filters. */
export function withWords(search: Search, query: string): Search {
  return query === "" ? {} : { ...search, q: query };
}

/** Returns whether a search has filters. */
export function isFiltered(search: Search): boolean {
  return Object.keys(search).some((key) => key !== "q");
}

/** Returns the search as a request to the catalogue. */
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
