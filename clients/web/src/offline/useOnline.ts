import { onlineManager } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useSyncExternalStore } from "react";

// Otherwise the app takes it that there is a network until the browser says something else.
onlineManager.setOnline(navigator.onLine);

/** Whether the browser has a network, kept up to date. */
export function useOnline(): boolean {
  return useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
  );
}

/** Calls `act` each time that the network comes back. */
export function useBackOnline(act: () => void): void {
  const onBack = useEffectEvent(act);
  useEffect(() => onlineManager.subscribe((online) => online && onBack()), []);
}
