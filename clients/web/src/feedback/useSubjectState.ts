import { createConnectQueryKey, useQuery } from "@connectrpc/connect-query";
import type { QueryClient } from "@tanstack/react-query";

import { titleSubject } from "../api/subjects";
import type { SubjectState } from "../gen/marquee/viewing/v1/viewing_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";

/** Returns the profile's state of a title. All buttons that show it share one call. */
export function useSubjectState(titleId: string): SubjectState | undefined {
  const states = useQuery(ViewingService.method.batchGetSubjectStates, { subjects: [titleSubject(titleId)] });
  return states.data?.states[0];
}

/** Refetches the state of the subject for the profile. */
export function renewSubjectStates(queries: QueryClient): Promise<void> {
  return queries.invalidateQueries({
    queryKey: createConnectQueryKey({ schema: ViewingService.method.batchGetSubjectStates, cardinality: undefined }),
  });
}
