import { useInfiniteQuery } from "@connectrpc/connect-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useRef } from "react";

import { useAccess } from "../api/access";
import { ErrorMessage } from "../components/Messages";
import { MoreButton } from "../components/MoreButton";
import { PageTitle } from "../components/PageTitle";
import { PosterSkeletons } from "../components/Skeletons";
import { TitleCard } from "../components/TitleCard";
import { TitleGrid } from "../components/TitleGrid";
import { useFocusMemory } from "../focus/useFocusMemory";
import { CollectionService } from "../gen/marquee/catalog/v1/collection_service_pb";
import { useStrings } from "../strings/useStrings";

const route = getRouteApi("/viewer/shell/collection/$collectionId");

/** The titles of one collection, in the order of its editors. */
export function CollectionPage() {
  const strings = useStrings();
  const { collectionId } = route.useParams();
  const pageElement = useRef<HTMLDivElement>(null);
  const collectionPages = useInfiniteQuery(
    CollectionService.method.getCollection,
    { collectionId, pageSize: 48, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (last) => last.nextPageToken || undefined },
  );
  const pages = collectionPages.data?.pages;
  const decisions = useAccess(
    useMemo(() => pages?.map((page) => page.titles.map((title) => title.titleId)) ?? [], [pages]),
  );
  const collection = pages?.[0]?.collection;
  useFocusMemory(pageElement, pages !== undefined);

  return (
    <div ref={pageElement} className="gutter pt-24">
      <PageTitle>{collection?.displayName ?? strings.collections.row}</PageTitle>
      {collection ? (
        <header className="mb-8">
          <div className="flex flex-wrap items-baseline gap-x-4">
            <h1 className="font-literary text-4xl font-semibold text-balance sm:text-5xl">{collection.displayName}</h1>
            <p role="status" className="text-sm text-muted">
              {strings.browse.count(collection.titleCount)}
            </p>
          </div>
          {collection.tagline ? <p className="mt-3 max-w-2xl text-lg text-paper/80">{collection.tagline}</p> : null}
        </header>
      ) : null}
      {collectionPages.error && !pages ? (
        <ErrorMessage error={collectionPages.error} retry={collectionPages.refetch} isAddress />
      ) : null}
      <TitleGrid>
        {collectionPages.isPending ? <PosterSkeletons count={12} className="mb-17.5" /> : null}
        {pages?.flatMap((page) =>
          page.titles.map((title) => (
            <TitleCard key={title.titleId} title={title} decision={decisions.get(title.titleId)} />
          )),
        )}
      </TitleGrid>
      <MoreButton list={collectionPages} />
    </div>
  );
}
