import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { EncryptionScheme } from "../gen/marquee/packager/v1/packager_pb";
import { ManifestProtocol } from "../gen/marquee/playback/v1/playback_pb";
import { readCapabilities } from "./deviceCapabilities";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36";
const SAFARI = "Mozilla/5.0 (Macintosh) Version/18.0 Safari/605.1.15";

interface Device {
  userAgent?: string;
  /** The codecs that the browser decodes. */
  codecs?: string[];
  isHdrShown?: boolean;
  scheme?: string;
}

function stubBrowser({ userAgent = CHROME, codecs = [], isHdrShown = false, scheme = "" }: Device): void {
  const isSupported = (contentType = "") => codecs.some((codec) => contentType.includes(codec));
  vi.stubGlobal("MediaSource", { isTypeSupported: isSupported });
  vi.stubGlobal("matchMedia", () => ({ matches: isHdrShown }));
  vi.stubGlobal("navigator", {
    userAgent,
    mediaCapabilities: {
      decodingInfo: ({ video, audio }: MediaDecodingConfiguration) =>
        Promise.resolve({ supported: isSupported(video?.contentType ?? audio?.contentType) }),
    },
    requestMediaKeySystemAccess: (_: string, [configuration]: MediaKeySystemConfiguration[]) =>
      configuration?.videoCapabilities?.[0]?.encryptionScheme === scheme
        ? Promise.resolve()
        : Promise.reject(new Error("not supported")),
  });
}

beforeEach(() => stubBrowser({}));
afterEach(() => void vi.unstubAllGlobals());

describe("readCapabilities", () => {
  it("lists the protocols, the codecs and the encryption schemes", async () => {
    stubBrowser({ codecs: ["avc1.640028", "mp4a.40.2"], scheme: "cenc" });

    expect(await readCapabilities()).toEqual({
      protocols: [ManifestProtocol.DASH, ManifestProtocol.HLS],
      codecs: ["avc1.640028", "mp4a.40.2"],
      encryptionSchemes: [EncryptionScheme.CENC, EncryptionScheme.AES_128],
    });
  });

  it("lists HDR codecs only if the screen shows a high dynamic range", async () => {
    const codecs = ["hvc1.1.6.L120.90", "hvc1.2.4.L153.B0"];
    stubBrowser({ codecs });
    expect((await readCapabilities()).codecs).toEqual(["hvc1.1.6.L120.90"]);
    stubBrowser({ codecs, isHdrShown: true });

    expect((await readCapabilities()).codecs).toEqual(codecs);
  });

  it("lists HLS alone, and no encryption schemes, for a browser that decrypts natively", async () => {
    stubBrowser({ userAgent: SAFARI, scheme: "cenc" });

    expect(await readCapabilities()).toMatchObject({
      protocols: [ManifestProtocol.HLS],
      encryptionSchemes: [],
    });
  });

  it("leaves lists empty if the browser does not report its capabilities", async () => {
    vi.stubGlobal("navigator", { userAgent: CHROME });

    expect(await readCapabilities()).toMatchObject({
      codecs: [],
      encryptionSchemes: [],
    });
  });
});
