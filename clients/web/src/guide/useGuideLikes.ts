import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createQueryOptions, useTransport } from "@connectrpc/connect-query";
import type { UseQueryResult } from "@tanstack/react-query";
import { useQueries } from "@tanstack/react-query";
import { createContext } from "react";

import type { ListGuideBadgesResponse } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import type { GuideParts } from "./guideQueries";
import { spanOfBlock } from "./guideTime";

/** Badges are loaded again after this time, because they follow what the viewer watches. */
const LIFETIME_MS = 600_000;

/** The programmes that the viewer would like, with the reasons, by id. */
export type GuideLikes = ReadonlyMap<string, string>;

/** The programmes of the grid around a component that the viewer would like. */
export const GuideLikesContext = createContext<GuideLikes>(new Map());

/** Returns which programmes of parts of the guide the viewer would like. Without an answer there are none. */
export function useGuideLikes(pages: readonly string[][], parts: GuideParts, isEnabled: boolean): GuideLikes {
  const transport = useTransport();
  const [first, last] = [parts.blocks[0], parts.blocks.at(-1)];
  return useQueries({
    queries: parts.pages.flatMap((page) => {
      const channelIds = pages[page];
      if (!channelIds || first === undefined || last === undefined) return [];
      const window = {
        channelIds,
        startTime: timestampFromMs(spanOfBlock(first).start),
        endTime: timestampFromMs(spanOfBlock(last).end),
      };
      return [
        {
          ...createQueryOptions(RecommendationService.method.listGuideBadges, { window }, { transport }),
          enabled: isEnabled,
          staleTime: LIFETIME_MS,
          retry: false,
        },
      ];
    }),
    combine: likesOf,
  });
}

function likesOf(results: UseQueryResult<ListGuideBadgesResponse>[]): GuideLikes {
  const badges = results.flatMap(({ data }) => data?.programmes ?? []);
  return new Map(badges.map(({ subject, explanation }) => [subject?.id.value ?? "", explanation?.sentence ?? ""]));
}
