import { createClient } from "@connectrpc/connect";
import { createConnectQueryKey } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from "react";

import { partingTransport, transport } from "../api/client";
import type { PlayableSubject } from "../api/subjects";
import { randomUuid } from "../api/uuid";
import { PlaybackService } from "../gen/marquee/playback/v1/playback_service_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { durationOf } from "../format/time";
import { useBackOnline } from "../offline/useOnline";
import { useStrings } from "../strings/useStrings";
import { tasteChanged } from "../taste/tasteChanged";
import { browserName } from "./browser";
import { deviceCapabilities } from "./deviceCapabilities";
import type { PlaybackState, StopPosition } from "./playbackSession";
import { PlaybackSession } from "./playbackSession";

/** Returns a playback session for the lifetime of the component. It switches to another subject when that changes. */
export function usePlaybackSession(subject: PlayableSubject): [playbackSession: PlaybackSession, state: PlaybackState] {
  const strings = useStrings();
  const queries = useQueryClient();
  const [playbackSession] = useState(
    () =>
      new PlaybackSession({
        playback: createClient(PlaybackService, transport),
        playbackOnPageHide: createClient(PlaybackService, partingTransport),
        subject,
        deviceName: strings.player.device(browserName(navigator.userAgent)),
        capabilities: deviceCapabilities,
        newRequestId: randomUuid,
        onStopped: (stopPosition) =>
          void saveBookmark(stopPosition).finally(() => {
            const viewingKey = createConnectQueryKey({ schema: ViewingService, cardinality: undefined });
            void queries.invalidateQueries({ queryKey: viewingKey });
            void tasteChanged(queries);
          }),
      }),
  );
  useEffect(() => {
    const stop = () => playbackSession.stopOnPageHide();
    window.addEventListener("pagehide", stop);
    playbackSession.enter();
    return () => {
      window.removeEventListener("pagehide", stop);
      playbackSession.leave();
    };
  }, [playbackSession]);
  const { value: subjectId } = subject.id;
  const switchTo = useEffectEvent(() => void playbackSession.switchTo(subject));
  const startedId = useRef(subjectId);
  useEffect(() => {
    if (startedId.current === subjectId) return;
    startedId.current = subjectId;
    switchTo();
  }, [subjectId]);
  useBackOnline(() => void playbackSession.reconnect());
  return [playbackSession, useSyncExternalStore(playbackSession.subscribe, playbackSession.snapshot)];
}

/**
 * Saves the position at which the playback session stopped. The platform also gets it from the session, but later. This
 * response contains a consistency token, so the next home includes the position.
 */
async function saveBookmark({ subject, position, duration }: StopPosition): Promise<void> {
  if (position <= 0 || duration <= 0) return;
  await createClient(ViewingService, transport)
    .saveBookmark({
      subject,
      position: durationOf(Math.min(position, duration)),
      duration: durationOf(duration),
    })
    .catch(() => undefined);
}
