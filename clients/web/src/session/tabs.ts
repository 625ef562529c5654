/** What one tab tells the other tabs of this browser. */
export type TabMessage =
  /** A tab selected another profile for itself. */
  | { kind: "profile-selected"; profileId: string; displayName: string }
  /** A profile changed its list, its thumbs, its history or its place in something. */
  | { kind: "viewing-changed"; profileId: string; consistencyToken: string };

const channel = new BroadcastChannel("marquee.tabs");

/** Tells the other tabs of this browser. */
export function tellTabs(message: TabMessage): void {
  channel.postMessage(message);
}

/** Calls `listener` with each message of another tab; returns how to stop that. */
export function onTabMessage(listener: (message: TabMessage) => void): () => void {
  const onMessage = (event: MessageEvent<TabMessage>) => listener(event.data);
  channel.addEventListener("message", onMessage);
  return () => channel.removeEventListener("message", onMessage);
}
