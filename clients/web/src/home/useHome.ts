import { useInfiniteQuery } from "@connectrpc/connect-query";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";

import type { Item, Rail } from "../gen/marquee/recommendation/v1/recommendation_pb";
import type { GetHomeResponse } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { Degradation } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { hidden } from "../feedback/hidden";
import { homeLeft, homeTurnedTo, isFallback } from "./homeQuery";
import { useReturn } from "./useOwnHome";

/** How much less a home is than it should be. */
export type DegradedState = "none" | "simpler" | "popular";

/** The viewer's home, page by page. */
export function useHome() {
  const queries = useQueryClient();
  const answer = useInfiniteQuery(
    RecommendationService.method.getHome,
    { pageToken: "" },
    {
      pageParamKey: "pageToken",
      getNextPageParam: (last) => last.nextPageToken || undefined,
      staleTime: ({ state }) => lifeOf(state.data?.pages[0], state.dataUpdatedAt),
      // There is something else to show at once, and the return of the viewer's own home is asked for apart.
      retry: false,
      refetchInterval: false,
    },
  );
  const pages = answer.data?.pages;
  const home = useMemo(() => (pages ? joined(pages) : undefined), [pages]);
  const decisionId = home?.decisionId;
  useEffect(() => {
    if (decisionId) hidden.renewed(decisionId);
  }, [decisionId]);
  useEffect(
    () => () => {
      // The observer of this page is removed only after this clean-up.
      setTimeout(() => void homeLeft(queries));
    },
    [queries],
  );
  useEffect(() => {
    const turned = () => void homeTurnedTo(queries);
    document.addEventListener("visibilitychange", turned);
    return () => document.removeEventListener("visibilitychange", turned);
  }, [queries]);
  // A fresh platform may not have loaded its titles yet.
  const isEmpty = home?.rails.length === 0 && !answer.hasNextPage;
  const fallback = home ? isEmpty || home.degradedState === "popular" : answer.isError;
  const since = answer.dataUpdatedAt || answer.errorUpdatedAt;
  const showOwn = useReturn(fallback ? { since, life: lifeOf(pages?.[0], since) } : undefined);
  return { ...answer, home: isEmpty ? undefined : home, isMissing: isEmpty || answer.isError, showOwn };
}

export interface WholeHome {
  decisionId: string;
  hero: Item | undefined;
  rails: Rail[];
  degradedState: DegradedState;
}

/** The pages of a home as one. */
export function joined(pages: readonly GetHomeResponse[]): WholeHome {
  const [first] = pages;
  return {
    decisionId: first?.decisionId ?? "",
    hero: first?.home?.hero,
    rails: pages.flatMap((page) => page.home?.rails ?? []),
    degradedState: degradedStateOf(pages.flatMap((page) => page.degradations)),
  };
}

/** For how long a home is good, in milliseconds. */
function lifeOf(page: GetHomeResponse | undefined, asked: number): number {
  if (!page) return 0;
  return page.expireTime ? Math.max(0, timestampMs(page.expireTime) - asked) : 60_000;
}

function degradedStateOf(degradations: readonly Degradation[]): DegradedState {
  if (isFallback(degradations)) return "popular";
  return degradations.includes(Degradation.NO_VECTORS) ? "simpler" : "none";
}
