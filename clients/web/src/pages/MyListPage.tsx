import { useInfiniteQuery } from "@connectrpc/connect-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";

import { useAccess } from "../api/access";
import { titleIdOf } from "../api/subjects";
import { useTitlePages } from "../api/titles";
import { buttons } from "../components/buttons";
import { MoreButton } from "../components/MoreButton";
import { EmptyMessage, ErrorMessage } from "../components/Messages";
import { PageTitle } from "../components/PageTitle";
import { PosterSkeletons } from "../components/Skeletons";
import { TitleGrid } from "../components/TitleGrid";
import { useFocusMemory } from "../focus/useFocusMemory";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { WatchlistCard } from "../feedback/WatchlistCard";
import { useListing } from "../feedback/useWatchlistEntry";
import { showToast } from "../toasts/toasts";
import { useStrings } from "../strings/useStrings";

/** The watchlist of the profile. */
export function MyListPage() {
  const strings = useStrings();
  const pageElement = useRef<HTMLDivElement>(null);
  const watchlistPages = useInfiniteQuery(
    ViewingService.method.listWatchlist,
    { pageSize: 48, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (last) => last.nextPageToken || undefined, staleTime: 0 },
  );
  const titleIdPages = useMemo(
    () => watchlistPages.data?.pages.map((page) => page.entries.map((entry) => titleIdOf(entry.subject))) ?? [],
    [watchlistPages.data],
  );
  const titles = useTitlePages(titleIdPages);
  const decisions = useAccess(titleIdPages);
  const [removedIds, removeTitle] = useRemovals();
  const titleIds = titleIdPages.flat().filter((titleId) => !removedIds.has(titleId));
  useFocusMemory(pageElement, titleIds.length > 0);

  return (
    <div ref={pageElement} className="gutter pt-24">
      <PageTitle>{strings.myList.page}</PageTitle>
      <h1 className="mb-17.5 font-literary text-4xl font-semibold sm:text-5xl">{strings.myList.page}</h1>
      {watchlistPages.error && !watchlistPages.data ? (
        <ErrorMessage error={watchlistPages.error} retry={watchlistPages.refetch} />
      ) : null}
      {watchlistPages.data && titleIds.length === 0 ? (
        <EmptyMessage heading={strings.myList.empty} hint={strings.myList.emptyHint}>
          <Link to="/browse/{-$genre}" params={{}} className={`${buttons.primary} mt-3`}>
            {strings.myList.toBrowse}
          </Link>
        </EmptyMessage>
      ) : null}
      <div data-rail="my-list">
        <TitleGrid>
          {titleIds.map((titleId) => (
            <WatchlistCard
              key={titleId}
              titleId={titleId}
              title={titles.get(titleId)}
              decision={decisions.get(titleId)}
              onRemove={removeTitle}
            />
          ))}
          {watchlistPages.isPending ? <PosterSkeletons count={12} className="mb-17.5" /> : null}
        </TitleGrid>
      </div>
      <MoreButton list={watchlistPages} />
    </div>
  );
}

/**
 * Returns the ids of the titles that are being removed from the list, and a function that removes a title.
 *
 * The page hides these titles at once. It shows a title again if its removal fails.
 */
function useRemovals(): [removedIds: ReadonlySet<string>, removeTitle: (title: Title) => void] {
  const strings = useStrings();
  const listMutation = useListing();
  const [removedIds, setRemovedIds] = useState<ReadonlySet<string>>(new Set());
  const removeTitle = ({ titleId, displayName }: Title) => {
    setRemovedIds((current) => new Set([...current, titleId]));
    listMutation
      .mutateAsync({ titleId, listed: false })
      .then(
        () => showToast(strings.feedback.unlisted(displayName), () => listMutation.mutate({ titleId, listed: true })),
        () => undefined,
      )
      // After the mutation the reloaded list is correct by itself, so the filter is not needed.
      .finally(() => setRemovedIds((current) => new Set([...current].filter((id) => id !== titleId))));
  };
  return [removedIds, removeTitle];
}
