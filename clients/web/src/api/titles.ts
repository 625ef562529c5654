import { createQueryOptions, useQuery, useTransport } from "@connectrpc/connect-query";
import type { UseQueryResult } from "@tanstack/react-query";
import { keepPreviousData, skipToken, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";

import type { BatchGetTitlesResponse, Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_pb";

export interface TitlesById {
  byId: ReadonlyMap<string, Title>;
  /** Whether what is not among them cannot be had. */
  complete: boolean;
  error: unknown;
  retry: () => unknown;
}

/** Titles by their ids, as they stand in lists; asked for once `wanted`. Those known before stay while ids change. */
export function useTitles(titleIds: readonly string[], wanted = true): TitlesById {
  const ask = wanted && titleIds.length > 0;
  const answer = useQuery(
    CatalogService.method.batchGetTitles,
    ask ? { titleIds: titleIds.slice(0, 100) } : skipToken,
    { placeholderData: keepPreviousData },
  );
  const byId = useMemo(() => new Map(answer.data?.titles.map((title) => [title.titleId, title])), [answer.data]);
  return { byId, complete: answer.isSuccess && !answer.isPlaceholderData, error: answer.error, retry: answer.refetch };
}

/** Titles of a list that is known page by page: one call a page. */
export function useTitlePages(pages: readonly (readonly string[])[]): ReadonlyMap<string, Title> {
  const transport = useTransport();
  return useQueries({
    queries: pages
      .filter((titleIds) => titleIds.length > 0)
      .map((titleIds) =>
        createQueryOptions(CatalogService.method.batchGetTitles, { titleIds: [...titleIds] }, { transport }),
      ),
    combine: byTitle,
  });
}

function byTitle(answers: UseQueryResult<BatchGetTitlesResponse>[]): ReadonlyMap<string, Title> {
  return new Map(answers.flatMap((answer) => answer.data?.titles ?? []).map((title) => [title.titleId, title]));
}
