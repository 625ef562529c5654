import { Star } from "lucide-react";
import { useMemo } from "react";

import { ProgressBar } from "../components/ProgressBar";
import { Skeleton } from "../components/Skeletons";
import { useOnScreen } from "../components/useOnScreen";
import type { Channel, OnNow } from "../gen/marquee/epg/v1/epg_pb";
import { useStrings } from "../strings/useStrings";
import { ChannelLogo } from "./ChannelLogo";
import { GuideBadges } from "./GuideBadges";
import { useGuideMarks } from "./guideMarks";
import { GuideNotice } from "./GuideNotice";
import { CHANNELS_PER_PAGE } from "./guideQueries";
import { currentAndNext, useOnNow } from "./onNow";
import { elapsedShare } from "./guideTime";
import { clockTime, timesLabel } from "./labels";
import type { ScheduledProgramme } from "./schedule";
import { useNow } from "./useNow";

interface OnNowListProps {
  channels: readonly Channel[];
  onOpenChannel: (channelId: string) => void;
}

/** The guide on a phone: what each channel shows now and next. */
export function OnNowList({ channels, onOpenChannel }: OnNowListProps) {
  const pages = useMemo(() => {
    const count = Math.ceil(channels.length / CHANNELS_PER_PAGE);
    return Array.from({ length: count }, (_, page) =>
      channels.slice(page * CHANNELS_PER_PAGE, (page + 1) * CHANNELS_PER_PAGE),
    );
  }, [channels]);
  return pages.map((page) => <OnNowPage key={page[0]?.channelId} channels={page} onOpenChannel={onOpenChannel} />);
}

/** A page of channels, which loads what is on when it comes near the screen. */
function OnNowPage({ channels, onOpenChannel }: OnNowListProps) {
  const now = useNow();
  const [ref, hasAppeared] = useOnScreen<HTMLUListElement>();
  const { byChannel, isLoaded, isFailed, refetch } = useOnNow(channels, hasAppeared);
  return (
    <>
      {isFailed ? <GuideNotice retry={refetch} /> : null}
      <ul ref={ref} className="-mx-2 flex flex-col gap-1">
        {channels.map((channel) => (
          <OnNowRow
            key={channel.channelId}
            channel={channel}
            onNow={isLoaded ? (byChannel.get(channel.channelId) ?? "nothing") : undefined}
            isFailed={isFailed}
            now={now}
            onOpenChannel={onOpenChannel}
          />
        ))}
      </ul>
    </>
  );
}

interface OnNowRowProps extends Pick<OnNowListProps, "onOpenChannel"> {
  channel: Channel;
  /** What is on; undefined while it is not loaded. */
  onNow: OnNow | "nothing" | undefined;
  isFailed: boolean;
  now: number;
}

function OnNowRow({ channel, onNow, isFailed, now, onOpenChannel }: OnNowRowProps) {
  const strings = useStrings();
  const isFavorite = useGuideMarks().favorites.has(channel.channelId);
  const { current, next } = onNow && onNow !== "nothing" ? currentAndNext(onNow, now) : {};
  return (
    <li>
      <button
        type="button"
        data-card=""
        data-focus-first=""
        className="flex min-h-24 w-full scroll-my-28 items-center gap-3.5 rounded-2xl px-2 py-2.5 text-left transition-colors hover:bg-paper/6"
        onClick={() => onOpenChannel(channel.channelId)}
      >
        <span className="flex w-14 shrink-0 flex-col items-center gap-1">
          <ChannelLogo channel={channel} className="size-12" />
          <span className="flex items-center gap-1 text-xs text-muted tabular-nums">
            {isFavorite ? (
              <Star role="img" aria-label={strings.favorites.isFavorite} className="size-3 fill-bulb text-bulb" />
            ) : null}
            {channel.number || ""}
          </span>
        </span>
        <span className="min-w-0 grow">
          <span className="block truncate text-xs text-muted">{channel.displayName}</span>
          {onNow === undefined && !isFailed ? (
            <Skeleton className="mt-1.5 h-10" />
          ) : (
            <>
              <NowLineOf current={current} isFailed={isFailed} now={now} />
              {next ? (
                <span className="mt-1.5 block truncate text-xs text-muted">
                  {strings.guide.nextAt(clockTime(next.start, strings), nameOf(next, strings.guide.restricted))}
                </span>
              ) : null}
            </>
          )}
        </span>
      </button>
    </li>
  );
}

interface NowLineOfProps {
  current: ScheduledProgramme | undefined;
  isFailed: boolean;
  now: number;
}

/** The name, the times and the progress of the running programme. */
function NowLineOf({ current, isFailed, now }: NowLineOfProps) {
  const strings = useStrings();
  const { guide } = strings;
  if (!current)
    return <span className="block text-muted italic">{isFailed ? guide.notLoaded : guide.noInformation}</span>;
  return (
    <>
      <span className="flex items-center gap-1.5">
        <span className="truncate font-medium">{nameOf(current, guide.restricted)}</span>
        <GuideBadges programme={current.programme} />
      </span>
      <span className="mt-1.5 flex items-center gap-2.5">
        <ProgressBar share={elapsedShare(current, now)} className="grow rounded-full" />
        <span className="shrink-0 text-xs text-muted tabular-nums">{timesLabel(current, strings)}</span>
      </span>
    </>
  );
}

function nameOf({ programme }: ScheduledProgramme, restricted: string): string {
  return programme.restricted ? restricted : programme.displayName;
}
