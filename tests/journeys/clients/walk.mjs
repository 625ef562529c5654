// The way of a viewer from logging in to stopping, for any client. The fields of the contract are named here alone:
// grpc-js, connect-web and JSON spell them alike.

const IDENTITY = "marquee.identity.v1.IdentityService";
const CATALOG = "marquee.catalog.v1.CatalogService";
const PLAYBACK = "marquee.playback.v1.PlaybackService";

/**
 * @param client `call(service, method, request, token)` returns the response; it throws `{code, reason, message}`.
 *   `seconds(number)` returns a Duration as the client writes it, `enumeration(type, name)` a value of an enum,
 *   `oneof(name, field, value)` an object in which the oneof is set to the field.
 */
export async function walk(client, { email, password, query }) {
  const stale = "stale.access.token";
  const { accessToken } = await client.call(IDENTITY, "LogIn", { email, password }, stale);
  const { results } = await client.call(CATALOG, "SearchTitles", { query });
  const titleId = results[0].title.titleId;
  const subject = client.oneof("id", "titleId", titleId);
  const started = { subject, requestId: crypto.randomUUID(), device: { displayName: client.name } };

  const anonymous = await refusal(() => client.call(PLAYBACK, "StartSession", started));
  const { session } = await client.call(PLAYBACK, "StartSession", started, accessToken);
  const sessionId = session.sessionId;

  const manifest = (protocol) => {
    const wanted = client.enumeration("marquee.playback.v1.ManifestProtocol", `MANIFEST_PROTOCOL_${protocol}`);
    return session.manifests.find((each) => each.protocol === wanted).url;
  };
  const playlist = await follow(manifest("HLS"), /^[^#\s].*$/m);
  const segment = await follow(playlist, /^[^#\s].*$/m);
  const media = await fetch(segment, { headers: { range: "bytes=0-99" } });
  const keys = await license(session.keySystems.find(({ system }) => system === "org.w3.clearkey").licenseUrl, manifest("DASH"));

  const state = client.enumeration("marquee.playback.v1.PlayerState", "PLAYER_STATE_PLAYING");
  const beat = { sessionId, ...client.oneof("place", "position", client.seconds(12)), state };
  await client.call(PLAYBACK, "Heartbeat", beat, accessToken);
  await client.call(PLAYBACK, "StopSession", { sessionId }, accessToken);
  const { instructions } = await client.call(PLAYBACK, "Heartbeat", beat, accessToken);
  const after = await fetch(segment);

  return {
    found: results[0].title.displayName,
    anonymous,
    segment: { status: media.status, bytes: (await media.arrayBuffer()).byteLength },
    keys: keys.length,
    stopped: instructions.map(({ instruction, ended }) => instruction?.case === "ended" || Boolean(ended)),
    segmentAfter: { status: after.status, reason: (await after.json()).details[0].reason },
  };
}

/** Returns the address that the first match in a playlist leads to. */
async function follow(url, pattern) {
  const response = await fetch(`${url}&_unknown=1`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
  return new URL(text.match(pattern)[0], url).href;
}

async function license(licenseUrl, dashUrl) {
  const manifest = await (await fetch(dashUrl)).text();
  const keyId = manifest.match(/default_KID="([^"]+)"/)[1].replaceAll("-", "");
  const bytes = keyId.match(/../g).map((pair) => String.fromCharCode(parseInt(pair, 16)));
  const kid = btoa(bytes.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const response = await fetch(licenseUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kids: [kid], type: "temporary" }),
  });
  return (await response.json()).keys;
}

async function refusal(attempt) {
  try {
    await attempt();
  } catch (error) {
    const { code, reason, message } = error;
    return { code, reason, message };
  }
  throw new Error("the call was not refused");
}
