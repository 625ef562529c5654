import { Code } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { channelSubject } from "../api/subjects";
import { EndReason, PlayerState, SessionKind } from "../gen/marquee/playback/v1/playback_pb";
import { connectError, endedReply, fakePlayback } from "./fakePlayback";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a playback session of a channel", () => {
  const aChannel = () => fakePlayback(channelSubject("c1"));

  it("begins at a time, and reports times", async () => {
    const { playbackSession, calls } = aChannel();
    playbackSession.setReporter(() => ({ position: 1060, duration: 0, state: PlayerState.PLAYING }));
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(10_050);
    expect(playbackSession.snapshot()).toMatchObject({ phase: "open", startAt: 1000 });
    playbackSession.leave();
    await vi.advanceTimersByTimeAsync(50);

    expect(calls).toEqual(["start c1", "beat liveTime 1060 PLAYING", "stop s-c1 liveTime 1060"]);
  });

  it("switches to another channel in the same stream slot", async () => {
    const { playbackSession, calls } = aChannel();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    const first = playbackSession.snapshot();
    void playbackSession.switchTo(channelSubject("c2"));
    expect(playbackSession.snapshot()).toEqual({ phase: "starting" });
    await vi.advanceTimersByTimeAsync(50);

    expect(calls).toEqual(["start c1", "start c2 s-c1"]);
    expect(playbackSession.snapshot()).toMatchObject({ phase: "open", session: { sessionId: "s-c2" } });
    expect(playbackSession.snapshot()).not.toMatchObject({ loadNumber: (first as { loadNumber: number }).loadNumber });
  });

  it("skips the channels that the viewer leaves at once, and leaves no session behind", async () => {
    const { playbackSession, calls, replies } = aChannel();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    replies.startDelayMs = 500;
    for (const channelId of ["c2", "c3", "c4"]) {
      void playbackSession.switchTo(channelSubject(channelId));
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(2_000);

    expect(calls).toEqual(["start c1", "start c2 s-c1", "start c4 s-c2"]);
    expect(playbackSession.snapshot()).toMatchObject({ phase: "open", session: { sessionId: "s-c4" } });
  });

  it("frees the stream slot of the channel before if the next one is refused", async () => {
    const { playbackSession, calls, replies } = aChannel();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    replies.startError = connectError("NOT_ENTITLED", Code.PermissionDenied);
    void playbackSession.switchTo(channelSubject("c2"));
    await vi.advanceTimersByTimeAsync(50);
    expect(playbackSession.snapshot()).toMatchObject({ phase: "refused" });
    playbackSession.leave();
    await vi.advanceTimersByTimeAsync(50);

    expect(calls).toEqual(["start c1", "start c2 s-c1", "stop s-c1 -"]);
  });

  it("moves to another time and back to the live edge, and stays one session", async () => {
    const { playbackSession, calls } = aChannel();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    await playbackSession.moveTo(400);
    expect(playbackSession.snapshot()).toMatchObject({ startAt: 400, session: { kind: SessionKind.START_OVER } });
    await playbackSession.moveTo(undefined);

    expect(playbackSession.snapshot()).toMatchObject({ startAt: 1000, session: { kind: SessionKind.LIVE } });
    expect(calls).toEqual(["start c1", "seek s-c1 400", "seek s-c1 live"]);
  });

  it("stays where it is if the platform refuses a time", async () => {
    const { playbackSession, replies } = aChannel();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    const before = playbackSession.snapshot();
    replies.seekError = connectError("TIME_NOT_AVAILABLE", Code.FailedPrecondition);

    await expect(playbackSession.moveTo(1)).rejects.toThrow();
    expect(playbackSession.snapshot()).toBe(before);
  });

  it("learns from heartbeats which programme it shows, without another load", async () => {
    const { playbackSession, replies } = aChannel();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    const { loadNumber } = playbackSession.snapshot() as { loadNumber: number };
    replies.heartbeatReply = { programme: { programmeId: "p2" }, seekWindow: { endTime: { seconds: 1010n } } };
    await vi.advanceTimersByTimeAsync(10_000);

    expect(playbackSession.snapshot()).toMatchObject({
      loadNumber,
      session: { programme: { programmeId: "p2" }, seekWindow: { endTime: { seconds: 1010n } } },
    });
  });

  it("goes on at the live edge after it was live, and else where it was", async () => {
    const { playbackSession, calls, replies } = aChannel();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    replies.heartbeatReply = endedReply(EndReason.STOPPED);
    await playbackSession.sendHeartbeat();
    expect(playbackSession.snapshot()).toEqual({ phase: "ended", at: undefined });
    await playbackSession.restart();
    await playbackSession.moveTo(400);
    await playbackSession.sendHeartbeat();
    expect(playbackSession.snapshot()).toEqual({ phase: "ended", at: 60 });
    await playbackSession.restart(60);

    expect(playbackSession.snapshot()).toMatchObject({ startAt: 60, session: { kind: SessionKind.START_OVER } });
    expect(calls.filter((call) => /start|seek/.test(call))).toEqual([
      "start c1",
      "start c1",
      "seek s-c1 400",
      "start c1",
      "seek s-c1 60",
    ]);
    playbackSession.leave();
    await vi.advanceTimersByTimeAsync(50);
  });
});
