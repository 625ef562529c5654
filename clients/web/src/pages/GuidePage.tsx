import { getRouteApi, Link, useCanGoBack, useNavigate, useRouter, useRouterState } from "@tanstack/react-router";
import { History } from "lucide-react";
import { useState } from "react";

import { buttons } from "../components/buttons";
import { FILTER } from "../components/FilterMenu";
import { EmptyMessage, ErrorMessage } from "../components/Messages";
import { MoreButton } from "../components/MoreButton";
import { PageTitle } from "../components/PageTitle";
import { Skeleton } from "../components/Skeletons";
import { useMediaQuery } from "../components/useMediaQuery";
import { ChannelSheet } from "../guide/ChannelSheet";
import { GuideFilters } from "../guide/GuideFilters";
import { GuideGrid } from "../guide/GuideGrid";
import { GuideMarksContext, useLoadedMarks } from "../guide/guideMarks";
import { useChannels } from "../guide/guideQueries";
import { GuideMatches } from "../guide/GuideMatches";
import { useGuideSearch } from "../guide/useGuideSearch";
import { useGuideWatch } from "../guide/useGuideWatch";
import { useNow } from "../guide/useNow";
import { OnNowList } from "../guide/OnNowList";
import { ProgrammeSheet } from "../guide/ProgrammeSheet";
import { useStrings } from "../strings/useStrings";
import type { GuideParameters } from "./guideParameters";
import { filterKey, filtersOf, isFiltered } from "./guideParameters";

const route = getRouteApi("/viewer/shell/guide");

/** The guide: a grid of channels and times, or on a phone a list of what is on. */
export function GuidePage() {
  const strings = useStrings();
  const search = route.useSearch();
  const isWide = useMediaQuery("(min-width: 40rem)");
  const channelList = useChannels(search);
  const { channels, totalCount, data, error, hasNextPage, isFetching, isFetchNextPageError } = channelList;
  const sheets = useSheets(search);
  const marks = useLoadedMarks(useNow());
  const found = useGuideSearch(search.q ?? "");
  useGuideWatch();
  const entry = useRouterState({
    select: ({ location, resolvedLocation }) => {
      // The address changes before the page does. Until then, the place belongs to the guide.
      const shown = location.pathname === "/guide" ? location : (resolvedLocation ?? location);
      return shown.state.__TSR_key ?? shown.href;
    },
  });
  const [controls, setControls] = useState<HTMLElement | null>(null);
  const isGrid = isWide && channels.length > 0;
  return (
    <GuideMarksContext value={marks}>
      <div className={`gutter pt-20 ${isGrid ? "-mb-20 flex h-dvh flex-col pb-5" : ""}`}>
        <PageTitle>{strings.guide.page}</PageTitle>
        <div className="flex flex-wrap items-center gap-2 pb-3">
          <h1 className="font-literary text-3xl font-semibold sm:mr-auto sm:text-4xl">{strings.guide.page}</h1>
          <p role="status" className="mt-2 mr-3 grow text-sm text-muted sm:sr-only">
            {data ? strings.guide.count(totalCount) : ""}
          </p>
          <Link to="/catch-up" className={FILTER}>
            <History aria-hidden="true" className="size-4 text-muted" />
            {strings.guide.catchUp}
          </Link>
          <div ref={setControls} className="contents" />
          <GuideFilters search={search} />
        </div>
        {search.included && data?.pages[0]?.entitlementUnavailable ? (
          <p role="status" className="pb-2 text-sm text-muted">
            {strings.guide.includedUnknown}
          </p>
        ) : null}
        {error && !data ? <ErrorMessage error={error} retry={channelList.refetch} /> : null}
        {channelList.isPending ? <Skeleton className="h-[70dvh]" /> : null}
        {data && channels.length === 0 && found.isSettled && found.programmes.length === 0 ? (
          <NoChannels isFiltered={isFiltered(search)} />
        ) : null}
        <GuideMatches
          found={found}
          isAlone={channels.length === 0}
          onOpenProgramme={(programme) => sheets.open({ programme })}
        />
        {isGrid ? (
          <GuideGrid
            channels={channels}
            totalCount={totalCount}
            onMore={hasNextPage && !isFetching && !isFetchNextPageError ? channelList.fetchNextPage : undefined}
            entry={entry}
            filter={filterKey(search)}
            controls={controls}
            onOpenChannel={(channel) => sheets.open({ channel })}
            onOpenProgramme={(programme) => sheets.open({ programme })}
          />
        ) : (
          <OnNowList channels={channels} onOpenChannel={(channel) => sheets.open({ channel })} />
        )}
        {isGrid ? null : <MoreButton list={channelList} />}
        {search.programme ? (
          <ProgrammeSheet
            key={search.programme}
            programmeId={search.programme}
            onClose={sheets.close}
            onOpenChannel={(channel) => sheets.open({ channel })}
          />
        ) : search.channel ? (
          <ChannelSheet
            key={search.channel}
            channelId={search.channel}
            rank={channelList.isPersonal ? channelList.ranks.get(search.channel) : undefined}
            onClose={sheets.close}
            onOpenProgramme={(programme) => sheets.open({ programme })}
          />
        ) : null}
      </div>
    </GuideMarksContext>
  );
}

function NoChannels({ isFiltered }: { isFiltered: boolean }) {
  const { guide } = useStrings();
  const navigate = useNavigate();
  if (!isFiltered) return <EmptyMessage heading={guide.empty} hint={guide.emptyHint} />;
  return (
    <EmptyMessage heading={guide.noMatch} hint={guide.noMatchHint}>
      <button
        type="button"
        className={`${buttons.secondary} mt-3`}
        onClick={() => void navigate({ to: "/guide", search: {}, replace: true })}
      >
        {guide.showAll}
      </button>
    </EmptyMessage>
  );
}

/** Returns functions that open and close the sheets. Each sheet is an entry of the history, so Back closes it. */
function useSheets(search: GuideParameters) {
  const navigate = useNavigate();
  const router = useRouter();
  const canGoBack = useCanGoBack();
  const filters = filtersOf(search);
  return {
    open: (sheet: Pick<GuideParameters, "channel" | "programme">) =>
      void navigate({ to: "/guide", search: { ...filters, ...sheet }, resetScroll: false }),
    close: () => {
      if (canGoBack) router.history.back();
      else void navigate({ to: "/guide", search: filters, replace: true, resetScroll: false });
    },
  };
}
