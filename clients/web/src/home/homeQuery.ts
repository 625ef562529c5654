import { createConnectQueryKey } from "@connectrpc/connect-query";
import type { InfiniteData, QueryClient } from "@tanstack/react-query";

import type { GetHomeResponse } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { Degradation } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";

const queryKey = createConnectQueryKey({ schema: RecommendationService.method.getHome, cardinality: "infinite" });

/** The shortest and the longest delay before the app requests the viewer's own home again, in milliseconds. */
const RETRY_MS = { min: 2_000, max: 60_000 };
const FALLBACKS = [Degradation.NO_SIGNALS, Degradation.POPULAR_ONLY, Degradation.NO_TITLES];

/**
 * Invalidates the home after the viewer did something that changes their recommendations.
 *
 * A home on the screen does not change, because a title that the viewer points at must not move. It is requested again
 * while it is not on the screen.
 */
export function homeChanged(queries: QueryClient): Promise<void> {
  return queries.invalidateQueries({ queryKey, refetchType: "inactive" });
}

/** Requests a home again that is no longer on the screen, if it is stale. */
export function homeLeft(queries: QueryClient): Promise<void> {
  return queries.refetchQueries({ queryKey, type: "inactive", predicate: (query) => query.isStale() });
}

/** Requests the home again although it is on the screen, because the viewer asked for that. */
export function renewHome(queries: QueryClient): Promise<void> {
  return queries.invalidateQueries({ queryKey, refetchType: "all" });
}

/** Requests a stale home again when its browser tab is hidden or shown. */
export function homeVisibilityChanged(queries: QueryClient): Promise<void> {
  return queries.refetchQueries({ queryKey, type: "active", predicate: (query) => query.isStale() });
}

/** Replaces the home on the screen by the first page of another home. */
export function showHome(queries: QueryClient, home: GetHomeResponse): void {
  queries.setQueriesData<InfiniteData<GetHomeResponse, string>>({ queryKey }, { pages: [home], pageParams: [""] });
}

/**
 * Returns whether a home is the viewer's own. An empty home is not: on a new platform, Recommendation has no titles
 * yet.
 */
export function isOwn({ home, degradations }: GetHomeResponse): boolean {
  return !isFallback(degradations) && home !== undefined && home.rails.length > 0;
}

/** Returns whether the degradations mean that a home is a fallback for all viewers. */
export function isFallback(degradations: readonly Degradation[]): boolean {
  return degradations.some((degradation) => FALLBACKS.includes(degradation));
}

/**
 * Returns the delay before the next request for the viewer's own home: the lifetime of the fallback, doubled with each
 * attempt.
 */
export function retryDelay(lifetime: number, attempts: number): number {
  return Math.min(RETRY_MS.max, Math.max(RETRY_MS.min, lifetime) * 2 ** Math.min(attempts, 6));
}
