import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";
import type { PlayableSubject } from "../api/subjects";
import { channelSubject, titleSubject } from "../api/subjects";
import type { HeartbeatRequest, HeartbeatResponseSchema } from "../gen/marquee/playback/v1/playback_service_pb";
import { EndReason, ManifestProtocol, PlayerState, SessionKind } from "../gen/marquee/playback/v1/playback_pb";
import { PlaybackService } from "../gen/marquee/playback/v1/playback_service_pb";
import { PlaybackSession } from "./playbackSession";

function connectError(reason: string, code: Code): ConnectError {
  return new ConnectError(reason, code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: "playback.marquee" } },
  ]);
}

type HeartbeatReply = MessageInitShape<typeof HeartbeatResponseSchema>;

/** Returns the heartbeat response for a session that ended. */
function endedReply(reason: EndReason): HeartbeatReply {
  return { instructions: [{ instruction: { case: "ended", value: { reason } } }] };
}

/** Returns the seconds of a place, after the word `liveTime` if it is on a channel. */
function timeOf({ case: kind, value }: HeartbeatRequest["place"]): string {
  return value ? `${kind === "liveTime" ? "liveTime " : ""}${value.seconds}` : "-";
}

/** Returns a playback session with a fake playback service, which records its calls. */
function fakePlayback(subject: PlayableSubject = titleSubject("t1")) {
  const calls: string[] = [];
  const devices: string[][] = [];
  const replies: {
    startError?: ConnectError;
    startDelayMs?: number;
    seekError?: ConnectError;
    heartbeatError?: ConnectError;
    heartbeatReply?: HeartbeatReply;
  } = {};
  const transport = createRouterTransport(({ service }) => {
    service(PlaybackService, {
      startSession: async ({ subject, replaceSessionId, device }) => {
        devices.push(device?.capabilities?.codecs ?? []);
        calls.push(["start", subject?.id.value, replaceSessionId].filter(Boolean).join(" "));
        if (replies.startDelayMs) await new Promise((resolve) => setTimeout(resolve, replies.startDelayMs));
        if (replies.startError) throw replies.startError;
        return {
          session: {
            sessionId: subject?.id.case === "channelId" ? `s-${subject.id.value}` : "s1",
            ...(subject ? { subject } : {}),
            ...(subject?.id.case === "channelId"
              ? { kind: SessionKind.LIVE, start: { case: "liveTime" as const, value: { seconds: 1000n } } }
              : { start: { case: "resumePosition" as const, value: { seconds: 42n } } }),
            heartbeatInterval: { seconds: 10n },
          },
        };
      },
      heartbeat: ({ place, state }) => {
        calls.push(["beat", timeOf(place), PlayerState[state]].join(" "));
        if (replies.heartbeatError) throw replies.heartbeatError;
        return replies.heartbeatReply ?? {};
      },
      seekSession: ({ sessionId, liveTime }) => {
        calls.push(`seek ${sessionId} ${liveTime?.seconds ?? "live"}`);
        if (replies.seekError) throw replies.seekError;
        return liveTime
          ? { session: { sessionId, kind: SessionKind.START_OVER, start: { case: "liveTime", value: liveTime } } }
          : { session: { sessionId, kind: SessionKind.LIVE, start: { case: "liveTime", value: { seconds: 1000n } } } };
      },
      stopSession: ({ sessionId, place }) => {
        calls.push(`stop ${sessionId} ${timeOf(place)}`);
        return {};
      },
    });
  });
  const playback = createClient(PlaybackService, transport);
  const playbackSession = new PlaybackSession({
    playback,
    playbackOnPageHide: playback,
    subject,
    deviceName: "Test",
    capabilities: () => Promise.resolve({ codecs: ["avc1.640028"] }),
    newRequestId: () => "r1",
    onStopped: () => undefined,
  });
  playbackSession.setReporter(() => ({ position: 60, duration: 600, state: PlayerState.PLAYING }));
  return { playbackSession, calls, devices, replies };
}

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
