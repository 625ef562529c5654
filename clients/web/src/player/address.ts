/**
 * Moves an address of the platform to the name under which the page itself was reached.
 *
 * A session's addresses carry the platform's configured name. The page may have come by another one, such as
 * `localhost`, and may speak to its own origin only. Addresses elsewhere, such as those of a CDN, stay.
 */
export function atOrigin(url: string, platform: string, page: string): string {
  const [from, to] = [new URL(platform, page).origin, new URL(page).origin];
  const absolute = new URL(url, page);
  return absolute.origin === from ? to + absolute.pathname + absolute.search : url;
}
