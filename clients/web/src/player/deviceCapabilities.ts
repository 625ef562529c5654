import type { MessageInitShape } from "@bufbuild/protobuf";

import { EncryptionScheme } from "../gen/marquee/packager/v1/packager_pb";
import type { DeviceCapabilitiesSchema } from "../gen/marquee/playback/v1/playback_pb";
import { ManifestProtocol } from "../gen/marquee/playback/v1/playback_pb";
import { prefersHls } from "./browser";
import { CLEAR_KEY } from "./sessionAddresses";

export type DeviceCapabilities = MessageInitShape<typeof DeviceCapabilitiesSchema>;

/**
 * Codecs in the notation of RFC 6381: H.264, HEVC, VP9 and AV1 in 8 bits, and audio codecs. An H.264 codec includes
 * its lower profiles and levels.
 */
const VIDEO_CODECS = ["avc1.640028", "avc1.640034", "hvc1.1.6.L120.90", "vp09.00.40.08", "av01.0.08M.08"];
const AUDIO_CODECS = ["mp4a.40.2", "mp4a.40.5", "ac-3", "ec-3", "opus", "flac"];
/** HEVC, VP9 and AV1 in 10 bits, which are listed only if the screen shows a high dynamic range. */
const HDR_CODECS = ["hvc1.2.4.L153.B0", "vp09.02.51.10", "av01.0.13M.10"];

const SCHEMES = [
  ["cbcs", EncryptionScheme.CBCS],
  ["cenc", EncryptionScheme.CENC],
] as const;

const VIDEO_SAMPLE = { width: 1920, height: 1080, bitrate: 6_000_000, framerate: 25 };
const HDR = { colorGamut: "rec2020", hdrMetadataType: "smpteSt2086", transferFunction: "pq" } as const;

let capabilities: Promise<DeviceCapabilities> | undefined;

/** Returns what this browser can play. The first call reads it; later calls return the same result. */
export function deviceCapabilities(): Promise<DeviceCapabilities> {
  capabilities ??= readCapabilities().catch(() => ({}));
  return capabilities;
}

/** Reads what this browser can play. A list is empty if the browser does not report it. */
export async function readCapabilities(): Promise<DeviceCapabilities> {
  // Safari decrypts HLS natively with the keys of the playlist. Its key system API does not report that.
  const usesNativeHls = prefersHls(navigator.userAgent);
  const [codecs, encryptionSchemes] = await Promise.all([readCodecs(), usesNativeHls ? [] : readSchemes()]);
  const protocols = usesNativeHls ? [ManifestProtocol.HLS] : [ManifestProtocol.DASH, ManifestProtocol.HLS];
  return { protocols, codecs, encryptionSchemes };
}

async function readCodecs(): Promise<string[]> {
  const isHdrShown = matchMedia("(dynamic-range: high)").matches;
  const requests = [
    ...VIDEO_CODECS.map((codec) => isVideoDecoded(codec)),
    ...(isHdrShown ? HDR_CODECS.map((codec) => isVideoDecoded(codec, HDR)) : []),
    ...AUDIO_CODECS.map((codec) => isAudioDecoded(codec)),
  ];
  const codecs = [...VIDEO_CODECS, ...(isHdrShown ? HDR_CODECS : []), ...AUDIO_CODECS];
  const decoded = await Promise.all(requests);
  return codecs.filter((_, index) => decoded[index]);
}

function isVideoDecoded(codec: string, color: Partial<VideoConfiguration> = {}): Promise<boolean> {
  const contentType = `video/mp4; codecs="${codec}"`;
  return isDecoded(contentType, { video: { contentType, ...VIDEO_SAMPLE, ...color } });
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
    // The call fails if the browser does not know a property. `isTypeSupported` has already accepted the codec.
    .catch(() => ({ supported: true }));
  return supported;
}

/**
 * Returns the encryption schemes that Clear Key decrypts here, and that of whole segments, which the player decrypts.
 * Browsers offer both to secure origins only.
 */
async function readSchemes(): Promise<EncryptionScheme[]> {
  if (!("requestMediaKeySystemAccess" in navigator)) return [];
  const requests = SCHEMES.map(([encryptionScheme, scheme]) => {
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
  return [...(await Promise.all(requests)).flat(), EncryptionScheme.AES_128];
}
