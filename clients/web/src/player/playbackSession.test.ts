import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";
import { PlaybackService, PlayerState } from "../gen/marquee/playback/v1/playback_pb";
import { PlaybackSession } from "./playbackSession";

function refusal(reason: string, code: Code): ConnectError {
  return new ConnectError(reason, code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: "playback.marquee" } },
  ]);
}

/** A playback service that writes down what it was asked. */
function aPlayback() {
  const calls: string[] = [];
  const answers: { start?: ConnectError; startsAfter?: number; heartbeat?: ConnectError } = {};
  const transport = createRouterTransport(({ service }) => {
    service(PlaybackService, {
      startSession: async ({ titleId }) => {
        calls.push(`start ${titleId}`);
        if (answers.startsAfter) await new Promise((resolve) => setTimeout(resolve, answers.startsAfter));
        if (answers.start) throw answers.start;
        return {
          session: { sessionId: "s1", resumePosition: { seconds: 42n }, heartbeatInterval: { seconds: 10n } },
        };
      },
      heartbeat: ({ position, state }) => {
        calls.push(`beat ${position?.seconds} ${PlayerState[state]}`);
        if (answers.heartbeat) throw answers.heartbeat;
        return {};
      },
      stopSession: ({ sessionId, position }) => {
        calls.push(`stop ${sessionId} ${position?.seconds ?? "-"}`);
        return {};
      },
    });
  });
  const playback = createClient(PlaybackService, transport);
  const playbackSession = new PlaybackSession({
    playback,
    parting: playback,
    titleId: "t1",
    episodeId: "",
    deviceName: "Test",
    newRequestId: () => "r1",
    onStopped: () => undefined,
  });
  playbackSession.observe(() => ({ position: 60, duration: 600, state: PlayerState.PLAYING }));
  return { playbackSession, calls, answers };
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
    answers.heartbeat = refusal("SESSION_ENDED", Code.FailedPrecondition);
    await vi.advanceTimersByTimeAsync(30_000);

    expect(playbackSession.snapshot()).toEqual({ phase: "ended", at: 60 });
    expect(calls.filter((call) => call.startsWith("beat"))).toHaveLength(1);
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
    answers.heartbeat = refusal("SESSION_ENDED", Code.FailedPrecondition);
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
    expect(calls).toEqual(["start t1", "stop elsewhere -", "start t1"]);
    playbackSession.leave();
  });
});
