import { useQuery } from "@connectrpc/connect-query";
import { useState } from "react";

import { ErrorMessage } from "../components/Messages";
import { Sheet } from "../components/Sheet";
import { Skeleton } from "../components/Skeletons";
import type { Channel, ChannelRank } from "../gen/marquee/epg/v1/epg_pb";
import { EpgService } from "../gen/marquee/epg/v1/epg_service_pb";
import { WatchActions } from "../live/WatchActions";
import { useStrings } from "../strings/useStrings";
import { ChannelLogo } from "./ChannelLogo";
import { DayEntry } from "./DayEntry";
import { DayMenu } from "./DayMenu";
import { FavoriteButton } from "./FavoriteButton";
import { useChannelDay } from "./guideQueries";
import { dayOf, guideSpan } from "./guideTime";
import { cellsOf } from "./schedule";
import { useNow } from "./useNow";
import { WhyHere } from "./WhyHere";

interface ChannelSheetProps {
  channelId: string;
  /** Why the channel has its place; undefined unless the channels are in the personal order. */
  rank: ChannelRank | undefined;
  onClose: () => void;
  onOpenProgramme: (programmeId: string) => void;
}

/** A sheet with the programmes of a channel, day by day. */
export function ChannelSheet({ channelId, rank, onClose, onOpenProgramme }: ChannelSheetProps) {
  const strings = useStrings();
  const { data, error, refetch } = useQuery(EpgService.method.getChannel, { channelId });
  const channel = data?.channel;
  return (
    <Sheet label={channel ? strings.guide.channelDay(channel.displayName) : strings.loading} onClose={onClose}>
      {error && !data ? <ErrorMessage error={error} retry={refetch} isAddress /> : null}
      {!data && !error ? <Skeleton className="h-80" /> : null}
      {channel ? <ChannelDays channel={channel} rank={rank} onOpenProgramme={onOpenProgramme} /> : null}
    </Sheet>
  );
}

interface ChannelDaysProps {
  channel: Channel;
  rank: ChannelRank | undefined;
  onOpenProgramme: (programmeId: string) => void;
}

function ChannelDays({ channel, rank, onOpenProgramme }: ChannelDaysProps) {
  const strings = useStrings();
  const now = useNow();
  const [span] = useState(() => guideSpan(now));
  const [shown, setShown] = useState(now);
  const day = dayOf(shown);
  const { programmes, error, refetch } = useChannelDay(channel.channelId, day);
  const facts = [channel.number || "", channel.highDefinition ? strings.guide.highDefinition : ""];
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center gap-3 pr-10">
        <ChannelLogo channel={channel} className="size-12" />
        <div className="min-w-0">
          <h2 className="truncate font-literary text-2xl font-semibold">{channel.displayName}</h2>
          <p className="text-sm text-muted">{facts.filter(Boolean).join(" · ")}</p>
        </div>
        <FavoriteButton channel={channel} />
      </div>
      <WatchActions channel={channel} entry={undefined} now={now} />
      {rank ? <WhyHere rank={rank} /> : null}
      <div className="flex">
        <DayMenu span={span} shown={shown} now={now} onChoose={setShown} />
      </div>
      {error && !programmes ? <ErrorMessage error={error} retry={refetch} /> : null}
      {!programmes && !error ? <Skeleton className="h-[50dvh]" /> : null}
      {programmes ? (
        <ul className="-mx-3 flex h-[50dvh] flex-col overflow-y-auto overscroll-contain">
          {cellsOf([{ span: day, programmes, failed: false }]).map((cell) => (
            <DayEntry key={cell.start} cell={cell} now={now} onOpenProgramme={onOpenProgramme} />
          ))}
        </ul>
      ) : null}
    </div>
  );
}
