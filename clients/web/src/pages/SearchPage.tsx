import { useInfiniteQuery } from "@connectrpc/connect-query";
import { keepPreviousData, skipToken } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";

import { useAccess } from "../api/access";
import { buttons } from "../components/buttons";
import { EmptyMessage, ErrorMessage } from "../components/Messages";
import { PageTitle } from "../components/PageTitle";
import { SearchBox } from "../components/SearchBox";
import { PosterSkeletons } from "../components/Skeletons";
import { TitleCard } from "../components/TitleCard";
import { TitleGrid } from "../components/TitleGrid";
import { CatalogService, MatchedField } from "../gen/marquee/catalog/v1/catalog_pb";
import { useStrings } from "../strings/useStrings";

const route = getRouteApi("/viewer/shell/search");

/** Search as one types. The words are part of the page's address. */
export function SearchPage() {
  const strings = useStrings();
  const { q: query = "" } = route.useSearch();
  // A newer search aborts the call of the one before it; meanwhile the old results stay in view.
  const found = useInfiniteQuery(
    CatalogService.method.searchTitles,
    query.trim() ? { query: query.trim(), pageSize: 36, pageToken: "" } : skipToken,
    {
      pageParamKey: "pageToken",
      getNextPageParam: (last) => last.nextPageToken || undefined,
      placeholderData: keepPreviousData,
    },
  );
  const pages = query.trim() ? found.data?.pages : undefined;
  const decisions = useAccess(
    useMemo(() => pages?.map((page) => page.results.flatMap(({ title }) => title?.titleId ?? [])) ?? [], [pages]),
  );
  const results = pages?.flatMap((page) => page.results) ?? [];
  const empty = pages !== undefined && results.length === 0 && !found.isPlaceholderData;

  return (
    <div className="gutter pt-24">
      <PageTitle>{query ? strings.search.results(query) : strings.search.page}</PageTitle>
      <h1 className="sr-only">{strings.search.page}</h1>
      <SearchBox query={query} />
      <p role="status" className="py-5 text-sm text-muted">
        {query && pages && !empty ? strings.search.results(query) : ""}
      </p>
      {query ? null : <EmptyMessage heading={strings.search.prompt} hint={strings.search.promptHint} />}
      {found.error && query ? <ErrorMessage error={found.error} retry={found.refetch} /> : null}
      {empty ? <EmptyMessage heading={strings.search.empty(query)} hint={strings.search.emptyHint} /> : null}
      <TitleGrid>
        {query && found.isPending ? <PosterSkeletons count={12} className="mb-6.5" /> : null}
        {results.map(({ title, matchedFields }) =>
          title ? (
            <TitleCard
              key={title.titleId}
              title={title}
              decision={decisions.get(title.titleId)}
              note={strings.search.matched[matchedFields[0] ?? MatchedField.UNSPECIFIED]}
            />
          ) : null,
        )}
      </TitleGrid>
      {found.hasNextPage ? (
        <div className="grid place-items-center py-10">
          <button
            type="button"
            className={buttons.secondary}
            disabled={found.isFetchingNextPage}
            onClick={() => void found.fetchNextPage()}
          >
            {strings.browse.more}
          </button>
        </div>
      ) : null}
    </div>
  );
}
