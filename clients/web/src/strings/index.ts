import { en } from "./en";

/** All texts of the app. Another language is another object of this type. */
export type Strings = typeof en;

const LANGUAGES: Record<string, Strings> = { en };

/** Returns the texts in a BCP 47 language, or in English if the app does not have that language. */
export function stringsIn(languageCode: string | undefined): Strings {
  const [primary = "en"] = (languageCode ?? "en").split("-");
  return LANGUAGES[primary] ?? en;
}
