import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { useMemo, useState } from "react";

import { ContentRail } from "../components/ContentRail";
import { ChannelOrder } from "../gen/marquee/epg/v1/epg_pb";
import { EpgService } from "../gen/marquee/epg/v1/epg_service_pb";
import { useChannels } from "../guide/guideQueries";
import { HOUR, startOfDay } from "../guide/guideTime";
import { ProgrammeCard } from "../guide/ProgrammeCard";
import { useNow } from "../guide/useNow";
import { dateOf } from "../pages/catchUpParameters";
import { useStrings } from "../strings/useStrings";
import { pickLastNight } from "./lastNight";

/** The evening that the rail shows: from 19:00 to 23:00 of the day before. */
const EVENING = { start: 19, end: 23 };
const CHANNELS = 40;
const CARDS = 16;

/** What the channels of the viewer's plan showed last night, one programme of each. */
export function CatchUpRail() {
  const { tonight } = useStrings();
  const now = useNow();
  const { channels } = useChannels({});
  const [evening] = useState(() => {
    const yesterday = startOfDay(Date.now(), -1);
    return { start: yesterday + EVENING.start * HOUR, end: yesterday + EVENING.end * HOUR };
  });
  const { data } = useQuery(
    EpgService.method.getGuide,
    {
      startTime: timestampFromMs(evening.start),
      endTime: timestampFromMs(evening.end),
      filter: { entitledOnly: true },
      order: ChannelOrder.PERSONAL,
      pageSize: CHANNELS,
    },
    { staleTime: HOUR },
  );
  const entries = useMemo(
    () => pickLastNight(data?.schedules ?? [], evening, now).slice(0, CARDS),
    [data, evening, now],
  );
  const names = useMemo(() => new Map(channels.map((each) => [each.channelId, each.displayName])), [channels]);
  if (entries.length === 0) return null;
  return (
    <ContentRail heading={tonight.lastNight} railId="catch-up" seeAll={{ to: "/catch-up" }} count={entries.length}>
      {entries.map((entry) => {
        const { channelId, programmeId } = entry.programme;
        return (
          <ProgrammeCard
            key={programmeId}
            entry={entry}
            channelName={names.get(channelId) ?? ""}
            now={now}
            link={{
              to: "/catch-up",
              search: { channel: channelId, day: dateOf(entry.start), programme: programmeId },
            }}
          />
        );
      })}
    </ContentRail>
  );
}
