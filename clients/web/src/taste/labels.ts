import { languageName } from "../format/title";
import type { Strings } from "../strings";

/** What a signal is about where no title is: `Science fiction` for `genre.science-fiction`, `French` for `language.fr`. */
export function wordsOf(signalId: string, strings: Strings): string {
  const [kind = "", ...rest] = signalId.split(".");
  const about = rest.join(".");
  if (kind === "language") return languageName(about, strings);
  return slugWords(about);
}

/** The words of an id: `Science fiction` for `science-fiction`. */
export function slugWords(slug: string): string {
  const words = slug.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
