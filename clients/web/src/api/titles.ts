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
  /** Whether the platform has responded. A title that is still missing is not available. */
  complete: boolean;
  error: unknown;
  retry: () => unknown;
}

/** Returns titles by id. It makes the call only if `enabled`, and returns the titles of other lists meanwhile. */
export function useTitles(titleIds: readonly string[], enabled = true): TitlesById {
  const queries = useQueryClient();
  const shouldFetch = enabled && titleIds.length > 0;
  const response = useQuery(
    CatalogService.method.batchGetTitles,
    shouldFetch ? { titleIds: titleIds.slice(0, 100) } : skipToken,
    { placeholderData: () => findCachedTitles(queries, titleIds) },
  );
  const byId = useMemo(() => new Map(response.data?.titles.map((title) => [title.titleId, title])), [response.data]);
  return {
    byId,
    complete: response.isSuccess && !response.isPlaceholderData,
    error: response.error,
    retry: response.refetch,
  };
}

/** Returns those of the titles that other lists have already loaded. */
function findCachedTitles(queries: QueryClient, titleIds: readonly string[]): BatchGetTitlesResponse | undefined {
  const queryKey = createConnectQueryKey({ schema: CatalogService.method.batchGetTitles, cardinality: "finite" });
  const responses = queries.getQueriesData<BatchGetTitlesResponse>({ queryKey });
  const cachedById = new Map(
    responses.flatMap(([, response]) => response?.titles ?? []).map((title) => [title.titleId, title]),
  );
  const titles = titleIds.flatMap((titleId) => cachedById.get(titleId) ?? []);
  return titles.length > 0 ? create(BatchGetTitlesResponseSchema, { titles }) : undefined;
}

/** The number of titles that fills a home. */
const POPULAR_COUNT = 48;

/** Returns the popular titles of the catalogue: the only fallback for a home. */
export function usePopularTitles() {
  return useQuery(CatalogService.method.listTitles, { order: TitleOrder.POPULARITY, pageSize: POPULAR_COUNT });
}

/** Returns the titles of a list that is loaded page by page. It makes one call for each page. */
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

function byTitle(responses: UseQueryResult<BatchGetTitlesResponse>[]): ReadonlyMap<string, Title> {
  return new Map(responses.flatMap((response) => response.data?.titles ?? []).map((title) => [title.titleId, title]));
}
