import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ManifestProtocol, SessionKind, SessionSchema } from "../gen/marquee/playback/v1/playback_pb";
import type { EngineState } from "./engine";
import { Engine, mergeQualities } from "./engine";
import { isOutage } from "./playerFailures";

const UNREACHABLE = Object.assign(new Error("unreachable"), { code: 1002, data: [] });

/** A fake of Shaka's player, because these tests have no media. It records its calls. */
class FakePlayer extends EventTarget {
  static readonly all: FakePlayer[] = [];
  static load: (player: FakePlayer) => Promise<void> | void = () => undefined;
  startAt: number | Date | null | undefined;
  urls: string[] = [];
  destroyed = false;
  buffering = true;
  retries = 0;

  constructor() {
    super();
    FakePlayer.all.push(this);
  }

  attach = () => Promise.resolve();
  configure = () => true;
  getNetworkingEngine = () => undefined;
  getVideoTracks = () => [];
  getTextTracks = () => [];
  isBuffering = () => this.buffering;
  retryStreaming = () => {
    this.retries += 1;
    return true;
  };
  seekRange = () => ({ start: 10, end: 130 });
  getPresentationStartTimeAsDate = () => new Date(1_000_000);
  load = (url: string, startAt: number | Date | null) => {
    this.startAt = startAt;
    this.urls.push(new URL(url).pathname);
    return Promise.resolve(FakePlayer.load(this));
  };
  destroy = () => {
    this.destroyed = true;
    return Promise.resolve();
  };

  dispatchError(): void {
    this.dispatchEvent(
      Object.assign(new Event("error"), { detail: { severity: 2, code: UNREACHABLE.code, data: [] } }),
    );
  }

  setBuffering(buffering: boolean): void {
    this.buffering = buffering;
    this.dispatchEvent(new Event("buffering"));
  }
}

vi.mock("shaka-player/dist/shaka-player.compiled-es2021", () => ({
  default: { Player: FakePlayer, polyfill: { installAll: () => undefined } },
}));

/** A video element without media. Its `play` never resolves, as in a browser that has no media. */
class FakeVideo extends EventTarget {
  currentTime = 0;
  paused = true;
  bufferedTo = 0;
  readyState = 0;
  readonly HAVE_CURRENT_DATA = 2;
  play = vi.fn(() => {
    this.paused = false;
    return new Promise<void>(() => undefined);
  });

  get buffered() {
    return { length: 1, end: () => this.bufferedTo };
  }

  /** Loads a picture, and media up to a time in seconds. */
  loadMedia(bufferedTo: number): void {
    Object.assign(this, { bufferedTo, readyState: 4 });
    this.dispatchEvent(new Event("canplay"));
  }
}

/** Opens an engine at a start position. Returns it with its video element and its state. */
async function openEngine(startAt = 0) {
  const video = new FakeVideo();
  const states: EngineState[] = [];
  const engine = new Engine(video as unknown as HTMLVideoElement, document.createElement("div"), (state) =>
    states.push(state),
  );
  const session = create(SessionSchema, {
    manifests: [{ protocol: ManifestProtocol.DASH, url: "https://platform.test/manifest.mpd?token=t" }],
  });
  engine.open({ session, startAt, format: "dash" });
  await vi.advanceTimersByTimeAsync(0);
  return { engine, video, state: () => states.at(-1) };
}

/** Opens an engine whose video plays. */
async function openPlayingEngine(startAt = 0) {
  const opened = await openEngine(startAt);
  newestPlayer().setBuffering(false);
  opened.video.loadMedia(20);
  return opened;
}

function newestPlayer(): FakePlayer {
  const player = FakePlayer.all.at(-1);
  if (!player) throw new Error("no player was made");
  return player;
}

beforeEach(() => {
  vi.useFakeTimers();
  FakePlayer.all.length = 0;
  FakePlayer.load = () => undefined;
});
afterEach(() => void vi.useRealTimers());

describe("an outage", () => {
  it("that begins during the load ends with another load", async () => {
    FakePlayer.load = (player) => {
      player.dispatchError();
    };
    const { video, state } = await openEngine();
    expect(state()).toMatchObject({ loaded: true, outage: true, buffering: true });
    FakePlayer.load = (player) => {
      player.setBuffering(false);
      video.loadMedia(10);
    };
    await vi.advanceTimersByTimeAsync(4_000);

    expect(FakePlayer.all.map(({ destroyed }) => destroyed)).toEqual([true, false]);
    expect(state()).toMatchObject({ loaded: true, outage: false, buffering: false });
  });

  it("does not end when only the audio is loaded", async () => {
    const { state } = await openEngine();
    newestPlayer().dispatchError();
    newestPlayer().setBuffering(false);
    expect(state()).toMatchObject({ outage: true, buffering: true });
    await vi.advanceTimersByTimeAsync(4_000);

    expect(FakePlayer.all).toHaveLength(2);
  });

  it("keeps the position through several attempts", async () => {
    const { video } = await openPlayingEngine(30);
    video.currentTime = 500;
    newestPlayer().dispatchError();
    newestPlayer().setBuffering(true);
    FakePlayer.load = () => {
      // The destroyed player has emptied the element.
      Object.assign(video, { currentTime: 0, paused: true, readyState: 0 });
      return Promise.reject(UNREACHABLE);
    };
    await vi.advanceTimersByTimeAsync(12_000);

    expect(FakePlayer.all.map(({ startAt }) => startAt)).toEqual([30, 500, 500, 500]);
  });

  it("leaves a video paused that the viewer paused", async () => {
    const { video } = await openPlayingEngine();
    video.paused = true;
    newestPlayer().dispatchError();
    newestPlayer().setBuffering(true);
    await vi.advanceTimersByTimeAsync(4_000);

    expect(FakePlayer.all).toHaveLength(2);
    expect(video.play).toHaveBeenCalledTimes(1);
  });

  it("does not interrupt a video that plays from its buffer", async () => {
    const { video, state } = await openPlayingEngine();
    newestPlayer().dispatchError();
    expect(state()).toMatchObject({ outage: true, buffering: false });
    await vi.advanceTimersByTimeAsync(4_000);
    expect(newestPlayer().retries).toBe(1);
    video.loadMedia(40);

    expect(FakePlayer.all).toHaveLength(1);
    expect(state()).toMatchObject({ outage: false });
  });

  it("does not affect the next engine after this one is closed", async () => {
    const { engine } = await openEngine();
    newestPlayer().dispatchError();
    engine.close();
    await openEngine();

    expect(FakePlayer.all.map(({ destroyed }) => destroyed)).toEqual([true, false]);
  });
});

/** Returns media of a channel, in the manifest of this name. */
function channelMedia(name: string, kind: SessionKind, format: "dash" | "hls" = "dash") {
  const manifests = [
    { protocol: ManifestProtocol.DASH, url: `https://platform.test/${name}.mpd` },
    { protocol: ManifestProtocol.HLS, url: `https://platform.test/${name}.m3u8` },
  ];
  return { session: create(SessionSchema, { kind, manifests }), startAt: 1_050, format };
}

describe("a channel", () => {
  it("plays live from the live edge, and an earlier time from there", async () => {
    const { engine } = await openPlayingEngine();
    const starts = [];
    for (const media of [
      channelMedia("live", SessionKind.LIVE),
      channelMedia("earlier", SessionKind.START_OVER),
      channelMedia("earlier", SessionKind.CATCH_UP, "hls"),
    ]) {
      engine.open(media);
      await vi.advanceTimersByTimeAsync(0);
      starts.push(newestPlayer().startAt);
    }

    expect(starts).toEqual([null, 1_050, new Date(1_050_000)]);
  });

  it("replaces another one in the same player, also if that one is still loading", async () => {
    const { engine, state } = await openPlayingEngine();
    FakePlayer.load = (player) =>
      player.urls.at(-1)?.includes("slow")
        ? new Promise((_, reject) => setTimeout(() => reject(Object.assign(new Error("late"), { code: 7000 })), 50))
        : undefined;
    engine.open(channelMedia("slow", SessionKind.LIVE));
    await vi.advanceTimersByTimeAsync(10);
    expect(state()).toMatchObject({ loaded: false, failed: false });
    engine.open(channelMedia("next", SessionKind.LIVE));
    await vi.advanceTimersByTimeAsync(100);

    expect(FakePlayer.all).toHaveLength(1);
    expect(newestPlayer().urls.slice(1)).toEqual(["/slow.mpd", "/next.mpd"]);
    expect(state()).toMatchObject({ loaded: true, failed: false });
  });

  it("is loaded by a player that was made before", async () => {
    const video = new FakeVideo();
    const engine = new Engine(video as unknown as HTMLVideoElement, document.createElement("div"), () => undefined);
    engine.prepare();
    await vi.advanceTimersByTimeAsync(0);
    engine.open(channelMedia("live", SessionKind.LIVE));
    await vi.advanceTimersByTimeAsync(0);

    expect(FakePlayer.all.map(({ urls }) => urls)).toEqual([["/live.mpd"]]);
  });

  it("has positions that are times, in both formats", async () => {
    const { engine, video } = await openPlayingEngine();
    const places = [];
    for (const format of ["dash", "hls"] as const) {
      engine.open(channelMedia("live", SessionKind.LIVE, format));
      expect(engine.seekRange).toBeUndefined();
      await vi.advanceTimersByTimeAsync(0);
      video.currentTime = 100;
      places.push([engine.position, engine.seekRange]);
      engine.seekTo(format === "dash" ? 50 : 1_050);
      expect(video.currentTime).toBe(50);
    }

    expect(places).toEqual([
      [100, { start: 10, end: 130 }],
      [1_100, { start: 1_010, end: 1_130 }],
    ]);
  });
});

describe("the available qualities", () => {
  it("are the heights of all tracks, the highest first and each once", () => {
    const tracks = [{ height: 360 }, { height: 1080 }, { height: 360 }, { height: null }, {}];

    expect(mergeQualities([], tracks)).toEqual([1080, 360]);
  });

  it("stay available while the engine avoids one of them", () => {
    expect(mergeQualities([1080, 360], [{ height: 360 }])).toEqual([1080, 360]);
    expect(mergeQualities([1080, 360], [])).toEqual([1080, 360]);
  });
});

describe("a failure", () => {
  it("is an outage if there was no response, or the platform had a temporary error", () => {
    expect(isOutage({ code: 1002, data: ["/media/p/1.m4s"] })).toBe(true);
    expect(isOutage({ code: 1003, data: [] })).toBe(true);
    expect(isOutage({ code: 1001, data: ["/media/p/1.m4s", 503] })).toBe(true);
    expect(isOutage({ code: 1001, data: ["/media/p/1.m4s", 429] })).toBe(true);
    expect(isOutage({ code: 6007, data: [{ code: 1003, data: [] }] })).toBe(true);
  });

  it("is not an outage if the platform refused, or the media cannot be played", () => {
    expect(isOutage({ code: 1001, data: ["/media/p/1.m4s", 403] })).toBe(false);
    expect(isOutage({ code: 6007, data: [{ code: 1001, data: ["/license", 403] }] })).toBe(false);
    expect(isOutage({ code: 3016, data: [] })).toBe(false);
    expect(isOutage(new Error("unexpected"))).toBe(false);
    expect(isOutage(undefined)).toBe(false);
  });
});
