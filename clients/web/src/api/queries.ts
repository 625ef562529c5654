import type { QueryState } from "@tanstack/react-query";
import { QueryClient } from "@tanstack/react-query";

import { isPassing, problemOf } from "./problem";

/** How soon a query that failed is tried again by itself, in milliseconds: less often each time. */
const FAILED_RETRY_MS = { first: 5_000, longest: 60_000 };

/** Returns when to repeat a query whose failure passes by itself; false for all others. */
export function retryAfterFailure({
  status,
  error,
  errorUpdateCount,
}: Pick<QueryState<unknown, unknown>, "status" | "error" | "errorUpdateCount">): number | false {
  if (status !== "error" || !isPassing(problemOf(error))) return false;
  return Math.min(FAILED_RETRY_MS.longest, FAILED_RETRY_MS.first * 2 ** (errorUpdateCount - 1));
}

/** The cache of responses. It is cleared when another account or profile takes over. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, refused) => failures < 2 && isPassing(problemOf(refused)),
      retryDelay: (attempt) => 400 * 2 ** attempt,
      refetchInterval: ({ state }) => retryAfterFailure(state),
    },
  },
});
