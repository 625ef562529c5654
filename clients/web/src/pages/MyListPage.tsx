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

/** What the profile put aside to watch. */
export function MyListPage() {
  const strings = useStrings();
  const room = useRef<HTMLDivElement>(null);
  const list = useInfiniteQuery(
    ViewingService.method.listWatchlist,
    { pageSize: 48, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (last) => last.nextPageToken || undefined, staleTime: 0 },
  );
  const pages = useMemo(
    () => list.data?.pages.map((page) => page.entries.map((entry) => titleIdOf(entry.subject))) ?? [],
    [list.data],
  );
  const titles = useTitlePages(pages);
  const decisions = useAccess(pages);
  const [taken, take] = useTaking();
  const titleIds = pages.flat().filter((titleId) => !taken.has(titleId));
  useFocusMemory(room, titleIds.length > 0);

  return (
    <div ref={room} className="gutter pt-24">
      <PageTitle>{strings.myList.page}</PageTitle>
      <h1 className="mb-17.5 font-literary text-4xl font-semibold sm:text-5xl">{strings.myList.page}</h1>
      {list.error && !list.data ? <ErrorMessage error={list.error} retry={list.refetch} /> : null}
      {list.data && titleIds.length === 0 ? (
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
              onRemove={take}
            />
          ))}
          {list.isPending ? <PosterSkeletons count={12} className="mb-17.5" /> : null}
        </TitleGrid>
      </div>
      <MoreButton list={list} />
    </div>
  );
}

/** What is being taken off the list is gone at once, and stands there again when it could not be taken off. */
function useTaking(): [taken: ReadonlySet<string>, take: (title: Title) => void] {
  const strings = useStrings();
  const listing = useListing();
  const [taken, setTaken] = useState<ReadonlySet<string>>(new Set());
  const take = ({ titleId, displayName }: Title) => {
    setTaken((before) => new Set([...before, titleId]));
    listing
      .mutateAsync({ titleId, listed: false })
      .then(
        () => showToast(strings.feedback.unlisted(displayName), () => listing.mutate({ titleId, listed: true })),
        () => undefined,
      )
      // By now the list itself says what is on it, whoever changes it next.
      .finally(() => setTaken((before) => new Set([...before].filter((id) => id !== titleId))));
  };
  return [taken, take];
}
