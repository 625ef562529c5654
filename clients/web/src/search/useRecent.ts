import { useSyncExternalStore } from "react";

import { useSession } from "../session/useSession";
import { recent } from "./recent";

/** Returns the id of the selected profile, and its recent searches. */
export function useRecent(): [profileId: string, queries: readonly string[]] {
  const session = useSession();
  const profileId = session.status === "signed-in" ? (session.profile?.profileId ?? "") : "";
  return [profileId, useSyncExternalStore(recent.subscribe, () => recent.of(profileId))];
}
