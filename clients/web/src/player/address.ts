/**
 * Returns a URL of the platform with the origin of the page. Returns other URLs, such as those of a CDN, unchanged.
 *
 * The URLs of a session have the configured origin of the platform. The viewer may have opened the page at another
 * origin, such as `localhost`, and the page may send requests to its own origin only.
 */
export function atOrigin(url: string, platform: string, page: string): string {
  const [platformOrigin, pageOrigin] = [new URL(platform, page).origin, new URL(page).origin];
  const absolute = new URL(url, page);
  return absolute.origin === platformOrigin ? pageOrigin + absolute.pathname + absolute.search : url;
}
