import { useSyncExternalStore } from "react";

import { useSession } from "../session/useSession";
import type { Recent } from "./recent";
import { recent } from "./recent";

/** What whoever is watching searched for and looked at, and their id. */
export function useRecent(): [profileId: string, recent: Recent] {
  const session = useSession();
  const profileId = session.status === "signed-in" ? (session.profile?.profileId ?? "") : "";
  return [profileId, useSyncExternalStore(recent.subscribe, () => recent.of(profileId))];
}
