/** A message from one tab to the other tabs of this browser. */
export type TabMessage =
  /** A tab selected another profile for itself. */
  | { kind: "profile-selected"; profileId: string; displayName: string }
  /** A profile changed its watchlist, ratings, history or bookmarks. */
  | { kind: "viewing-changed"; profileId: string; consistencyToken: string };

const channel = new BroadcastChannel("marquee.tabs");

/** Sends a message to the other tabs of this browser. */
export function sendToTabs(message: TabMessage): void {
  channel.postMessage(message);
}

/** Calls `listener` with each message of another tab. Returns a function that stops it. */
export function onTabMessage(listener: (message: TabMessage) => void): () => void {
  const onMessage = (event: MessageEvent<TabMessage>) => listener(event.data);
  channel.addEventListener("message", onMessage);
  return () => channel.removeEventListener("message", onMessage);
}
