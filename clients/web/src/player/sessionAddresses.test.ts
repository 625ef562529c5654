import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { ManifestProtocol, SessionKind, SessionSchema } from "../gen/marquee/playback/v1/playback_pb";
import { CLEAR_KEY, currentUrl, formatOf, licenseUrl, manifestUrl } from "./sessionAddresses";

const SESSION = "https://platform.test/api/v1/playback/sessions/s";

function aSession(token: string, kind = SessionKind.ON_DEMAND) {
  return create(SessionSchema, {
    sessionId: "s",
    kind,
    manifests: [{ protocol: ManifestProtocol.DASH, url: `${SESSION}/dash/manifest.mpd?token=${token}` }],
    keySystems: [{ system: "identity" }, { system: CLEAR_KEY, licenseUrl: `${SESSION}/license?token=${token}` }],
  });
}

describe("the URLs of a session", () => {
  it("include a manifest for each format of the session", () => {
    expect(manifestUrl(aSession("old"), "dash")).toContain("/dash/manifest.mpd?token=old");
    expect(manifestUrl(aSession("old"), "hls")).toBe("");
  });

  it("include the license URL of the Clear Key system", () => {
    expect(licenseUrl(aSession("old"))).toContain("/license?token=old");
    expect(licenseUrl(create(SessionSchema))).toBeUndefined();
  });
});

describe("formatOf", () => {
  it("is the preferred format if the session has a manifest in it, else the other one", () => {
    const { DASH, HLS } = ManifestProtocol;
    const formats = (...protocols: ManifestProtocol[]) =>
      (["dash", "hls"] as const).map((preferred) =>
        formatOf(create(SessionSchema, { manifests: protocols.map((protocol) => ({ protocol })) }), preferred),
      );

    expect(formats(DASH, HLS)).toEqual(["dash", "hls"]);
    expect(formats(HLS)).toEqual(["hls", "hls"]);
    expect(formats(DASH)).toEqual(["dash", "dash"]);
    expect(formats()).toEqual(["dash", "hls"]);
  });
});

describe("currentUrl", () => {
  it("replaces the token with the newest one", () => {
    expect(currentUrl("https://cdn.test/media/a/1.m4s?token=old", aSession("new"))).toBe(
      "https://cdn.test/media/a/1.m4s?token=new",
    );
  });

  it("does not change a URL that has no token or the newest one", () => {
    for (const url of ["https://cdn.test/media/a/1.m4s", "data:video/mp4;base64,AAAA", "https://cdn.test/1?token=new"])
      expect(currentUrl(url, aSession("new"))).toBe(url);
  });

  it("replaces the token of the addresses of a session on a channel, but not that of its items", () => {
    const session = aSession("new", SessionKind.LIVE);
    const item = "https://platform.test/media/a/1.m4s?token=of-a";

    expect(currentUrl(`${SESSION}/dash/manifest.mpd?token=old`, session)).toContain("/dash/manifest.mpd?token=new");
    expect(currentUrl(item, session)).toContain("/media/a/1.m4s?token=of-a");
  });
});
