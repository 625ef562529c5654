import { createClient } from "@connectrpc/connect";
import { createConnectQueryKey } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";

import { partingTransport, transport } from "../api/client";
import { PlaybackService } from "../gen/marquee/playback/v1/playback_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_pb";
import { useStrings } from "../strings/useStrings";
import { browserName } from "./browser";
import type { ViewingState } from "./viewing";
import { Viewing } from "./viewing";

/** The place of a session reaches the bookmarks as an event, a moment after the session was stopped. */
const EVENT_MS = 900;

/** A viewing that lives as long as the component. Another title or episode wants another component. */
export function useViewing(titleId: string, episodeId: string): [viewing: Viewing, state: ViewingState] {
  const strings = useStrings();
  const queries = useQueryClient();
  const [viewing] = useState(
    () =>
      new Viewing({
        playback: createClient(PlaybackService, transport),
        parting: createClient(PlaybackService, partingTransport),
        titleId,
        episodeId,
        deviceName: strings.player.device(browserName(navigator.userAgent)),
        newRequestId: requestId,
        onStopped: () => {
          const queryKey = createConnectQueryKey({ schema: ViewingService, cardinality: undefined });
          window.setTimeout(() => void queries.invalidateQueries({ queryKey }), EVENT_MS);
        },
      }),
  );
  useEffect(() => {
    const part = () => viewing.part();
    window.addEventListener("pagehide", part);
    viewing.enter();
    return () => {
      window.removeEventListener("pagehide", part);
      viewing.leave();
    };
  }, [viewing]);
  return [viewing, useSyncExternalStore(viewing.subscribe, viewing.snapshot)];
}

/** A random UUID, also over plain http, where browsers have no `crypto.randomUUID`. */
function requestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
