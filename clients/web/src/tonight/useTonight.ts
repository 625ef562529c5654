import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";
import { useMemo } from "react";

import { titleIdOf } from "../api/subjects";
import { useTitles } from "../api/titles";
import { EpgService } from "../gen/marquee/epg/v1/epg_service_pb";
import type { GetTonightResponse } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import type { Subject } from "../gen/marquee/type/v1/type_pb";

const SHORTEST_MS = 60_000;

/** Returns what suits the viewer tonight, with the titles, programmes and channels of the cards. */
export function useTonight() {
  const { data, isPending } = useQuery(
    RecommendationService.method.getTonight,
    {},
    {
      staleTime: ({ state }) => lifetimeOf(state.data, state.dataUpdatedAt),
      refetchInterval: ({ state }) => (state.data ? lifetimeOf(state.data, state.dataUpdatedAt) : false),
      retry: false,
    },
  );
  const items = data?.items;
  const titleIds = useMemo(() => items?.map(({ subject }) => titleIdOf(subject)).filter(Boolean) ?? [], [items]);
  const programmeIds = useMemo(
    () =>
      [...new Set(items?.flatMap(({ ways }) => ways.map(({ subject }) => programmeIdOf(subject))) ?? [])].filter(
        Boolean,
      ),
    [items],
  );
  const titles = useTitles(titleIds);
  const found = useQuery(
    EpgService.method.batchGetProgrammes,
    programmeIds.length > 0 ? { programmeIds: programmeIds.slice(0, 200) } : skipToken,
  ).data;
  const programmes = useMemo(() => new Map(found?.programmes.map((each) => [each.programmeId, each])), [found]);
  const channels = useMemo(() => new Map(found?.channels.map((each) => [each.channelId, each])), [found]);
  return { items, isPending, titles: titles.byId, programmes, channels };
}

/** Returns the id of a programme; empty for subjects of other kinds. */
export function programmeIdOf(subject: Subject | undefined): string {
  return subject?.id.case === "programmeId" ? subject.id.value : "";
}

function lifetimeOf(response: GetTonightResponse | undefined, loadedAt: number): number {
  if (!response?.expireTime) return SHORTEST_MS;
  return Math.max(SHORTEST_MS, timestampMs(response.expireTime) - loadedAt);
}
