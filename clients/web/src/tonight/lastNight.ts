import type { ChannelSchedule } from "../gen/marquee/epg/v1/epg_pb";
import { catchUpEnd } from "../guide/catchUp";
import type { Span } from "../guide/guideTime";
import type { ScheduledProgramme } from "../guide/schedule";
import { scheduled } from "../guide/schedule";

/**
 * Returns one programme of each channel that can still be played, in the order of the channels: the one that filled
 * most of the evening. A name that several channels showed is there once.
 */
export function pickLastNight(schedules: readonly ChannelSchedule[], evening: Span, now: number): ScheduledProgramme[] {
  const shareOf = ({ start, end }: Span) => Math.min(end, evening.end) - Math.max(start, evening.start);
  const names = new Set<string>();
  return schedules.flatMap(({ programmes }) => {
    const [longest] = programmes
      .flatMap((each) => scheduled(each) ?? [])
      .filter(
        ({ programme, end }) => catchUpEnd(programme, end, now) !== undefined && !names.has(programme.displayName),
      )
      .sort((one, other) => shareOf(other) - shareOf(one));
    if (!longest) return [];
    names.add(longest.programme.displayName);
    return [longest];
  });
}
