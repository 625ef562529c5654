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
import { isUnfiltered, listRequest, TYPES } from "./browseParameters";

const route = getRouteApi("/viewer/shell/browse/{-$genre}");

/** The catalogue, filtered by the parameters in the page's URL. */
export function BrowsePage() {
  const strings = useStrings();
  const { genre } = route.useParams();
  const search = route.useSearch();
  const titleList = useInfiniteQuery(
    CatalogService.method.listTitles,
    { ...listRequest(genre, search), pageSize: 48, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (last) => last.nextPageToken || undefined },
  );
  const pages = titleList.data?.pages;
  const decisions = useAccess(
    useMemo(() => pages?.map((page) => page.titles.map((title) => title.titleId)) ?? [], [pages]),
  );
  const genreName = useGenreName(genre);
  const typeName = search.type ? strings.types[TYPES[search.type]] : strings.browse.everything;
  const heading = genre ? (genreName ?? slugWords(genre)) : typeName;
  const totalTitles = pages?.[0]?.totalSize;

  return (
    <div className="gutter pt-24">
      <PageTitle>{heading}</PageTitle>
      <div className="flex flex-wrap items-baseline gap-x-4">
        <h1 className="font-literary text-4xl font-semibold sm:text-5xl">{heading}</h1>
        <p role="status" className="text-sm text-muted">
          {totalTitles === undefined ? "" : strings.browse.count(totalTitles)}
        </p>
      </div>
      <BrowseFilters genre={genre} search={search} />
      {isUnfiltered(genre, search) ? (
        <div className="-mx-[clamp(1rem,4vw,4.5rem)] mb-6">
          <CollectionRow />
        </div>
      ) : null}
      {titleList.error && !pages ? <ErrorMessage error={titleList.error} retry={titleList.refetch} /> : null}
      {totalTitles === 0 ? <EmptyMessage heading={strings.browse.empty} hint={strings.browse.emptyHint} /> : null}
      <TitleGrid>
        {pages?.flatMap((page) =>
          page.titles.map((title) => (
            <TitleCard key={title.titleId} title={title} decision={decisions.get(title.titleId)} />
          )),
        )}
        {titleList.isPending || titleList.isFetchingNextPage ? (
          <PosterSkeletons count={24} className="mb-17.5" />
        ) : null}
      </TitleGrid>
      {titleList.hasNextPage && !titleList.isFetchingNextPage ? (
        <MoreTitles key={pages?.length} failed={titleList.isFetchNextPageError} onMore={titleList.fetchNextPage} />
      ) : null}
    </div>
  );
}

/**
 * Requests the next page of titles when the viewer scrolls near it. After a failure the viewer presses a button
 * instead.
 */
function MoreTitles({ failed, onMore }: { failed: boolean; onMore: () => unknown }) {
  const strings = useStrings();
  const [ref, isNear] = useOnScreen<HTMLDivElement>("900px");
  useEffect(() => {
    if (isNear && !failed) onMore();
  }, [isNear, failed, onMore]);
  return (
    <div ref={ref} className="grid place-items-center py-10">
      <button type="button" className={buttons.secondary} onClick={() => onMore()}>
        {failed ? strings.retry : strings.browse.more}
      </button>
    </div>
  );
}
