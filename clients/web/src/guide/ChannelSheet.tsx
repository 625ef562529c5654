import { useQuery } from "@connectrpc/connect-query";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { useEffect, useRef, useState } from "react";

import { ErrorMessage } from "../components/Messages";
import { Sheet } from "../components/Sheet";
import { Skeleton } from "../components/Skeletons";
import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { EpgService } from "../gen/marquee/epg/v1/epg_service_pb";
import { useStrings } from "../strings/useStrings";
import { ChannelLogo } from "./ChannelLogo";
import { DayMenu } from "./DayMenu";
import { GuideBadges } from "./GuideBadges";
import { dayOf, elapsedShare, guideSpan } from "./guideTime";
import { cellName, clockTime, episodeLine, isRunning } from "./labels";
import type { Cell } from "./schedule";
import { cellsOf, scheduled } from "./schedule";
import { useNow } from "./useNow";

interface ChannelSheetProps {
  channelId: string;
  onClose: () => void;
  onOpenProgramme: (programmeId: string) => void;
}

/** A sheet with the programmes of a channel, day by day. */
export function ChannelSheet({ channelId, onClose, onOpenProgramme }: ChannelSheetProps) {
  const strings = useStrings();
  const { data, error, refetch } = useQuery(EpgService.method.getChannel, { channelId });
  const channel = data?.channel;
  return (
    <Sheet label={channel ? strings.guide.channelDay(channel.displayName) : strings.loading} onClose={onClose}>
      {error && !data ? <ErrorMessage error={error} retry={refetch} isAddress /> : null}
      {!data && !error ? <Skeleton className="h-80" /> : null}
      {channel ? <ChannelDays channel={channel} onOpenProgramme={onOpenProgramme} /> : null}
    </Sheet>
  );
}

interface ChannelDaysProps {
  channel: Channel;
  onOpenProgramme: (programmeId: string) => void;
}

function ChannelDays({ channel, onOpenProgramme }: ChannelDaysProps) {
  const strings = useStrings();
  const now = useNow();
  const [span] = useState(() => guideSpan(now));
  const [shown, setShown] = useState(now);
  const day = dayOf(shown);
  const { data, error, refetch } = useQuery(EpgService.method.getGuide, {
    startTime: timestampFromMs(day.start),
    endTime: timestampFromMs(day.end),
    filter: { channelIds: [channel.channelId] },
  });
  const programmes = data && (data.schedules[0]?.programmes ?? []).flatMap((each) => scheduled(each) ?? []);
  const facts = [channel.number || "", channel.highDefinition ? strings.guide.highDefinition : ""];
  return (
    <div className="flex flex-col gap-4">
      <div className="flex items-center gap-3 pr-10">
        <ChannelLogo channel={channel} className="size-12" />
        <div className="min-w-0">
          <h2 className="truncate font-literary text-2xl font-semibold">{channel.displayName}</h2>
          <p className="text-sm text-muted">{facts.filter(Boolean).join(" · ")}</p>
        </div>
      </div>
      <div className="flex">
        <DayMenu span={span} shown={shown} now={now} onChoose={setShown} />
      </div>
      {error && !data ? <ErrorMessage error={error} retry={refetch} /> : null}
      {!data && !error ? <Skeleton className="h-[50dvh]" /> : null}
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

/** One programme of a day. The sheet opens with the running one on the screen. */
function DayEntry({
  cell,
  now,
  onOpenProgramme,
}: { cell: Cell; now: number } & Pick<ChannelDaysProps, "onOpenProgramme">) {
  const strings = useStrings();
  const element = useRef<HTMLLIElement>(null);
  const isNow = cell.programme !== undefined && isRunning(cell, now);
  useEffect(() => {
    if (isNow) element.current?.scrollIntoView({ block: "center", behavior: "instant" });
  }, [isNow]);
  const { programme } = cell;
  const episode = programme ? episodeLine(programme, strings) : "";
  const tone = cell.end <= now || !programme || programme.restricted ? "text-muted" : "text-paper";
  const content = (
    <>
      <span className="w-12 shrink-0 text-sm text-muted tabular-nums">{clockTime(cell.start, strings)}</span>
      <span className="min-w-0 grow">
        <span className="flex flex-wrap items-center gap-x-2 font-medium">
          {cellName(cell, strings)}
          {programme ? <GuideBadges programme={programme} /> : null}
        </span>
        {episode ? <span className="block truncate text-sm text-muted">{episode}</span> : null}
        {isNow ? (
          <span aria-hidden="true" className="mt-1.5 block h-1 overflow-hidden rounded-full bg-paper/15">
            <span className="block h-full bg-bulb" style={{ width: `${elapsedShare(cell, now) * 100}%` }} />
          </span>
        ) : null}
      </span>
    </>
  );
  const row = `flex min-h-12 w-full items-baseline gap-2 rounded-xl px-3 py-2.5 text-left ${tone}`;
  return (
    <li ref={element} aria-current={isNow || undefined}>
      {programme?.programmeId ? (
        <button
          type="button"
          data-focus-first={isNow ? "" : undefined}
          className={`${row} transition-colors hover:bg-paper/8 ${isNow ? "bg-lifted" : ""}`}
          onClick={() => onOpenProgramme(programme.programmeId)}
        >
          {content}
        </button>
      ) : (
        <p className={`${row} italic`}>{content}</p>
      )}
    </li>
  );
}
