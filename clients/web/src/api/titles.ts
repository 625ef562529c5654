import { create } from "@bufbuild/protobuf";
import { createConnectQueryKey, createQueryOptions, useQuery, useTransport } from "@connectrpc/connect-query";
import type { QueryClient, UseQueryResult } from "@tanstack/react-query";
import { skipToken, useQueries, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { BatchGetTitlesResponse } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { BatchGetTitlesResponseSchema, CatalogService, TitleOrder } from "../gen/marquee/catalog/v1/catalog_service_pb";

export interface TitlesById {
  byId: ReadonlyMap<string, Title>;
  /** Whether what is not among them cannot be had. */
  complete: boolean;
  error: unknown;
  retry: () => unknown;
}

/** Titles by their ids, as they stand in lists; asked for once `wanted`. What is known already is there at once. */
export function useTitles(titleIds: readonly string[], wanted = true): TitlesById {
  const queries = useQueryClient();
  const ask = wanted && titleIds.length > 0;
  const answer = useQuery(
    CatalogService.method.batchGetTitles,
    ask ? { titleIds: titleIds.slice(0, 100) } : skipToken,
    { placeholderData: () => known(queries, titleIds) },
  );
  const byId = useMemo(() => new Map(answer.data?.titles.map((title) => [title.titleId, title])), [answer.data]);
  return { byId, complete: answer.isSuccess && !answer.isPlaceholderData, error: answer.error, retry: answer.refetch };
}

/** What other lists have brought of these titles. */
function known(queries: QueryClient, titleIds: readonly string[]): BatchGetTitlesResponse | undefined {
  const queryKey = createConnectQueryKey({ schema: CatalogService.method.batchGetTitles, cardinality: "finite" });
  const answers = queries.getQueriesData<BatchGetTitlesResponse>({ queryKey });
  const all = new Map(answers.flatMap(([, answer]) => answer?.titles ?? []).map((title) => [title.titleId, title]));
  const titles = titleIds.flatMap((titleId) => all.get(titleId) ?? []);
  return titles.length > 0 ? create(BatchGetTitlesResponseSchema, { titles }) : undefined;
}

/** As many titles as fill a home. */
const MOST_POPULAR = 48;

/** What is popular in the catalogue: the one fallback for a home. */
export function usePopularTitles() {
  return useQuery(CatalogService.method.listTitles, { order: TitleOrder.POPULARITY, pageSize: MOST_POPULAR });
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
