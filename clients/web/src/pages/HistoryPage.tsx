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

/** The titles that the profile watched. The viewer can delete one of them, or all. */
export function HistoryPage() {
  const strings = useStrings();
  const pageElement = useRef<HTMLDivElement>(null);
  const [isConfirming, setIsConfirming] = useState(false);
  const historyPages = useInfiniteQuery(
    ViewingService.method.listHistory,
    { pageSize: 30, pageToken: "" },
    { pageParamKey: "pageToken", getNextPageParam: (last) => last.nextPageToken || undefined, staleTime: 0 },
  );
  const titleIdPages = useMemo(
    () => historyPages.data?.pages.map((page) => page.entries.map((entry) => titleIdOf(entry.subject))) ?? [],
    [historyPages.data],
  );
  const titles = useTitlePages(titleIdPages);
  const { remove, clear } = useHistoryMutations();
  const [removedIds, setRemovedIds] = useState<ReadonlySet<string>>(new Set());
  const entries = historyPages.data?.pages
    .flatMap((page) => page.entries)
    .filter((entry) => !removedIds.has(titleIdOf(entry.subject)));
  useFocusMemory(pageElement, (entries?.length ?? 0) > 0);

  const removeEntry = (entry: HistoryEntry) => {
    const titleId = titleIdOf(entry.subject);
    setRemovedIds((current) => new Set([...current, titleId]));
    // After the mutation the reloaded history is correct by itself, so the filter is not needed.
    void remove
      .mutateAsync(entry)
      .catch(() => undefined)
      .finally(() => setRemovedIds((current) => new Set([...current].filter((id) => id !== titleId))));
  };
  return (
    <div ref={pageElement} className="gutter mx-auto max-w-5xl pt-24">
      <PageTitle>{strings.history.page}</PageTitle>
      <div className="mb-5 flex flex-wrap items-center justify-between gap-4">
        <h1 className="font-literary text-4xl font-semibold sm:text-5xl">{strings.history.page}</h1>
        {entries && entries.length > 0 ? (
          <button type="button" className={buttons.secondary} onClick={() => setIsConfirming(true)}>
            {strings.history.clear}
          </button>
        ) : null}
      </div>
      {historyPages.error && !historyPages.data ? (
        <ErrorMessage error={historyPages.error} retry={historyPages.refetch} />
      ) : null}
      {entries?.length === 0 ? (
        <EmptyMessage heading={strings.history.empty} hint={strings.history.emptyHint}>
          <Link to="/browse/{-$genre}" params={{}} className={`${buttons.primary} mt-3`}>
            {strings.myList.toBrowse}
          </Link>
        </EmptyMessage>
      ) : null}
      <ul data-rail="history" className="flex flex-col gap-1">
        {historyPages.isPending
          ? [0, 1, 2, 3].map((index) => <Skeleton key={index} className="my-3 h-20 sm:h-24" />)
          : null}
        {entries?.map((entry) => (
          <HistoryRow
            key={titleIdOf(entry.subject)}
            entry={entry}
            title={titles.get(titleIdOf(entry.subject))}
            onRemove={removeEntry}
          />
        ))}
      </ul>
      <MoreButton list={historyPages} />
      {isConfirming ? (
        <Sheet label={strings.history.clearHeading} onClose={() => setIsConfirming(false)}>
          <h2 className="pr-10 font-literary text-2xl font-semibold">{strings.history.clearHeading}</h2>
          <p className="mt-3 text-paper/85">{strings.history.clearBody}</p>
          <div className="mt-6 flex flex-wrap gap-3">
            <button
              type="button"
              className={buttons.primary}
              disabled={clear.isPending}
              onClick={() => clear.mutate(undefined, { onSettled: () => setIsConfirming(false) })}
            >
              {strings.history.clearConfirm}
            </button>
            <button type="button" className={buttons.secondary} onClick={() => setIsConfirming(false)}>
              {strings.history.keep}
            </button>
          </div>
        </Sheet>
      ) : null}
    </div>
  );
}

/** Returns the mutations that delete one title from the history, or all titles. */
function useHistoryMutations() {
  const strings = useStrings();
  const queries = useQueryClient();
  const viewingKey = createConnectQueryKey({ schema: ViewingService, cardinality: undefined });
  const showDone = (text: string) => {
    showToast(text);
    void tasteChanged(queries);
    return queries.invalidateQueries({ queryKey: viewingKey });
  };
  const onError = () => showToast(strings.feedback.failed);
  const remove = useMutation({
    mutationFn: ({ subject }: HistoryEntry) =>
      feedbackClient.deleteHistory({ subject: titleSubject(titleIdOf(subject)) }),
    onSuccess: (_, entry) => showDone(strings.history.removed(entry.displayName || strings.history.gone)),
    onError,
  });
  const clear = useMutation({
    mutationFn: () => feedbackClient.clearHistory({}),
    onSuccess: () => showDone(strings.history.cleared),
    onError,
  });
  return { remove, clear };
}
