import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Code } from "@connectrpc/connect";
import { ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";

import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";
import type { PlayableSubject } from "../api/subjects";
import { titleSubject } from "../api/subjects";
import type { HeartbeatRequest, HeartbeatResponseSchema } from "../gen/marquee/playback/v1/playback_service_pb";
import type { EndReason } from "../gen/marquee/playback/v1/playback_pb";
import { PlayerState, SessionKind } from "../gen/marquee/playback/v1/playback_pb";
import { PlaybackService } from "../gen/marquee/playback/v1/playback_service_pb";
import { PlaybackSession } from "./playbackSession";

/** Returns the error of playback with a reason. */
export function connectError(reason: string, code: Code): ConnectError {
  return new ConnectError(reason, code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: "playback.marquee" } },
  ]);
}

type HeartbeatReply = MessageInitShape<typeof HeartbeatResponseSchema>;

/** Returns the heartbeat response for a session that ended. */
export function endedReply(reason: EndReason): HeartbeatReply {
  return { instructions: [{ instruction: { case: "ended", value: { reason } } }] };
}

/** Returns the seconds of a place, after the word `liveTime` if it is on a channel. */
function timeOf({ case: kind, value }: HeartbeatRequest["place"]): string {
  return value ? `${kind === "liveTime" ? "liveTime " : ""}${value.seconds}` : "-";
}

/** Returns a playback session with a fake playback service, which records its calls. */
export function fakePlayback(subject: PlayableSubject = titleSubject("t1")) {
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
