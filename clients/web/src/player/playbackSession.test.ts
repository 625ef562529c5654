import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";
import { titleIdOf, titleSubject } from "../api/subjects";
import type { HeartbeatResponseSchema } from "../gen/marquee/playback/v1/playback_service_pb";
import { EndReason, ManifestProtocol, PlayerState } from "../gen/marquee/playback/v1/playback_pb";
import { PlaybackService } from "../gen/marquee/playback/v1/playback_service_pb";
import { PlaybackSession } from "./playbackSession";

function refusal(reason: string, code: Code): ConnectError {
  return new ConnectError(reason, code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: "playback.marquee" } },
  ]);
}

type Heard = MessageInitShape<typeof HeartbeatResponseSchema>;

/** What the platform says where a session ended, and why. */
function ended(reason: EndReason): Heard {
  return { instructions: [{ instruction: { case: "ended", value: { reason } } }] };
}

/** A playback service that writes down what it was asked. */
function aPlayback() {
  const calls: string[] = [];
  const devices: string[][] = [];
  const answers: { start?: ConnectError; startsAfter?: number; heartbeat?: ConnectError; tells?: Heard } = {};
  const transport = createRouterTransport(({ service }) => {
    service(PlaybackService, {
      startSession: async ({ subject, replaceSessionId, device }) => {
        devices.push(device?.capabilities?.codecs ?? []);
        calls.push(["start", titleIdOf(subject), replaceSessionId].filter(Boolean).join(" "));
        if (answers.startsAfter) await new Promise((resolve) => setTimeout(resolve, answers.startsAfter));
        if (answers.start) throw answers.start;
        return {
          session: {
            sessionId: "s1",
            ...(subject ? { subject } : {}),
            start: { case: "resumePosition", value: { seconds: 42n } },
            heartbeatInterval: { seconds: 10n },
          },
        };
      },
      heartbeat: ({ place, state }) => {
        calls.push(`beat ${place.value?.seconds} ${PlayerState[state]}`);
        if (answers.heartbeat) throw answers.heartbeat;
        return answers.tells ?? {};
      },
      stopSession: ({ sessionId, place }) => {
        calls.push(`stop ${sessionId} ${place.value?.seconds ?? "-"}`);
        return {};
      },
    });
  });
  const playback = createClient(PlaybackService, transport);
  const playbackSession = new PlaybackSession({
    playback,
    parting: playback,
    subject: titleSubject("t1"),
    deviceName: "Test",
    capabilities: () => Promise.resolve({ codecs: ["avc1.640028"] }),
    newRequestId: () => "r1",
    onStopped: () => undefined,
  });
  playbackSession.observe(() => ({ position: 60, duration: 600, state: PlayerState.PLAYING }));
  return { playbackSession, calls, devices, answers };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a playback session", () => {
  it("begins where the profile stopped", async () => {
    const { playbackSession } = aPlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);

    expect(playbackSession.snapshot()).toMatchObject({ phase: "open", startAt: 42 });
  });

  it("states what the device can play", async () => {
    const { playbackSession, devices } = aPlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);

    expect(devices).toEqual([["avc1.640028"]]);
  });

  it("keeps the place that is known while there is no picture yet", async () => {
    const { playbackSession, calls } = aPlayback();
    playbackSession.observe(() => undefined);
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    playbackSession.leave();
    await vi.advanceTimersByTimeAsync(50);

    expect(calls).toEqual(["start t1", "stop s1 42"]);
  });

  it("keeps its slot by heartbeats", async () => {
    const { playbackSession, calls } = aPlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(20_500);

    expect(calls).toEqual(["start t1", "beat 60 PLAYING", "beat 60 PLAYING"]);
  });

  it("starts one session although the page is mounted twice", async () => {
    const { playbackSession, calls } = aPlayback();
    playbackSession.enter();
    playbackSession.leave();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);

    expect(calls).toEqual(["start t1"]);
  });

  it("gives its slot back when the page is left, with the place", async () => {
    const { playbackSession, calls } = aPlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    playbackSession.leave();
    await vi.advanceTimersByTimeAsync(30_000);

    expect(calls).toEqual(["start t1", "stop s1 60"]);
  });

  it("gives its slot back although the page was left before the session was there", async () => {
    const { playbackSession, calls, answers } = aPlayback();
    answers.startsAfter = 500;
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(100);
    playbackSession.leave();
    await vi.advanceTimersByTimeAsync(30_000);

    expect(calls).toEqual(["start t1", "stop s1 -"]);
  });

  it("says that it ended when another device took the slot", async () => {
    const { playbackSession, calls, answers } = aPlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    answers.tells = { instructions: [{ instruction: { case: "takenOver", value: { deviceDisplayName: "TV" } } }] };
    await vi.advanceTimersByTimeAsync(30_000);

    expect(playbackSession.snapshot()).toEqual({ phase: "ended", at: 60, takenOverBy: "TV" });
    expect(calls.filter((call) => call.startsWith("beat"))).toHaveLength(1);
  });

  it("says that it ended when it was stopped, or is not known any more", async () => {
    for (const answer of [
      { tells: ended(EndReason.STOPPED) },
      { heartbeat: refusal("SESSION_NOT_FOUND", Code.NotFound) },
    ]) {
      const { playbackSession, answers } = aPlayback();
      playbackSession.enter();
      await vi.advanceTimersByTimeAsync(50);
      Object.assign(answers, answer);
      await vi.advanceTimersByTimeAsync(30_000);

      expect(playbackSession.snapshot()).toEqual({ phase: "ended", at: 60 });
    }
  });

  it("takes new addresses without starting again", async () => {
    const { playbackSession, calls, answers } = aPlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    const manifests = [{ protocol: ManifestProtocol.DASH, url: "/manifest.mpd?token=new" }];
    const renewed = { manifests, expireTime: { seconds: 100n } };
    answers.tells = { instructions: [{ instruction: { case: "renewed", value: renewed } }] };
    await vi.advanceTimersByTimeAsync(10_000);
    const first = playbackSession.snapshot();
    await vi.advanceTimersByTimeAsync(10_000);

    expect(first).toMatchObject({ phase: "open", session: { sessionId: "s1", manifests } });
    // The platform repeats it: nothing changes again.
    expect(playbackSession.snapshot()).toBe(first);
    expect(calls.filter((call) => call.startsWith("start"))).toHaveLength(1);
  });

  it("plays on when a heartbeat is lost on the way", async () => {
    const { playbackSession, answers } = aPlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    answers.heartbeat = new ConnectError("gone", Code.Unavailable);
    await vi.advanceTimersByTimeAsync(30_000);

    expect(playbackSession.snapshot()).toMatchObject({ phase: "open" });
  });

  it("goes on by itself when it ended because the platform could not be reached", async () => {
    const { playbackSession, calls, answers } = aPlayback();
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    answers.heartbeat = new ConnectError("gone", Code.Unavailable);
    await vi.advanceTimersByTimeAsync(10_000);
    delete answers.heartbeat;
    answers.tells = ended(EndReason.LAPSED);
    void playbackSession.reconnect();
    await vi.advanceTimersByTimeAsync(50);

    expect(playbackSession.snapshot()).toMatchObject({ phase: "open", startAt: 60 });
    expect(calls.filter((call) => call.startsWith("start"))).toHaveLength(2);
  });

  it("starts by itself once the platform can be reached", async () => {
    const { playbackSession, answers } = aPlayback();
    answers.start = new ConnectError("gone", Code.Unavailable);
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    expect(playbackSession.snapshot()).toMatchObject({ phase: "refused" });
    delete answers.start;
    void playbackSession.reconnect();
    await vi.advanceTimersByTimeAsync(50);

    expect(playbackSession.snapshot()).toMatchObject({ phase: "open", startAt: 42 });
  });

  it("that was refused for a reason stays refused", async () => {
    const { playbackSession, calls, answers } = aPlayback();
    answers.start = refusal("NOT_ENTITLED", Code.PermissionDenied);
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    await playbackSession.reconnect();

    expect(calls).toEqual(["start t1"]);
  });

  it("stops a stream elsewhere and goes on in its place", async () => {
    const { playbackSession, calls, answers } = aPlayback();
    answers.start = refusal("TOO_MANY_STREAMS", Code.PermissionDenied);
    playbackSession.enter();
    await vi.advanceTimersByTimeAsync(50);
    delete answers.start;
    await playbackSession.takeOver("elsewhere");

    expect(playbackSession.snapshot()).toMatchObject({ phase: "open" });
    expect(calls).toEqual(["start t1", "start t1 elsewhere"]);
    playbackSession.leave();
  });
});
