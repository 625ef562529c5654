import { useInfiniteQuery } from "@connectrpc/connect-query";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";

import type { Item, Rail } from "../gen/marquee/recommendation/v1/recommendation_pb";
import type { GetHomeResponse } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { Degradation } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { hidden } from "../feedback/hidden";
import { homeLeft, homeVisibilityChanged, isFallback } from "./homeQuery";
import { useOwnHome } from "./useOwnHome";

/** How a home is degraded: simpler recommendations, or popular titles only. */
export type DegradedState = "none" | "simpler" | "popular";

/** Returns the viewer's home and requests its pages. */
export function useHome() {
  const queries = useQueryClient();
  const homeQuery = useInfiniteQuery(
    RecommendationService.method.getHome,
    { pageToken: "" },
    {
      pageParamKey: "pageToken",
      getNextPageParam: (last) => last.nextPageToken || undefined,
      staleTime: ({ state }) => lifetimeOf(state.data?.pages[0], state.dataUpdatedAt),
      // The page shows popular titles at once, and `useOwnHome` requests the viewer's own home again.
      retry: false,
      refetchInterval: false,
    },
  );
  const pages = homeQuery.data?.pages;
  const home = useMemo(() => (pages ? joinPages(pages) : undefined), [pages]);
  const decisionId = home?.decisionId;
  useEffect(() => {
    if (decisionId) hidden.renewed(decisionId);
  }, [decisionId]);
  useEffect(
    () => () => {
      // The query observer of this page is removed only after this clean-up.
      setTimeout(() => void homeLeft(queries));
    },
    [queries],
  );
  useEffect(() => {
    const onVisibilityChange = () => void homeVisibilityChanged(queries);
    document.addEventListener("visibilitychange", onVisibilityChange);
    return () => document.removeEventListener("visibilitychange", onVisibilityChange);
  }, [queries]);
  // A new platform may not have loaded its titles yet.
  const isEmpty = home?.rails.length === 0 && !homeQuery.hasNextPage;
  const isFallbackShown = home ? isEmpty || home.degradedState === "popular" : homeQuery.isError;
  const shownSince = homeQuery.dataUpdatedAt || homeQuery.errorUpdatedAt;
  const showOwn = useOwnHome(
    isFallbackShown ? { since: shownSince, lifetime: lifetimeOf(pages?.[0], shownSince) } : undefined,
  );
  return { ...homeQuery, home: isEmpty ? undefined : home, isMissing: isEmpty || homeQuery.isError, showOwn };
}

export interface WholeHome {
  decisionId: string;
  hero: Item | undefined;
  rails: Rail[];
  degradedState: DegradedState;
}

/** Returns the pages of a home as one home. */
export function joinPages(pages: readonly GetHomeResponse[]): WholeHome {
  const [first] = pages;
  return {
    decisionId: first?.decisionId ?? "",
    hero: first?.home?.hero,
    rails: pages.flatMap((page) => page.home?.rails ?? []),
    degradedState: degradedStateOf(pages.flatMap((page) => page.degradations)),
  };
}

/** Returns for how long a home is fresh, in milliseconds. */
function lifetimeOf(page: GetHomeResponse | undefined, requestedAt: number): number {
  if (!page) return 0;
  return page.expireTime ? Math.max(0, timestampMs(page.expireTime) - requestedAt) : 60_000;
}

function degradedStateOf(degradations: readonly Degradation[]): DegradedState {
  if (isFallback(degradations)) return "popular";
  return degradations.includes(Degradation.NO_VECTORS) ? "simpler" : "none";
}
