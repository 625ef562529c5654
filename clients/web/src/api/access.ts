import { createQueryOptions, useQuery, useTransport } from "@connectrpc/connect-query";
import type { UseQueryResult } from "@tanstack/react-query";
import { useQueries } from "@tanstack/react-query";

import type { AccessDecision } from "../gen/marquee/entitlement/v1/entitlement_pb";
import type { BatchCheckAccessResponse } from "../gen/marquee/entitlement/v1/entitlement_service_pb";
import { EntitlementService } from "../gen/marquee/entitlement/v1/entitlement_service_pb";
import { titleIdOf, titleSubject } from "./subjects";

/** The decisions on titles, by the title's id. */
export type Decisions = ReadonlyMap<string, AccessDecision>;

/** The decisions on the titles of a list: one call a page, whatever the number of tiles. */
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

/** The decision on one title. */
export function useTitleAccess(titleId: string): AccessDecision | undefined {
  return useQuery(EntitlementService.method.checkAccess, { subject: titleSubject(titleId) }).data?.decision;
}

function byTitle(answers: UseQueryResult<BatchCheckAccessResponse>[]): Decisions {
  const decisions = answers.flatMap((answer) => answer.data?.decisions ?? []);
  return new Map(decisions.map((decision) => [titleIdOf(decision.subject), decision]));
}
