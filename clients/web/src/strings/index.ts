import { en } from "./en";

/** Everything the app says. Another language is another file of this shape. */
export type Strings = typeof en;

const LANGUAGES: Record<string, Strings> = { en };

/** The words in a language by BCP 47, or in English where there are none yet. */
export function stringsIn(languageCode: string | undefined): Strings {
  const [primary = "en"] = (languageCode ?? "en").split("-");
  return LANGUAGES[primary] ?? en;
}
