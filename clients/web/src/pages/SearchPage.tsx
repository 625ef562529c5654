import { useInfiniteQuery } from "@connectrpc/connect-query";
import { keepPreviousData, skipToken } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";

import { useAccess } from "../api/access";
import { EmptyMessage, ErrorMessage } from "../components/Messages";
import { MoreButton } from "../components/MoreButton";
import { PageTitle } from "../components/PageTitle";
import { SearchBox } from "../components/SearchBox";
import { PosterSkeletons } from "../components/Skeletons";
import { TitleCard } from "../components/TitleCard";
import { TitleGrid } from "../components/TitleGrid";
import type { SearchResult } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { CatalogService, MatchedField } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { recent } from "../search/recent";
import { RecentlyFound } from "../search/RecentlyFound";
import { SearchFilters } from "../search/SearchFilters";
import { Suggestions } from "../search/Suggestions";
import { useRecent } from "../search/useRecent";
import type { Strings } from "../strings";
import { useStrings } from "../strings/useStrings";
import { isFiltered, searchRequest } from "./searchSearch";

const route = getRouteApi("/viewer/shell/search");

/** Who stops typing for this long has said what they look for. */
const SETTLED_MS = 2_000;

/** Search as one types. The words and the filters are the page's address. */
export function SearchPage() {
  const strings = useStrings();
  const search = route.useSearch();
  const query = search.q?.trim() ?? "";
  // A newer search aborts the call of the one before it; meanwhile the old results stay in view.
  const found = useInfiniteQuery(
    CatalogService.method.searchTitles,
    query ? { ...searchRequest(search), pageSize: 36, pageToken: "" } : skipToken,
    {
      pageParamKey: "pageToken",
      getNextPageParam: (last) => last.nextPageToken || undefined,
      placeholderData: keepPreviousData,
    },
  );
  const pages = query ? found.data?.pages : undefined;
  const decisions = useAccess(
    useMemo(() => pages?.map((page) => page.results.flatMap(({ title }) => title?.titleId ?? [])) ?? [], [pages]),
  );
  const results = pages?.flatMap((page) => page.results) ?? [];
  const empty = pages !== undefined && results.length === 0 && !found.isPlaceholderData;
  useRemembering(query, results.length > 0 && !found.isPlaceholderData);

  return (
    <div className="gutter pt-24">
      <PageTitle>{query ? strings.search.results(query) : strings.search.page}</PageTitle>
      <h1 className="sr-only">{strings.search.page}</h1>
      <SearchBox query={search.q ?? ""} />
      <Suggestions query={query} related={pages?.[0]?.related ?? []} />
      {query ? <SearchFilters search={search} /> : <RecentlyFound />}
      <p role="status" className="py-5 text-sm text-muted">
        {query && pages && !empty ? strings.search.results(query) : ""}
        {pages?.[0] && !pages[0].byMeaning && !empty ? ` · ${strings.find.wordsOnly}` : ""}
      </p>
      {found.error && query ? <ErrorMessage error={found.error} retry={found.refetch} /> : null}
      {empty ? (
        <EmptyMessage
          heading={isFiltered(search) ? strings.find.emptyFiltered : strings.search.empty(query)}
          hint={isFiltered(search) ? strings.browse.emptyHint : strings.search.emptyHint}
        />
      ) : null}
      <TitleGrid>
        {query && found.isPending ? <PosterSkeletons count={12} className="mb-17.5" /> : null}
        {results.map((result) =>
          result.title ? (
            <TitleCard
              key={result.title.titleId}
              title={result.title}
              decision={decisions.get(result.title.titleId)}
              note={reasonOf(result, strings)}
            />
          ) : null,
        )}
      </TitleGrid>
      {query ? <MoreButton list={found} /> : null}
    </div>
  );
}

/** Why a title was found, in a few words; nothing where its name says it. */
function reasonOf({ reason, matchedFields }: SearchResult, strings: Strings): string {
  if (matchedFields[0] === MatchedField.TITLE) return "";
  return reason || strings.search.matched[matchedFields[0] ?? MatchedField.UNSPECIFIED];
}

/** Keeps what was searched for once the typing has come to rest and something was found. */
function useRemembering(query: string, found: boolean): void {
  const [profileId] = useRecent();
  useEffect(() => {
    if (!query || !found) return;
    const timer = setTimeout(() => recent.searched(profileId, query), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [profileId, query, found]);
}
