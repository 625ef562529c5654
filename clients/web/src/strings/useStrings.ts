import { useSession } from "../session/useSession";
import type { Strings } from ".";
import { stringsIn } from ".";

/** The words of the page in the language of whoever is watching. */
export function useStrings(): Strings {
  const session = useSession();
  return stringsIn(session.status === "signed-in" ? session.profile?.languageCode : undefined);
}
