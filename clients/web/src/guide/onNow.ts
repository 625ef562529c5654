import { useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";
import { useMemo } from "react";

import { retryAfterFailure } from "../api/queries";
import type { Channel, OnNow } from "../gen/marquee/epg/v1/epg_pb";
import { EpgService } from "../gen/marquee/epg/v1/epg_service_pb";
import { CHANNELS_PER_PAGE } from "./guideQueries";
import { isRunning } from "./guideTime";
import type { ScheduledProgramme } from "./schedule";
import { scheduled } from "./schedule";

/** What is on now is loaded again after this time. */
const ON_NOW_LIFETIME_MS = 60_000;

/** Returns what a page of channels shows now and next, by the ids of the channels. */
export function useOnNow(channels: readonly Channel[], isEnabled = true) {
  const channelIds = channels.map(({ channelId }) => channelId);
  const { data, isError, refetch } = useQuery(
    EpgService.method.listOnNow,
    isEnabled && channelIds.length > 0 ? { filter: { channelIds }, pageSize: CHANNELS_PER_PAGE } : skipToken,
    {
      staleTime: ON_NOW_LIFETIME_MS,
      refetchInterval: ({ state }) => (state.status === "error" ? retryAfterFailure(state) : ON_NOW_LIFETIME_MS),
    },
  );
  const byChannel = useMemo(() => new Map(data?.channels.map((each) => [each.channelId, each])), [data]);
  return { byChannel, isLoaded: data !== undefined, isFailed: isError && !data, refetch };
}

/** Returns what is on and what follows, also if the response is older than the end of a programme. */
export function currentAndNext(
  onNow: OnNow,
  now: number,
): { current: ScheduledProgramme | undefined; next: ScheduledProgramme | undefined } {
  const [loadedNow, loadedNext] = [scheduled(onNow.now), scheduled(onNow.next)];
  const current = [loadedNow, loadedNext].find((each) => each && isRunning(each, now));
  return { current, next: loadedNext === current ? undefined : loadedNext };
}
