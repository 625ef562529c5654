import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { EndReason, ManifestProtocol } from "../gen/marquee/playback/v1/playback_pb";
import { connectError, endedReply, fakePlayback } from "./fakePlayback";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a playback session", () => {
  it("starts at the position where the profile stopped", async () => {
    const { playbackSession } = fakePlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);

    expect(playbackSession.snapshot()).toMatchObject({ phase: "open", startAt: 42 });
  });

  it("sends the capabilities of the device", async () => {
    const { playbackSession, devices } = fakePlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);

    expect(devices).toEqual([["avc1.640028"]]);
  });

  it("sends the start position if it stops before the player reported one", async () => {
    const { playbackSession, calls } = fakePlayback();
    playbackSession.setReporter(() => undefined);
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    playbackSession.leave();
    await vi.advanceTimersByTimeAsync(50);

    expect(calls).toEqual(["start t1", "stop s1 42"]);
  });

  it("sends heartbeats to keep its stream slot", async () => {
    const { playbackSession, calls } = fakePlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(20_500);

    expect(calls).toEqual(["start t1", "beat 60 PLAYING", "beat 60 PLAYING"]);
  });

  it("starts one session if the page is mounted twice", async () => {
    const { playbackSession, calls } = fakePlayback();
    playbackSession.enter();
    playbackSession.leave();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);

    expect(calls).toEqual(["start t1"]);
  });

  it("stops with the position when the viewer leaves the page", async () => {
    const { playbackSession, calls } = fakePlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    playbackSession.leave();
    await vi.advanceTimersByTimeAsync(30_000);

    expect(calls).toEqual(["start t1", "stop s1 60"]);
  });

  it("stops if the viewer leaves the page before the session has started", async () => {
    const { playbackSession, calls, replies } = fakePlayback();
    replies.startDelayMs = 500;
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(100);
    playbackSession.leave();
    await vi.advanceTimersByTimeAsync(30_000);

    expect(calls).toEqual(["start t1", "stop s1 -"]);
  });

  it("is ended after another device took the stream slot", async () => {
    const { playbackSession, calls, replies } = fakePlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    replies.heartbeatReply = {
      instructions: [{ instruction: { case: "takenOver", value: { deviceDisplayName: "TV" } } }],
    };
    await vi.advanceTimersByTimeAsync(30_000);

    expect(playbackSession.snapshot()).toEqual({ phase: "ended", at: 60, takenOverBy: "TV" });
    expect(calls.filter((call) => call.startsWith("beat"))).toHaveLength(1);
  });

  it("is ended after the platform stopped it or does not find it", async () => {
    for (const reply of [
      { heartbeatReply: endedReply(EndReason.STOPPED) },
      { heartbeatError: connectError("SESSION_NOT_FOUND", Code.NotFound) },
    ]) {
      const { playbackSession, replies } = fakePlayback();
      playbackSession.enter();
      await vi.advanceTimersByTimeAsync(50);
      Object.assign(replies, reply);
      await vi.advanceTimersByTimeAsync(30_000);

      expect(playbackSession.snapshot()).toEqual({ phase: "ended", at: 60 });
    }
  });

  it("uses renewed URLs without another start", async () => {
    const { playbackSession, calls, replies } = fakePlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    const manifests = [{ protocol: ManifestProtocol.DASH, url: "/manifest.mpd?token=new" }];
    const renewed = { manifests, expireTime: { seconds: 100n } };
    replies.heartbeatReply = { instructions: [{ instruction: { case: "renewed", value: renewed } }] };
    await vi.advanceTimersByTimeAsync(10_000);
    const renewedState = playbackSession.snapshot();
    await vi.advanceTimersByTimeAsync(10_000);

    expect(renewedState).toMatchObject({ phase: "open", session: { sessionId: "s1", manifests } });
    // The platform repeats the instruction, which must not change the state again.
    expect(playbackSession.snapshot()).toBe(renewedState);
    expect(calls.filter((call) => call.startsWith("start"))).toHaveLength(1);
  });

  it("stays open when heartbeats are lost", async () => {
    const { playbackSession, replies } = fakePlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    replies.heartbeatError = new ConnectError("gone", Code.Unavailable);
    await vi.advanceTimersByTimeAsync(30_000);

    expect(playbackSession.snapshot()).toMatchObject({ phase: "open" });
  });

  it("starts again by itself after it lapsed because heartbeats were lost", async () => {
    const { playbackSession, calls, replies } = fakePlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    replies.heartbeatError = new ConnectError("gone", Code.Unavailable);
    await vi.advanceTimersByTimeAsync(10_000);
    delete replies.heartbeatError;
    replies.heartbeatReply = endedReply(EndReason.LAPSED);
    void playbackSession.reconnect();
    await vi.advanceTimersByTimeAsync(50);

    expect(playbackSession.snapshot()).toMatchObject({ phase: "open", startAt: 60 });
    expect(calls.filter((call) => call.startsWith("start"))).toHaveLength(2);
  });

  it("starts by itself when the platform is reachable again", async () => {
    const { playbackSession, replies } = fakePlayback();
    replies.startError = new ConnectError("gone", Code.Unavailable);
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    expect(playbackSession.snapshot()).toMatchObject({ phase: "refused" });
    delete replies.startError;
    void playbackSession.reconnect();
    await vi.advanceTimersByTimeAsync(50);

    expect(playbackSession.snapshot()).toMatchObject({ phase: "open", startAt: 42 });
  });

  it("does not start again if the platform refused it", async () => {
    const { playbackSession, calls, replies } = fakePlayback();
    replies.startError = connectError("NOT_ENTITLED", Code.PermissionDenied);
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    await playbackSession.reconnect();

    expect(calls).toEqual(["start t1"]);
  });

  it("stops a stream on another device and starts in its place", async () => {
    const { playbackSession, calls, replies } = fakePlayback();
    replies.startError = connectError("TOO_MANY_STREAMS", Code.PermissionDenied);
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    delete replies.startError;
    await playbackSession.takeOver("elsewhere");

    expect(playbackSession.snapshot()).toMatchObject({ phase: "open" });
    expect(calls).toEqual(["start t1", "start t1 elsewhere"]);
    playbackSession.leave();
  });
});
