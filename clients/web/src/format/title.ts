import type { Credit, Season, Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { CreditRole, TitleType } from "../gen/marquee/catalog/v1/catalog_pb";
import type { Strings } from "../strings";
import { maturityLabel } from "./maturity";
import { seconds } from "./time";

/** Returns the short facts below a name: year, rating, length or seasons. */
export function facts(title: Title, strings: Strings): string[] {
  const length = seconds(title.duration);
  return [
    title.releaseDate?.year ? String(title.releaseDate.year) : "",
    maturityLabel(title.maturityRating),
    title.type === TitleType.SERIES ? strings.title.seasons(title.seasonCount) : "",
    title.type !== TitleType.SERIES && length > 0 ? strings.length(length) : "",
  ].filter(Boolean);
}

/** Returns the short facts on one line, which breaks only between facts. */
export function factLine(title: Title, strings: Strings): string {
  return facts(title, strings)
    .map((fact) => fact.replaceAll(" ", "\u00a0"))
    .join(" · ");
}

/** Returns the name of a language in the language of the page: `Hindi` for `hi`. */
export function languageName(code: string, strings: Strings): string {
  try {
    return new Intl.DisplayNames(strings.language, { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** Returns the credits that have one of the roles, in the order of billing. */
export function people(title: Title, ...roles: CreditRole[]): Credit[] {
  return title.credits.filter((credit) => roles.includes(credit.role));
}

/** Returns the number of a season, and its own name if it has one. */
export function seasonName(season: Season, strings: Strings): string {
  const numbered = strings.title.season(season.seasonNumber);
  return season.displayName ? `${numbered} · ${season.displayName}` : numbered;
}
