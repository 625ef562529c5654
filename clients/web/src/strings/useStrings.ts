import { useSession } from "../session/useSession";
import type { Strings } from ".";
import { stringsIn } from ".";

/** Returns the texts of the app in the language of the profile. */
export function useStrings(): Strings {
  const session = useSession();
  return stringsIn(session.status === "signed-in" ? session.profile?.languageCode : undefined);
}
