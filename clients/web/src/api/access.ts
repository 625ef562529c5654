import { createQueryOptions, useQuery, useTransport } from "@connectrpc/connect-query";
import type { UseQueryResult } from "@tanstack/react-query";
import { useQueries } from "@tanstack/react-query";

import type { AccessDecision } from "../gen/marquee/entitlement/v1/entitlement_pb";
import type { BatchCheckAccessResponse } from "../gen/marquee/entitlement/v1/entitlement_service_pb";
import { EntitlementService } from "../gen/marquee/entitlement/v1/entitlement_service_pb";
import { titleIdOf, titleSubject } from "./subjects";

/** The access decisions on titles, by the title's id. */
export type Decisions = ReadonlyMap<string, AccessDecision>;

/** Returns the decisions on the titles of a list. It makes one call for each page, not one for each title. */
export function useAccess(pages: readonly (readonly string[])[]): Decisions {
  const transport = useTransport();
  return useQueries({
    queries: pages
      .filter((titleIds) => titleIds.length > 0)
      .map((titleIds) =>
        createQueryOptions(
          EntitlementService.method.batchCheckAccess,
          { subjects: titleIds.map(titleSubject) },
          { transport },
        ),
      ),
    combine: byTitle,
  });
}

/** Returns the decision on one title. */
export function useTitleAccess(titleId: string): AccessDecision | undefined {
  return useQuery(EntitlementService.method.checkAccess, { subject: titleSubject(titleId) }).data?.decision;
}

function byTitle(results: UseQueryResult<BatchCheckAccessResponse>[]): Decisions {
  const decisions = results.flatMap((result) => result.data?.decisions ?? []);
  return new Map(decisions.map((decision) => [titleIdOf(decision.subject), decision]));
}
