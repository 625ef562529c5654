import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ManifestProtocol, SessionSchema } from "../gen/marquee/playback/v1/playback_pb";
import type { EngineState } from "./engine";
import { Engine, isOutage, offered } from "./engine";

const UNREACHABLE = Object.assign(new Error("unreachable"), { code: 1002, data: [] });

/** What Shaka's player was asked, and what it does: a stand-in, because there is no media in these tests. */
class FakePlayer extends EventTarget {
  static readonly all: FakePlayer[] = [];
  static load: (player: FakePlayer) => Promise<void> | void = () => undefined;
  startAt: number | undefined;
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
  load = (_: string, startAt: number) => {
    this.startAt = startAt;
    return Promise.resolve(FakePlayer.load(this));
  };
  destroy = () => {
    this.destroyed = true;
    return Promise.resolve();
  };

  fails(): void {
    this.dispatchEvent(
      Object.assign(new Event("error"), { detail: { severity: 2, code: UNREACHABLE.code, data: [] } }),
    );
  }

  buffers(buffering: boolean): void {
    this.buffering = buffering;
    this.dispatchEvent(new Event("buffering"));
  }
}

vi.mock("shaka-player/dist/shaka-player.compiled-es2021", () => ({
  default: { Player: FakePlayer, polyfill: { installAll: () => undefined } },
}));

/** A video element without media: `play` waits, as it does in a browser until there is some. */
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

  /** Has a picture, and media up to so many seconds. */
  hasPicture(bufferedTo: number): void {
    Object.assign(this, { bufferedTo, readyState: 4 });
    this.dispatchEvent(new Event("canplay"));
  }
}

/** Returns an engine that was told to play from a place, with its element and its state. */
async function opened(startAt = 0) {
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

/** Returns an engine whose picture plays. */
async function playing(startAt = 0) {
  const all = await opened(startAt);
  newest().buffers(false);
  all.video.hasPicture(20);
  return all;
}

function newest(): FakePlayer {
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
  it("that begins while the programme is loaded ends with another load", async () => {
    FakePlayer.load = (player) => {
      player.fails();
    };
    const { video, state } = await opened();
    expect(state()).toMatchObject({ loaded: true, outage: true, buffering: true });
    FakePlayer.load = (player) => {
      player.buffers(false);
      video.hasPicture(10);
    };
    await vi.advanceTimersByTimeAsync(4_000);

    expect(FakePlayer.all.map(({ destroyed }) => destroyed)).toEqual([true, false]);
    expect(state()).toMatchObject({ loaded: true, outage: false, buffering: false });
  });

  it("does not end with the sound alone", async () => {
    const { state } = await opened();
    newest().fails();
    newest().buffers(false);
    expect(state()).toMatchObject({ outage: true, buffering: true });
    await vi.advanceTimersByTimeAsync(4_000);

    expect(FakePlayer.all).toHaveLength(2);
  });

  it("of many attempts keeps the place", async () => {
    const { video } = await playing(30);
    video.currentTime = 500;
    newest().fails();
    newest().buffers(true);
    FakePlayer.load = () => {
      // The player that was destroyed has emptied the element.
      Object.assign(video, { currentTime: 0, paused: true, readyState: 0 });
      return Promise.reject(UNREACHABLE);
    };
    await vi.advanceTimersByTimeAsync(12_000);

    expect(FakePlayer.all.map(({ startAt }) => startAt)).toEqual([30, 500, 500, 500]);
  });

  it("leaves a picture paused that the viewer paused", async () => {
    const { video } = await playing();
    video.paused = true;
    newest().fails();
    newest().buffers(true);
    await vi.advanceTimersByTimeAsync(4_000);

    expect(FakePlayer.all).toHaveLength(2);
    expect(video.play).toHaveBeenCalledTimes(1);
  });

  it("does not interrupt a picture that plays from its buffer", async () => {
    const { video, state } = await playing();
    newest().fails();
    expect(state()).toMatchObject({ outage: true, buffering: false });
    await vi.advanceTimersByTimeAsync(4_000);
    expect(newest().retries).toBe(1);
    video.hasPicture(40);

    expect(FakePlayer.all).toHaveLength(1);
    expect(state()).toMatchObject({ outage: false });
  });

  it("ends with the picture that is left: the next one plays", async () => {
    const { engine } = await opened();
    newest().fails();
    engine.close();
    await opened();

    expect(FakePlayer.all.map(({ destroyed }) => destroyed)).toEqual([true, false]);
  });
});

describe("the qualities on offer", () => {
  it("are the heights of all tracks, the highest first and each once", () => {
    const tracks = [{ height: 360 }, { height: 1080 }, { height: 360 }, { height: null }, {}];

    expect(offered([], tracks)).toEqual([1080, 360]);
  });

  it("stay on offer while the engine avoids one of them", () => {
    expect(offered([1080, 360], [{ height: 360 }])).toEqual([1080, 360]);
    expect(offered([1080, 360], [])).toEqual([1080, 360]);
  });
});

describe("a failure", () => {
  it("is an outage where nothing was answered, or the platform was not well", () => {
    expect(isOutage({ code: 1002, data: ["/media/p/1.m4s"] })).toBe(true);
    expect(isOutage({ code: 1003, data: [] })).toBe(true);
    expect(isOutage({ code: 1001, data: ["/media/p/1.m4s", 503] })).toBe(true);
    expect(isOutage({ code: 1001, data: ["/media/p/1.m4s", 429] })).toBe(true);
    expect(isOutage({ code: 6007, data: [{ code: 1003, data: [] }] })).toBe(true);
  });

  it("is none where the platform refused, or the picture cannot be shown", () => {
    expect(isOutage({ code: 1001, data: ["/media/p/1.m4s", 403] })).toBe(false);
    expect(isOutage({ code: 6007, data: [{ code: 1001, data: ["/license", 403] }] })).toBe(false);
    expect(isOutage({ code: 3016, data: [] })).toBe(false);
    expect(isOutage(new Error("unexpected"))).toBe(false);
    expect(isOutage(undefined)).toBe(false);
  });
});
