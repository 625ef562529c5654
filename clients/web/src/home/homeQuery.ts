import { createConnectQueryKey } from "@connectrpc/connect-query";
import type { InfiniteData, QueryClient } from "@tanstack/react-query";

import type { GetHomeResponse } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { Degradation } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";

const queryKey = createConnectQueryKey({ schema: RecommendationService.method.getHome, cardinality: "infinite" });

/** How long to wait at least, and at most, until a fallback home is asked to make way, in milliseconds. */
const AGAIN_MS = { least: 2_000, most: 60_000 };
const FALLBACKS = [Degradation.NO_SIGNALS, Degradation.POPULAR_ONLY, Degradation.NO_TITLES];

/**
 * Says that the viewer did something that the next home takes into account.
 *
 * A home that is being looked at stays as it is: what somebody points at must not move. It is renewed while it is out
 * of sight.
 */
export function homeChanged(queries: QueryClient): Promise<void> {
  return queries.invalidateQueries({ queryKey, refetchType: "inactive" });
}

/** Renews a home that was left, if anything changed since it was asked for. */
export function homeLeft(queries: QueryClient): Promise<void> {
  return queries.refetchQueries({ queryKey, type: "inactive", predicate: (query) => query.isStale() });
}

/** Renews the home before the viewer's eyes, because they asked for it. */
export function renewHome(queries: QueryClient): Promise<void> {
  return queries.invalidateQueries({ queryKey, refetchType: "all" });
}

/** Renews a home that has had its time, as its tab goes out of sight or comes back. */
export function homeTurnedTo(queries: QueryClient): Promise<void> {
  return queries.refetchQueries({ queryKey, type: "active", predicate: (query) => query.isStale() });
}

/** Shows a home that was asked for apart, from its first page on. */
export function showHome(queries: QueryClient, home: GetHomeResponse): void {
  queries.setQueriesData<InfiniteData<GetHomeResponse, string>>({ queryKey }, { pages: [home], pageParams: [""] });
}

/** Whether a home is the viewer's own. On a fresh platform it may be empty, before recommendation has any titles. */
export function isOwn({ home, degradations }: GetHomeResponse): boolean {
  return !isFallback(degradations) && home !== undefined && home.rails.length > 0;
}

/** Whether a home is not the viewer's own, but what there is for everybody. */
export function isFallback(degradations: readonly Degradation[]): boolean {
  return degradations.some((each) => FALLBACKS.includes(each));
}

/** When to ask again for the viewer's own home: once the fallback has had its time, and less often each time. */
export function againAfter(life: number, tries: number): number {
  return Math.min(AGAIN_MS.most, Math.max(AGAIN_MS.least, life) * 2 ** Math.min(tries, 6));
}
