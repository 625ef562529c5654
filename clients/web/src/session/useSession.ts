import { useSyncExternalStore } from "react";

import type { SessionState } from "./session";
import { snapshot, subscribe } from "./session";

const SIGNED_OUT: SessionState = { status: "signed-out", byChoice: false };

/** Returns the session, and renders again when it changes. */
export function useSession(): SessionState {
  return useSyncExternalStore(subscribe, snapshot) ?? SIGNED_OUT;
}
