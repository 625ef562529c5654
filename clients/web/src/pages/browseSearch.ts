import type { ListTitlesRequest } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { TitleType } from "../gen/marquee/catalog/v1/catalog_pb";
import { TitleOrder } from "../gen/marquee/catalog/v1/catalog_service_pb";

/** The filters of the browse page as they stand in its address, by ids. The genre is part of the path. */
export interface BrowseSearch {
  type?: "film" | "series" | "sport";
  language?: string;
  year?: number;
  mood?: string;
  theme?: string;
  order?: "a-z";
}

export const TYPES = { film: TitleType.FILM, series: TitleType.SERIES, sport: TitleType.SPORTS } as const;

/** Reads the filters of an address; what makes no sense is left out. */
export function browseSearch(input: Record<string, unknown>): BrowseSearch {
  const year = Number(input.year);
  const [language, mood, theme] = [word(input.language), word(input.mood), word(input.theme)];
  return {
    ...(isType(input.type) ? { type: input.type } : {}),
    ...(language ? { language } : {}),
    ...(Number.isInteger(year) && year > 0 && year <= 3000 ? { year } : {}),
    ...(mood ? { mood } : {}),
    ...(theme ? { theme } : {}),
    ...(input.order === "a-z" ? { order: "a-z" } : {}),
  };
}

/** The same filters as the catalogue takes them. */
export function listRequest(
  genre: string | undefined,
  search: BrowseSearch,
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

/** Whether the page shows the whole catalogue; its order is no filter. */
export function isWhole(genre: string | undefined, search: BrowseSearch): boolean {
  return !genre && Object.keys(search).every((name) => name === "order");
}

function isType(value: unknown): value is keyof typeof TYPES {
  return typeof value === "string" && value in TYPES;
}

function word(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 80) : "";
}
