import { createConnectQueryKey } from "@connectrpc/connect-query";
import type { QueryClient } from "@tanstack/react-query";

import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_pb";

const queryKey = createConnectQueryKey({ schema: RecommendationService.method.getHome, cardinality: "infinite" });

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
