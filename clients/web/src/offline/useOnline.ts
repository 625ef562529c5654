import { onlineManager } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useSyncExternalStore } from "react";

// Without this, the app assumes a network until the browser reports a change.
onlineManager.setOnline(navigator.onLine);

/** Returns whether the browser has a network, and renders again when that changes. */
export function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
  );
}

/** Calls `callback` each time the network comes back. */
export function useBackOnline(callback: () => void): void {
  const onBack = useEffectEvent(callback);
  useEffect(() => onlineManager.subscribe((online) => online && onBack()), []);
}
