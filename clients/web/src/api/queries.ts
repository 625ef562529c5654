import { QueryClient } from "@tanstack/react-query";

import { isPassing, problemOf } from "./problem";

/** What was asked lately. Emptied whenever somebody else starts watching. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 60_000,
      refetchOnWindowFocus: false,
      retry: (failures, refused) => failures < 2 && isPassing(problemOf(refused)),
      retryDelay: (attempt) => 400 * 2 ** attempt,
    },
  },
});
