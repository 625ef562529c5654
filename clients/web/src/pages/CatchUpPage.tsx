import { getRouteApi, Link, useCanGoBack, useNavigate, useRouter } from "@tanstack/react-router";
import { useMemo } from "react";

import { FILTER, FILTER_SET } from "../components/FilterMenu";
import { EmptyMessage, ErrorMessage } from "../components/Messages";
import { PageTitle } from "../components/PageTitle";
import { Skeleton } from "../components/Skeletons";
import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { catchUpDays, hasCatchUp, isWatchable } from "../guide/catchUp";
import { CatchUpEntry } from "../guide/CatchUpEntry";
import { ChannelPicker } from "../guide/ChannelPicker";
import { useChannelDay, useChannels } from "../guide/guideQueries";
import { dayOf } from "../guide/guideTime";
import { dayLabel } from "../guide/labels";
import { ProgrammeSheet } from "../guide/ProgrammeSheet";
import { useNow } from "../guide/useNow";
import { useStrings } from "../strings/useStrings";
import { dateOf, timeOfDate } from "./catchUpParameters";

const route = getRouteApi("/viewer/shell/catch-up");

/** What has been shown and can still be played, by channel and day. */
export function CatchUpPage() {
  const { guide } = useStrings();
  const search = route.useSearch();
  const { channels, data, error, refetch, isPending } = useChannels({});
  const withCatchUp = useMemo(() => channels.filter(hasCatchUp), [channels]);
  const chosen = withCatchUp.find(({ channelId }) => channelId === search.channel) ?? withCatchUp[0];
  const closeSheet = useCloseSheet();
  return (
    <div className="gutter pt-20">
      <PageTitle>{guide.catchUp}</PageTitle>
      <h1 className="pb-3 font-literary text-3xl font-semibold sm:text-4xl">{guide.catchUp}</h1>
      {error && !data ? <ErrorMessage error={error} retry={refetch} /> : null}
      {isPending ? <Skeleton className="h-[70dvh]" /> : null}
      {data && !chosen ? <EmptyMessage heading={guide.noCatchUp} hint={guide.noCatchUpHint} /> : null}
      {chosen ? (
        <div className="grid gap-x-8 gap-y-3 lg:grid-cols-[16rem_minmax(0,1fr)]">
          <ChannelPicker channels={withCatchUp} chosen={chosen} />
          <ChannelCatchUp key={chosen.channelId} channel={chosen} day={search.day} />
        </div>
      ) : null}
      {search.programme ? (
        <ProgrammeSheet
          key={search.programme}
          programmeId={search.programme}
          onClose={closeSheet}
          onOpenChannel={undefined}
        />
      ) : null}
    </div>
  );
}

/** The days of a channel, and what can be played of one of them, the latest first. */
function ChannelCatchUp({ channel, day }: { channel: Channel; day: string | undefined }) {
  const strings = useStrings();
  const now = useNow();
  const days = catchUpDays(channel, now);
  const requested = day === undefined ? undefined : timeOfDate(day);
  const shown = days.find((each) => each === requested) ?? dayOf(now).start;
  const { programmes, error, refetch } = useChannelDay(channel.channelId, dayOf(shown));
  const entries = programmes?.filter((each) => isWatchable(each.programme, each, now)).reverse();
  return (
    <section aria-label={channel.displayName} className="min-w-0">
      <ul
        aria-label={strings.guide.day}
        className="no-scrollbar -mx-2 flex gap-2 overflow-x-auto overscroll-x-contain p-2"
      >
        {days.map((each) => (
          <li key={each} className="shrink-0">
            <Link
              to="/catch-up"
              search={{ channel: channel.channelId, day: dateOf(each) }}
              replace
              resetScroll={false}
              aria-current={each === shown ? "date" : undefined}
              className={each === shown ? FILTER_SET : FILTER}
            >
              {dayLabel(each, now, strings)}
            </Link>
          </li>
        ))}
      </ul>
      {error && !programmes ? <ErrorMessage error={error} retry={refetch} /> : null}
      {!programmes && !error ? <Skeleton className="mt-2 h-[60dvh]" /> : null}
      {entries?.length === 0 ? (
        <EmptyMessage heading={strings.guide.nothingToCatchUp} hint={strings.guide.nothingToCatchUpHint} />
      ) : null}
      <ul className="-mx-2 mt-2 flex flex-col gap-1">
        {entries?.map((entry) => (
          <CatchUpEntry key={entry.programme.programmeId} entry={entry} now={now} />
        ))}
      </ul>
    </section>
  );
}

/** Returns a function that closes the sheet of a programme, which is an entry of the history. */
function useCloseSheet() {
  const navigate = useNavigate();
  const router = useRouter();
  const canGoBack = useCanGoBack();
  return () => {
    if (canGoBack) router.history.back();
    else
      void navigate({
        to: "/catch-up",
        search: ({ channel, day }) => ({ ...(channel ? { channel } : {}), ...(day ? { day } : {}) }),
        replace: true,
        resetScroll: false,
      });
  };
}
