/** Browsers by a word of their user agent. The order matters: most of them claim to be others, too. */
const BROWSERS: readonly [word: string, name: string][] = [
  ["Edg/", "Edge"],
  ["OPR/", "Opera"],
  ["Firefox/", "Firefox"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
];

/** The name by which the viewer knows their browser. */
export function browserName(userAgent: string): string {
  return BROWSERS.find(([word]) => userAgent.includes(word))?.[1] ?? "Browser";
}

/** Whether the browser plays encrypted HLS by itself and cannot take Clear Key licences for DASH. */
export function prefersHls(userAgent: string): boolean {
  return browserName(userAgent) === "Safari";
}
