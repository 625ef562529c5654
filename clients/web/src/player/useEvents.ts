import { useLocation } from "@tanstack/react-router";
import type { RefObject } from "react";
import { useEffect } from "react";

import { events } from "../events/events";
import type { Session } from "../gen/marquee/playback/v1/playback_pb";
import type { Engine } from "./engine";
import { isOnChannel } from "./place";
import { reportEvents } from "./playerEvents";

/** Reports playback events to the platform, with the recommendation decision that showed the title. */
export function useEvents(
  video: RefObject<HTMLVideoElement | null>,
  engine: RefObject<Engine | null>,
  session: Session | undefined,
): void {
  const decisionId = useLocation({ select: (location) => location.state.decisionId ?? "" });
  const { sessionId, subject } = session ?? {};
  const onChannel = session !== undefined && isOnChannel(session);
  useEffect(() => {
    if (!video.current || !subject || !sessionId) return;
    const source = {
      onChannel,
      read: () => ({ position: engine.current?.position, duration: engine.current?.duration }),
    };
    return reportEvents(video.current, source, { subject, sessionId, decisionId }, (event) => events.record(event));
  }, [video, engine, onChannel, subject, sessionId, decisionId]);
}
