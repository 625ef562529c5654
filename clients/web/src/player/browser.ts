/** Browsers by a word of their user agent. The order matters, because most user agents also name other browsers. */
const BROWSERS: readonly [word: string, name: string][] = [
  ["Edg/", "Edge"],
  ["OPR/", "Opera"],
  ["Firefox/", "Firefox"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
];

/** Returns the name of the browser that the viewer knows. */
export function browserName(userAgent: string): string {
  return BROWSERS.find(([word]) => userAgent.includes(word))?.[1] ?? "Browser";
}

/** Returns whether the browser plays encrypted HLS natively and does not support Clear Key licenses for DASH. */
export function prefersHls(userAgent: string): boolean {
  return browserName(userAgent) === "Safari";
}
