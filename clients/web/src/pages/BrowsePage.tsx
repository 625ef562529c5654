import { useInfiniteQuery } from "@connectrpc/connect-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";

import { useAccess } from "../api/access";
import { useGenreName } from "../api/filters";
import { CollectionRow } from "../collections/CollectionRow";
import { BrowseFilters } from "../components/BrowseFilters";
import { buttons } from "../components/buttons";
import { EmptyMessage, ErrorMessage } from "../components/Messages";
import { PageTitle } from "../components/PageTitle";
import { PosterSkeletons } from "../components/Skeletons";
import { TitleCard } from "../components/TitleCard";
import { TitleGrid } from "../components/TitleGrid";
import { useOnScreen } from "../components/useOnScreen";
import { CatalogService } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { useStrings } from "../strings/useStrings";
import { slugWords } from "../taste/labels";
import { isWhole, listRequest, TYPES } from "./browseSearch";

const route = getRouteApi("/viewer/shell/browse/{-$genre}");

/** The whole catalogue, filtered by the page's address. */
export function BrowsePage() {
  const strings = useStrings();
  const { genre } = route.useParams();
  const search = route.useSearch();
  const list = useInfiniteQuery(
    CatalogService.method.listTitles,
    { ...listRequest(genre, search), pageSize: 48, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (last) => last.nextPageToken || undefined },
  );
  const pages = list.data?.pages;
  const decisions = useAccess(
    useMemo(() => pages?.map((page) => page.titles.map((title) => title.titleId)) ?? [], [pages]),
  );
  const genreName = useGenreName(genre);
  const type = search.type ? strings.types[TYPES[search.type]] : strings.browse.everything;
  const heading = genre ? (genreName ?? slugWords(genre)) : type;
  const total = pages?.[0]?.totalSize;

  return (
    <div className="gutter pt-24">
      <PageTitle>{heading}</PageTitle>
      <div className="flex flex-wrap items-baseline gap-x-4">
        <h1 className="font-literary text-4xl font-semibold sm:text-5xl">{heading}</h1>
        <p role="status" className="text-sm text-muted">
          {total === undefined ? "" : strings.browse.count(total)}
        </p>
      </div>
      <BrowseFilters genre={genre} search={search} />
      {isWhole(genre, search) ? (
        <div className="-mx-[clamp(1rem,4vw,4.5rem)] mb-6">
          <CollectionRow />
        </div>
      ) : null}
      {list.error && !pages ? <ErrorMessage error={list.error} retry={list.refetch} /> : null}
      {total === 0 ? <EmptyMessage heading={strings.browse.empty} hint={strings.browse.emptyHint} /> : null}
      <TitleGrid>
        {pages?.flatMap((page) =>
          page.titles.map((title) => (
            <TitleCard key={title.titleId} title={title} decision={decisions.get(title.titleId)} />
          )),
        )}
        {list.isPending || list.isFetchingNextPage ? <PosterSkeletons count={24} className="mb-17.5" /> : null}
      </TitleGrid>
      {list.hasNextPage && !list.isFetchingNextPage ? (
        <MoreTitles key={pages?.length} failed={list.isFetchNextPageError} onMore={list.fetchNextPage} />
      ) : null}
    </div>
  );
}

/** Asks for the next page by coming near; after a failure, by a press. */
function MoreTitles({ failed, onMore }: { failed: boolean; onMore: () => unknown }) {
  const strings = useStrings();
  const [ref, seen] = useOnScreen<HTMLDivElement>("900px");
  useEffect(() => {
    if (seen && !failed) onMore();
  }, [seen, failed, onMore]);
  return (
    <div ref={ref} className="grid place-items-center py-10">
      <button type="button" className={buttons.secondary} onClick={() => onMore()}>
        {failed ? strings.retry : strings.browse.more}
      </button>
    </div>
  );
}
