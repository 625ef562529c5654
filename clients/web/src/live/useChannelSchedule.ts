import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";
import { useMemo } from "react";

import { EpgService } from "../gen/marquee/epg/v1/epg_service_pb";
import { BLOCK } from "../guide/guideTime";
import type { ScheduledProgramme } from "../guide/schedule";
import { scheduled } from "../guide/schedule";

/** The schedule is loaded again after this time, because it may change while it is on air. */
const LIFETIME_MS = 120_000;

const NOTHING: readonly ScheduledProgramme[] = [];

/** Returns the programmes of a channel around a time, from some hours before it; empty while they are not loaded. */
export function useChannelSchedule(channelId: string, time: number): readonly ScheduledProgramme[] {
  const block = Math.floor(time / BLOCK);
  const { data } = useQuery(
    EpgService.method.getGuide,
    channelId
      ? {
          startTime: timestampFromMs((block - 1) * BLOCK),
          endTime: timestampFromMs((block + 2) * BLOCK),
          filter: { channelIds: [channelId] },
        }
      : skipToken,
    { staleTime: LIFETIME_MS, refetchInterval: LIFETIME_MS },
  );
  return useMemo(
    () => data?.schedules[0]?.programmes.flatMap((programme) => scheduled(programme) ?? []) ?? NOTHING,
    [data],
  );
}
