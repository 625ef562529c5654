import { useLocation } from "@tanstack/react-router";
import type { RefObject } from "react";
import { useEffect } from "react";

import { events } from "../events/events";
import type { Session } from "../gen/marquee/playback/v1/playback_pb";
import { reportEvents } from "./playerEvents";

/** Reports playback events to the platform, with the recommendation decision that showed the title. */
export function useEvents(video: RefObject<HTMLVideoElement | null>, session: Session): void {
  const decisionId = useLocation({ select: (location) => location.state.decisionId ?? "" });
  const { sessionId, subject } = session;
  useEffect(() => {
    if (!video.current || !subject) return;
    return reportEvents(video.current, { subject, sessionId, decisionId }, (event) => events.record(event));
  }, [video, subject, sessionId, decisionId]);
}
