import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData, skipToken } from "@tanstack/react-query";
import { useMemo } from "react";

import { EpgService } from "../gen/marquee/epg/v1/epg_service_pb";
import type { ScheduledProgramme } from "./schedule";
import { scheduled } from "./schedule";

const PROGRAMMES = 20;

/** Returns the channels and programmes that match words; empty while nothing is searched, and if the search fails. */
export function useGuideSearch(query: string) {
  const words = query.trim();
  const { data, isPlaceholderData, isLoading } = useQuery(
    EpgService.method.searchGuide,
    words ? { query: words, pageSize: PROGRAMMES } : skipToken,
    // The other results of a search do not depend on the guide, so a failure is not shown.
    { placeholderData: keepPreviousData, retry: false },
  );
  return useMemo(() => {
    const found = words ? data : undefined;
    const channels = [...(found?.channels ?? []), ...(found?.programmeChannels ?? [])];
    return {
      channels: found?.channels ?? [],
      programmes: withoutRepeats(found?.programmes.flatMap((each) => scheduled(each) ?? []) ?? []),
      channelNames: new Map(channels.map((each) => [each.channelId, each.displayName])),
      isSettled: !isLoading && !isPlaceholderData,
    };
  }, [words, data, isLoading, isPlaceholderData]);
}

/** Returns the first airing of each film and each episode. */
function withoutRepeats(programmes: readonly ScheduledProgramme[]): ScheduledProgramme[] {
  const byName = new Map<string, ScheduledProgramme>();
  for (const each of programmes) {
    const { displayName, episodeDisplayName } = each.programme;
    const name = JSON.stringify([displayName, episodeDisplayName]);
    if (!byName.has(name)) byName.set(name, each);
  }
  return [...byName.values()];
}
