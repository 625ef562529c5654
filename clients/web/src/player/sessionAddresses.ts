import type { Session } from "../gen/marquee/playback/v1/playback_pb";
import { ManifestProtocol } from "../gen/marquee/playback/v1/playback_pb";
import { atOrigin } from "./address";

/** The key system that browsers have for Clear Key. */
export const CLEAR_KEY = "org.w3.clearkey";

/** The part of an address that holds the playback token. */
const TOKEN = "token";

export type Format = "dash" | "hls";

const PROTOCOLS = { dash: ManifestProtocol.DASH, hls: ManifestProtocol.HLS } as const;

/** The address of a session's manifest, as the page may ask for it; empty if the session has none in this format. */
export function manifestUrl(session: Session, format: Format): string {
  const manifest = session.manifests.find(({ protocol }) => protocol === PROTOCOLS[format]);
  return manifest ? ofPage(manifest.url, session) : "";
}

/** Where a session's licenses are; undefined if its media is not encrypted. */
export function licenseUrl({ keySystems }: Session): string | undefined {
  return keySystems.find(({ system }) => system === CLEAR_KEY)?.licenseUrl;
}

/** Where a session's seek thumbnails are; empty if it has none. */
export function thumbnailsUrl(session: Session): string {
  return session.thumbnailsUrl && ofPage(session.thumbnailsUrl, session);
}

/** An address of the session as the page may ask for it: at the page's own name, and with the newest playback token. */
export function currentUrl(url: string, session: Session): string {
  const address = new URL(ofPage(url, session), window.location.href);
  const [newest, own] = [platformUrl(session).searchParams.get(TOKEN), address.searchParams.get(TOKEN)];
  if (newest === null || own === null || own === newest) return ofPage(url, session);
  address.searchParams.set(TOKEN, newest);
  return address.href;
}

function ofPage(url: string, session: Session): string {
  return atOrigin(url, platformUrl(session).href, window.location.href);
}

/** An address of the platform itself: manifests are never on a CDN. */
function platformUrl({ manifests }: Session): URL {
  return new URL(manifests[0]?.url ?? "", window.location.href);
}
