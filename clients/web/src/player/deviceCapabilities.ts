import type { MessageInitShape } from "@bufbuild/protobuf";

import { EncryptionScheme } from "../gen/marquee/packager/v1/packager_pb";
import type { DeviceCapabilitiesSchema } from "../gen/marquee/playback/v1/playback_pb";
import { ManifestProtocol } from "../gen/marquee/playback/v1/playback_pb";
import { prefersHls } from "./browser";
import { CLEAR_KEY } from "./sessionAddresses";

export type DeviceCapabilities = MessageInitShape<typeof DeviceCapabilitiesSchema>;

/**
 * Codecs by RFC 6381: H.264, HEVC, VP9 and AV1 in 8 bits, and the sound of the same media. One of H.264 includes the
 * lower profiles and levels.
 */
const VIDEO_CODECS = ["avc1.640028", "avc1.640034", "hvc1.1.6.L120.90", "vp09.00.40.08", "av01.0.08M.08"];
const AUDIO_CODECS = ["mp4a.40.2", "mp4a.40.5", "ac-3", "ec-3", "opus", "flac"];
/** HEVC, VP9 and AV1 in 10 bits: stated if the screen shows a high dynamic range. */
const HDR_CODECS = ["hvc1.2.4.L153.B0", "vp09.02.51.10", "av01.0.13M.10"];

const SCHEMES = [
  ["cbcs", EncryptionScheme.CBCS],
  ["cenc", EncryptionScheme.CENC],
] as const;

const PICTURE = { width: 1920, height: 1080, bitrate: 6_000_000, framerate: 25 };
const HDR = { colorGamut: "rec2020", hdrMetadataType: "smpteSt2086", transferFunction: "pq" } as const;

let known: Promise<DeviceCapabilities> | undefined;

/** Returns what this browser can play, as it was when first asked. */
export function deviceCapabilities(): Promise<DeviceCapabilities> {
  known ??= readCapabilities().catch(() => ({}));
  return known;
}

/** Reads what this browser can play. A browser that does not tell leaves lists empty, which state nothing. */
export async function readCapabilities(): Promise<DeviceCapabilities> {
  // Safari decrypts HLS by itself, by keys of playlists, which its interface for key systems does not tell of.
  const isNative = prefersHls(navigator.userAgent);
  const [codecs, encryptionSchemes] = await Promise.all([readCodecs(), isNative ? [] : readSchemes()]);
  const protocols = isNative ? [ManifestProtocol.HLS] : [ManifestProtocol.DASH, ManifestProtocol.HLS];
  return { protocols, codecs, encryptionSchemes };
}

async function readCodecs(): Promise<string[]> {
  const isHdrShown = matchMedia("(dynamic-range: high)").matches;
  const asked = [
    ...VIDEO_CODECS.map((codec) => isVideoDecoded(codec)),
    ...(isHdrShown ? HDR_CODECS.map((codec) => isVideoDecoded(codec, HDR)) : []),
    ...AUDIO_CODECS.map((codec) => isAudioDecoded(codec)),
  ];
  const codecs = [...VIDEO_CODECS, ...(isHdrShown ? HDR_CODECS : []), ...AUDIO_CODECS];
  const decoded = await Promise.all(asked);
  return codecs.filter((_, index) => decoded[index]);
}

function isVideoDecoded(codec: string, color: Partial<VideoConfiguration> = {}): Promise<boolean> {
  const contentType = `video/mp4; codecs="${codec}"`;
  return isDecoded(contentType, { video: { contentType, ...PICTURE, ...color } });
}

function isAudioDecoded(codec: string): Promise<boolean> {
  const contentType = `audio/mp4; codecs="${codec}"`;
  return isDecoded(contentType, { audio: { contentType, channels: "2" } });
}

async function isDecoded(contentType: string, media: Omit<MediaDecodingConfiguration, "type">): Promise<boolean> {
  if (!("MediaSource" in window) || !MediaSource.isTypeSupported(contentType)) return false;
  if (!("mediaCapabilities" in navigator)) return true;
  const { supported } = await navigator.mediaCapabilities
    .decodingInfo({ type: "media-source", ...media })
    // A browser that does not know a property of the question has said yes to the codec.
    .catch(() => ({ supported: true }));
  return supported;
}

/** The encryption schemes that Clear Key decrypts here. Browsers offer key systems to secure origins only. */
async function readSchemes(): Promise<EncryptionScheme[]> {
  if (!("requestMediaKeySystemAccess" in navigator)) return [];
  const asked = SCHEMES.map(([encryptionScheme, scheme]) => {
    const contentType = 'video/mp4; codecs="avc1.4d401f"';
    return navigator
      .requestMediaKeySystemAccess(CLEAR_KEY, [
        { initDataTypes: ["cenc"], videoCapabilities: [{ contentType, encryptionScheme }] },
      ])
      .then(
        () => [scheme],
        () => [],
      );
  });
  return (await Promise.all(asked)).flat();
}
