import type { QueryState } from "@tanstack/react-query";
import { QueryClient } from "@tanstack/react-query";

import { isPassing, problemOf } from "./problem";

/** The delay in milliseconds before the app repeats a failed query. It doubles each time, up to the longest. */
const FAILED_RETRY_MS = { first: 5_000, longest: 60_000 };

/** Returns the delay before a query with a temporary failure is repeated; false for all other queries. */
export function retryAfterFailure({
  status,
  error,
  errorUpdateCount,
}: Pick<QueryState<unknown, unknown>, "status" | "error" | "errorUpdateCount">): number | false {
  if (status !== "error" || !isPassing(problemOf(error))) return false;
  return Math.min(FAILED_RETRY_MS.longest, FAILED_RETRY_MS.first * 2 ** (errorUpdateCount - 1));
}

/** The cache of responses. The session clears it when another account or profile takes over. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < 2 && isPassing(problemOf(error)),
      retryDelay: (attempt) => 400 * 2 ** attempt,
      refetchInterval: ({ state }) => retryAfterFailure(state),
    },
  },
});
