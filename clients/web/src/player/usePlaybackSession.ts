import { createClient } from "@connectrpc/connect";
import { createConnectQueryKey } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";

import { partingTransport, transport } from "../api/client";
import { episodeSubject, titleSubject } from "../api/subjects";
import { randomUuid } from "../api/uuid";
import { PlaybackService } from "../gen/marquee/playback/v1/playback_service_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { durationOf } from "../format/time";
import { useBackOnline } from "../offline/useOnline";
import { useStrings } from "../strings/useStrings";
import { tasteChanged } from "../taste/tasteChanged";
import { browserName } from "./browser";
import { deviceCapabilities } from "./deviceCapabilities";
import type { Place, PlaybackState } from "./playbackSession";
import { PlaybackSession } from "./playbackSession";

/** A playback session that lives as long as the component. Another title or episode wants another component. */
export function usePlaybackSession(
  titleId: string,
  episodeId: string,
): [playbackSession: PlaybackSession, state: PlaybackState] {
  const strings = useStrings();
  const queries = useQueryClient();
  const [playbackSession] = useState(
    () =>
      new PlaybackSession({
        playback: createClient(PlaybackService, transport),
        parting: createClient(PlaybackService, partingTransport),
        subject: episodeId ? episodeSubject(episodeId) : titleSubject(titleId),
        deviceName: strings.player.device(browserName(navigator.userAgent)),
        capabilities: deviceCapabilities,
        newRequestId: randomUuid,
        onStopped: (place) =>
          void remember(place).finally(() => {
            const bookmarks = createConnectQueryKey({ schema: ViewingService, cardinality: undefined });
            void queries.invalidateQueries({ queryKey: bookmarks });
            void tasteChanged(queries);
          }),
      }),
  );
  useEffect(() => {
    const part = () => playbackSession.part();
    window.addEventListener("pagehide", part);
    playbackSession.enter();
    return () => {
      window.removeEventListener("pagehide", part);
      playbackSession.leave();
    };
  }, [playbackSession]);
  useBackOnline(() => void playbackSession.reconnect());
  return [playbackSession, useSyncExternalStore(playbackSession.subscribe, playbackSession.snapshot)];
}

/**
 * Saves where the playback session stopped. The platform learns it from the session too, but a moment later: the answer to this
 * names the write, so that the next home has it.
 */
async function remember({ subject, position, duration }: Place): Promise<void> {
  if (position <= 0 || duration <= 0) return;
  await createClient(ViewingService, transport)
    .saveBookmark({
      subject,
      position: durationOf(Math.min(position, duration)),
      duration: durationOf(duration),
    })
    .catch(() => undefined);
}
