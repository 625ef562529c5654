import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { EncryptionScheme } from "../gen/marquee/packager/v1/packager_pb";
import { ManifestProtocol } from "../gen/marquee/playback/v1/playback_pb";
import { readCapabilities } from "./deviceCapabilities";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36";
const SAFARI = "Mozilla/5.0 (Macintosh) Version/18.0 Safari/605.1.15";

interface Device {
  userAgent?: string;
  /** The codecs that it decodes. */
  codecs?: string[];
  isHdrShown?: boolean;
  scheme?: string;
}

function aBrowser({ userAgent = CHROME, codecs = [], isHdrShown = false, scheme = "" }: Device): void {
  const isKnown = (contentType = "") => codecs.some((codec) => contentType.includes(codec));
  vi.stubGlobal("MediaSource", { isTypeSupported: isKnown });
  vi.stubGlobal("matchMedia", () => ({ matches: isHdrShown }));
  vi.stubGlobal("navigator", {
    userAgent,
    mediaCapabilities: {
      decodingInfo: ({ video, audio }: MediaDecodingConfiguration) =>
        Promise.resolve({ supported: isKnown(video?.contentType ?? audio?.contentType) }),
    },
    requestMediaKeySystemAccess: (_: string, [asked]: MediaKeySystemConfiguration[]) =>
      asked?.videoCapabilities?.[0]?.encryptionScheme === scheme
        ? Promise.resolve()
        : Promise.reject(new Error("not supported")),
  });
}

beforeEach(() => aBrowser({}));
afterEach(() => void vi.unstubAllGlobals());

describe("the capabilities of a device", () => {
  it("name the protocols, the codecs and the encryption schemes", async () => {
    aBrowser({ codecs: ["avc1.640028", "mp4a.40.2"], scheme: "cenc" });

    expect(await readCapabilities()).toEqual({
      protocols: [ManifestProtocol.DASH, ManifestProtocol.HLS],
      codecs: ["avc1.640028", "mp4a.40.2"],
      encryptionSchemes: [EncryptionScheme.CENC],
    });
  });

  it("name codecs of a high dynamic range only if the screen shows it", async () => {
    const codecs = ["hvc1.1.6.L120.90", "hvc1.2.4.L153.B0"];
    aBrowser({ codecs });
    expect((await readCapabilities()).codecs).toEqual(["hvc1.1.6.L120.90"]);
    aBrowser({ codecs, isHdrShown: true });

    expect((await readCapabilities()).codecs).toEqual(codecs);
  });

  it("state HLS alone, and no schemes, for a browser that decrypts by itself", async () => {
    aBrowser({ userAgent: SAFARI, scheme: "cenc" });

    expect(await readCapabilities()).toMatchObject({
      protocols: [ManifestProtocol.HLS],
      encryptionSchemes: [],
    });
  });

  it("state nothing that the browser does not tell", async () => {
    vi.stubGlobal("navigator", { userAgent: CHROME });

    expect(await readCapabilities()).toMatchObject({
      codecs: [],
      encryptionSchemes: [],
    });
  });
});
