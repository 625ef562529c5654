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
import { useGuideSearch } from "../guide/useGuideSearch";
import { GuideResults } from "../search/GuideResults";
import { recent } from "../search/recent";
import { RecentlyFound } from "../search/RecentlyFound";
import { SearchFilters } from "../search/SearchFilters";
import { Suggestions } from "../search/Suggestions";
import { useRecent } from "../search/useRecent";
import type { Strings } from "../strings";
import { useStrings } from "../strings/useStrings";
import { isFiltered, searchRequest } from "./searchParameters";

const route = getRouteApi("/viewer/shell/search");

/** The app saves a search after the viewer has not typed for this long. */
const SAVE_DELAY_MS = 2_000;

/** Search while the viewer types. The URL contains the query and the filters. */
export function SearchPage() {
  const strings = useStrings();
  const search = route.useSearch();
  const query = search.q?.trim() ?? "";
  // A new search aborts the previous request. The page shows the previous results until the new ones arrive.
  const searchResults = useInfiniteQuery(
    CatalogService.method.searchTitles,
    query ? { ...searchRequest(search), pageSize: 36, pageToken: "" } : skipToken,
    {
      pageParamKey: "pageToken",
      getNextPageParam: (last) => last.nextPageToken || undefined,
      placeholderData: keepPreviousData,
    },
  );
  const pages = query ? searchResults.data?.pages : undefined;
  const decisions = useAccess(
    useMemo(() => pages?.map((page) => page.results.flatMap(({ title }) => title?.titleId ?? [])) ?? [], [pages]),
  );
  const results = pages?.flatMap((page) => page.results) ?? [];
  const isEmpty = pages !== undefined && results.length === 0 && !searchResults.isPlaceholderData;
  const guide = useGuideSearch(query);
  const isInGuide = guide.channels.length + guide.programmes.length > 0;
  useSavedSearch(query, (results.length > 0 || isInGuide) && !searchResults.isPlaceholderData);

  return (
    <div className="gutter pt-24">
      <PageTitle>{query ? strings.search.results(query) : strings.search.page}</PageTitle>
      <h1 className="sr-only">{strings.search.page}</h1>
      <SearchBox query={search.q ?? ""} />
      <Suggestions query={query} related={pages?.[0]?.related ?? []} />
      {query ? <SearchFilters search={search} /> : <RecentlyFound />}
      <p role="status" className="py-5 text-sm text-muted">
        {query && pages && !isEmpty ? strings.search.results(query) : ""}
        {pages?.[0] && !pages[0].byMeaning && !isEmpty ? ` · ${strings.find.wordsOnly}` : ""}
      </p>
      {searchResults.error && query ? <ErrorMessage error={searchResults.error} retry={searchResults.refetch} /> : null}
      {isFiltered(search) ? null : <GuideResults found={guide} />}
      {isEmpty && (isFiltered(search) || (guide.isSettled && !isInGuide)) ? (
        <EmptyMessage
          heading={isFiltered(search) ? strings.find.emptyFiltered : strings.search.empty(query)}
          hint={isFiltered(search) ? strings.browse.emptyHint : strings.search.emptyHint}
        />
      ) : null}
      <TitleGrid>
        {query && searchResults.isPending ? <PosterSkeletons count={12} className="mb-17.5" /> : null}
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
      {query ? <MoreButton list={searchResults} /> : null}
    </div>
  );
}

/** Returns why a title matches the query; empty if its name matches. */
function reasonOf({ reason, matchedFields }: SearchResult, strings: Strings): string {
  if (matchedFields[0] === MatchedField.TITLE) return "";
  return reason || strings.search.matched[matchedFields[0] ?? MatchedField.UNSPECIFIED];
}

/** Saves a query in the recent searches after the viewer stops typing, if the search has results. */
function useSavedSearch(query: string, hasResults: boolean): void {
  const [profileId] = useRecent();
  useEffect(() => {
    if (!query || !hasResults) return;
    const timer = setTimeout(() => recent.searched(profileId, query), SAVE_DELAY_MS);
    return () => clearTimeout(timer);
  }, [profileId, query, hasResults]);
}
