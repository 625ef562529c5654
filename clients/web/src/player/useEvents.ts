import { useLocation } from "@tanstack/react-router";
import type { RefObject } from "react";
import { useEffect } from "react";

import { events } from "../events/events";
import type { Session } from "../gen/marquee/playback/v1/playback_pb";
import { reportEvents } from "./playerEvents";

/** Tells the platform what happens to the picture, and by which decision it came on the screen. */
export function useEvents(video: RefObject<HTMLVideoElement | null>, session: Session): void {
  const decisionId = useLocation({ select: (location) => location.state.decisionId ?? "" });
  const { sessionId, subject } = session;
  useEffect(() => {
    if (!video.current || !subject) return;
    return reportEvents(video.current, { subject, sessionId, decisionId }, (event) => events.tell(event));
  }, [video, subject, sessionId, decisionId]);
}
