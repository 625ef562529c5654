import type { Session } from "../gen/marquee/playback/v1/playback_pb";
import { ManifestProtocol } from "../gen/marquee/playback/v1/playback_pb";
import { isOnChannel } from "./place";
import { atOrigin } from "./address";

/** The name of the Clear Key system in browsers. */
export const CLEAR_KEY = "org.w3.clearkey";

/** The query parameter with the playback token. */
const TOKEN_PARAMETER = "token";

export type Format = "dash" | "hls";

const PROTOCOLS = { dash: ManifestProtocol.DASH, hls: ManifestProtocol.HLS } as const;

/** Returns the manifest URL of a session at the page's origin; empty if the session has no manifest in this format. */
export function manifestUrl(session: Session, format: Format): string {
  const manifest = session.manifests.find(({ protocol }) => protocol === PROTOCOLS[format]);
  return manifest ? atPageOrigin(manifest.url, session) : "";
}

/** Returns a format in which a session has a manifest, the preferred one if possible: some channels have HLS alone. */
export function formatOf({ manifests }: Session, preferred: Format): Format {
  const formats = (["dash", "hls"] as const).filter((format) =>
    manifests.some(({ protocol }) => protocol === PROTOCOLS[format]),
  );
  return formats.includes(preferred) ? preferred : (formats[0] ?? preferred);
}

/** Returns the license URL of a session; undefined if its media is not encrypted. */
export function licenseUrl({ keySystems }: Session): string | undefined {
  return keySystems.find(({ system }) => system === CLEAR_KEY)?.licenseUrl;
}

/** Returns the URL of the index of thumbnails of a session; empty if it has none. */
export function thumbnailsUrl(session: Session): string {
  return session.thumbnailsUrl && atPageOrigin(session.thumbnailsUrl, session);
}

/**
 * Returns a URL of the session at the page's origin and with the newest playback token. The segments of a channel keep
 * theirs: each item has its own token, and manifests are loaded again before it expires.
 */
export function currentUrl(url: string, session: Session): string {
  const address = new URL(atPageOrigin(url, session), window.location.href);
  if (isOnChannel(session) && !address.pathname.includes(`/sessions/${session.sessionId}/`))
    return atPageOrigin(url, session);
  const [newestToken, token] = [
    platformUrl(session).searchParams.get(TOKEN_PARAMETER),
    address.searchParams.get(TOKEN_PARAMETER),
  ];
  if (newestToken === null || token === null || token === newestToken) return atPageOrigin(url, session);
  address.searchParams.set(TOKEN_PARAMETER, newestToken);
  return address.href;
}

function atPageOrigin(url: string, session: Session): string {
  return atOrigin(url, platformUrl(session).href, window.location.href);
}

/** Returns a URL of the platform. Manifests are never on a CDN. */
function platformUrl({ manifests }: Session): URL {
  return new URL(manifests[0]?.url ?? "", window.location.href);
}
