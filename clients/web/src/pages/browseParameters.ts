import type { ListTitlesRequest } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { TitleType } from "../gen/marquee/catalog/v1/catalog_pb";
import { TitleOrder } from "../gen/marquee/catalog/v1/catalog_service_pb";

/** The filters in the URL of the browse page, by id. The genre is part of the path. */
export interface BrowseParameters {
  type?: "film" | "series" | "sport";
  language?: string;
  year?: number;
  mood?: string;
  theme?: string;
  order?: "a-z";
}

export const TYPES = { film: TitleType.FILM, series: TitleType.SERIES, sport: TitleType.SPORTS } as const;

/** Returns the filters of a URL without invalid ones. */
export function parseBrowseParameters(parameters: Record<string, unknown>): BrowseParameters {
  const year = Number(parameters.year);
  const [language, mood, theme] = [textOf(parameters.language), textOf(parameters.mood), textOf(parameters.theme)];
  return {
    ...(isType(parameters.type) ? { type: parameters.type } : {}),
    ...(language ? { language } : {}),
    ...(Number.isInteger(year) && year > 0 && year <= 3000 ? { year } : {}),
    ...(mood ? { mood } : {}),
    ...(theme ? { theme } : {}),
    ...(parameters.order === "a-z" ? { order: "a-z" } : {}),
  };
}

/** Returns the filters as a request to the catalogue. */
export function listRequest(
  genre: string | undefined,
  search: BrowseParameters,
): Pick<ListTitlesRequest, "type" | "genreId" | "languageCode" | "year" | "moodId" | "themeId" | "order"> {
  return {
    type: search.type ? TYPES[search.type] : TitleType.UNSPECIFIED,
    genreId: genre ?? "",
    languageCode: search.language ?? "",
    year: search.year ?? 0,
    moodId: search.mood ?? "",
    themeId: search.theme ?? "",
    order: search.order === "a-z" ? TitleOrder.DISPLAY_NAME : TitleOrder.NEWEST,
  };
}

/** Returns whether the page shows the whole catalogue. The order is not a filter. */
export function isUnfiltered(genre: string | undefined, search: BrowseParameters): boolean {
  return !genre && Object.keys(search).every((name) => name === "order");
}

function isType(value: unknown): value is keyof typeof TYPES {
  return typeof value === "string" && value in TYPES;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 80) : "";
}
