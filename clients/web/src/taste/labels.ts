import { languageName } from "../format/title";
import type { Strings } from "../strings";

/** Returns a genre's or language's name: `Science fiction` for `genre.science-fiction`, `French` for `language.fr`. */
export function wordsOf(signalId: string, strings: Strings): string {
  const [kind = "", ...rest] = signalId.split(".");
  const about = rest.join(".");
  if (kind === "language") return languageName(about, strings);
  return slugWords(about);
}

/** Returns the words of an id: `Science fiction` for `science-fiction`. */
export function slugWords(slug: string): string {
  const words = slug.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
