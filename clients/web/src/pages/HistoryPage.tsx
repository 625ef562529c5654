import { createConnectQueryKey, useInfiniteQuery } from "@connectrpc/connect-query";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";

import { titleIdOf, titleSubject } from "../api/subjects";
import { useTitlePages } from "../api/titles";
import { buttons } from "../components/buttons";
import { HistoryRow } from "../components/HistoryRow";
import { EmptyMessage, ErrorMessage } from "../components/Messages";
import { MoreButton } from "../components/MoreButton";
import { PageTitle } from "../components/PageTitle";
import { Sheet } from "../components/Sheet";
import { Skeleton } from "../components/Skeletons";
import { useFocusMemory } from "../focus/useFocusMemory";
import type { HistoryEntry } from "../gen/marquee/viewing/v1/viewing_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { feedbackClient } from "../feedback/feedbackClient";
import { showToast } from "../toasts/toasts";
import { useStrings } from "../strings/useStrings";
import { tasteChanged } from "../taste/tasteChanged";

/** What the profile watched, and how to make the platform forget it. */
export function HistoryPage() {
  const strings = useStrings();
  const room = useRef<HTMLDivElement>(null);
  const [asking, setAsking] = useState(false);
  const list = useInfiniteQuery(
    ViewingService.method.listHistory,
    { pageSize: 30, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (last) => last.nextPageToken || undefined, staleTime: 0 },
  );
  const pages = useMemo(
    () => list.data?.pages.map((page) => page.entries.map((entry) => titleIdOf(entry.subject))) ?? [],
    [list.data],
  );
  const titles = useTitlePages(pages);
  const { remove, clear } = useForgetting();
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const entries = list.data?.pages
    .flatMap((page) => page.entries)
    .filter((entry) => !gone.has(titleIdOf(entry.subject)));
  useFocusMemory(room, (entries?.length ?? 0) > 0);

  const forget = (entry: HistoryEntry) => {
    const titleId = titleIdOf(entry.subject);
    setGone((before) => new Set([...before, titleId]));
    // By the end of it the history itself says what is in it.
    void remove
      .mutateAsync(entry)
      .catch(() => undefined)
      .finally(() => setGone((before) => new Set([...before].filter((each) => each !== titleId))));
  };
  return (
    <div ref={room} className="gutter mx-auto max-w-5xl pt-24">
      <PageTitle>{strings.history.page}</PageTitle>
      <div className="mb-5 flex flex-wrap items-center justify-between gap-4">
        <h1 className="font-literary text-4xl font-semibold sm:text-5xl">{strings.history.page}</h1>
        {entries && entries.length > 0 ? (
          <button type="button" className={buttons.secondary} onClick={() => setAsking(true)}>
            {strings.history.clear}
          </button>
        ) : null}
      </div>
      {list.error && !list.data ? <ErrorMessage error={list.error} retry={list.refetch} /> : null}
      {entries?.length === 0 ? (
        <EmptyMessage heading={strings.history.empty} hint={strings.history.emptyHint}>
          <Link to="/browse/{-$genre}" params={{}} className={`${buttons.primary} mt-3`}>
            {strings.myList.toBrowse}
          </Link>
        </EmptyMessage>
      ) : null}
      <ul data-rail="history" className="flex flex-col gap-1">
        {list.isPending ? [0, 1, 2, 3].map((index) => <Skeleton key={index} className="my-3 h-20 sm:h-24" />) : null}
        {entries?.map((entry) => (
          <HistoryRow
            key={titleIdOf(entry.subject)}
            entry={entry}
            title={titles.get(titleIdOf(entry.subject))}
            onRemove={forget}
          />
        ))}
      </ul>
      <MoreButton list={list} />
      {asking ? (
        <Sheet label={strings.history.clearHeading} onClose={() => setAsking(false)}>
          <h2 className="pr-10 font-literary text-2xl font-semibold">{strings.history.clearHeading}</h2>
          <p className="mt-3 text-paper/85">{strings.history.clearBody}</p>
          <div className="mt-6 flex flex-wrap gap-3">
            <button
              type="button"
              className={buttons.primary}
              disabled={clear.isPending}
              onClick={() => clear.mutate(undefined, { onSettled: () => setAsking(false) })}
            >
              {strings.history.clearConfirm}
            </button>
            <button type="button" className={buttons.secondary} onClick={() => setAsking(false)}>
              {strings.history.keep}
            </button>
          </div>
        </Sheet>
      ) : null}
    </div>
  );
}

/** Deletes of the history, one title or all. */
function useForgetting() {
  const strings = useStrings();
  const queries = useQueryClient();
  const everything = createConnectQueryKey({ schema: ViewingService, cardinality: undefined });
  const told = (text: string) => {
    showToast(text);
    void tasteChanged(queries);
    return queries.invalidateQueries({ queryKey: everything });
  };
  const onError = () => showToast(strings.feedback.failed);
  const remove = useMutation({
    mutationFn: ({ subject }: HistoryEntry) =>
      feedbackClient.deleteHistory({ subject: titleSubject(titleIdOf(subject)) }),
    onSuccess: (_, entry) => told(strings.history.removed(entry.displayName || strings.history.gone)),
    onError,
  });
  const clear = useMutation({
    mutationFn: () => feedbackClient.clearHistory({}),
    onSuccess: () => told(strings.history.cleared),
    onError,
  });
  return { remove, clear };
}
