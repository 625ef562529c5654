/** The channel that each profile watches, and the one before it, while the app is open. */
const watched = new Map<string, { current: string; previous: string }>();

/** Notes the channel that a profile watches. */
export function noteChannel(profileId: string, channelId: string): void {
  const { current = "" } = watched.get(profileId) ?? {};
  if (current !== channelId) watched.set(profileId, { current: channelId, previous: current });
}

/** Returns the channel that a profile watched before the current one; empty if there is none. */
export function previousChannel(profileId: string): string {
  return watched.get(profileId)?.previous ?? "";
}
