import { useInfiniteQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";

import { titleIdOf } from "../api/subjects";
import { useTitlePages } from "../api/titles";
import { Chip } from "../components/Chip";
import { EmptyMessage, ErrorMessage } from "../components/Messages";
import { MoreButton } from "../components/MoreButton";
import { Skeleton } from "../components/Skeletons";
import { useFocusMemory } from "../focus/useFocusMemory";
import { TasteSignalKind } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { TasteService } from "../gen/marquee/recommendation/v1/taste_service_pb";
import { useStrings } from "../strings/useStrings";
import { SignalRow } from "./SignalRow";
import { useSignalMutations } from "./useSignalMutations";

const KINDS = [
  TasteSignalKind.UNSPECIFIED,
  TasteSignalKind.RATED,
  TasteSignalKind.WATCHED,
  TasteSignalKind.LISTED,
  TasteSignalKind.VIEWED,
  TasteSignalKind.SUPPRESSED,
  TasteSignalKind.GENRE,
  TasteSignalKind.LANGUAGE,
];

/** The signals that recommendations are based on, those with the largest weight first. */
export function SignalList() {
  const { taste: words } = useStrings();
  const container = useRef<HTMLElement>(null);
  const [kind, setKind] = useState(TasteSignalKind.UNSPECIFIED);
  const list = useInfiniteQuery(
    TasteService.method.listTasteSignals,
    { kind, pageSize: 50, pageToken: "" },
    {
      pageParamKey: "pageToken",
      getNextPageParam: (last) => last.nextPageToken || undefined,
      placeholderData: keepPreviousData,
      staleTime: 0,
    },
  );
  const pages = list.data?.pages;
  const signals = pages?.flatMap((page) => page.signals) ?? [];
  const titles = useTitlePages(
    useMemo(
      () =>
        pages?.map((page) => [...new Set(page.signals.map((each) => titleIdOf(each.subject)).filter(Boolean))]) ?? [],
      [pages],
    ),
  );
  const mutations = useSignalMutations();
  useFocusMemory(container, signals.length > 0);
  const total = pages?.[0]?.totalSize;
  const maxWeight = Math.max(...signals.map((signal) => Math.abs(signal.weight)), Number.EPSILON);

  return (
    <section ref={container} className="mt-12">
      <div className="flex items-baseline gap-4">
        <h2 className="text-xl font-semibold">{words.signals}</h2>
        <p role="status" className="text-sm text-muted">
          {total === undefined ? "" : words.count(total)}
        </p>
      </div>
      <div role="group" aria-label={words.kinds} className="my-4 flex flex-wrap gap-2">
        {KINDS.map((each) => (
          <Chip key={each} set={each === kind} onClick={() => setKind(each)}>
            {words.kind[each]}
          </Chip>
        ))}
      </div>
      {list.error && !pages ? <ErrorMessage error={list.error} retry={list.refetch} /> : null}
      {total === 0 && !list.isPlaceholderData ? (
        <EmptyMessage
          heading={kind === TasteSignalKind.UNSPECIFIED ? words.empty : words.emptyKind}
          hint={kind === TasteSignalKind.UNSPECIFIED ? words.emptyHint : ""}
        />
      ) : null}
      <ul data-rail="signals" className={`flex flex-col ${list.isPlaceholderData ? "opacity-60" : ""}`}>
        {list.isPending ? [0, 1, 2, 3].map((index) => <Skeleton key={index} className="my-1.5 h-20" />) : null}
        {signals.map((signal) => (
          <SignalRow
            key={signal.signalId}
            signal={signal}
            title={titles.get(titleIdOf(signal.subject))}
            maxWeight={maxWeight}
            mutations={mutations}
          />
        ))}
      </ul>
      <MoreButton list={list} />
    </section>
  );
}
