import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { LinkProps } from "@tanstack/react-router";

import type { WayToWatch } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { WayToWatchKind } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { datedTimesLabel, dayLabel, clockTime } from "../guide/labels";
import type { Strings } from "../strings";

/** Returns when something can be watched: `On now`, `Tomorrow, 20:15–21:45`, `Until Sun 6 Dec, 20:15`, `On demand`. */
export function wayLabel(way: WayToWatch, now: number, strings: Strings): string {
  const { tonight, guide } = strings;
  switch (way.kind) {
    case WayToWatchKind.LIVE:
      return guide.onNow;
    case WayToWatchKind.UPCOMING: {
      if (!way.startTime || !way.endTime) return tonight.soon;
      return datedTimesLabel({ start: timestampMs(way.startTime), end: timestampMs(way.endTime) }, now, strings);
    }
    case WayToWatchKind.CATCH_UP: {
      if (!way.catchUpEndTime) return guide.onCatchUp;
      const until = timestampMs(way.catchUpEndTime);
      return guide.until(`${dayLabel(until, now, strings)}, ${clockTime(until, strings)}`);
    }
    default:
      return tonight.onDemand;
  }
}

/** Returns where a way to watch leads: to the player, or to the programme in the guide if it has not begun. */
export function wayLink({ kind, subject, channelId }: WayToWatch): LinkProps | undefined {
  const id = subject?.id;
  if (id?.case === "titleId") return { to: "/title/$titleId", params: { titleId: id.value } };
  if (id?.case !== "programmeId") return undefined;
  if (kind === WayToWatchKind.LIVE) return { to: "/watch/$kind/$id", params: { kind: "channel", id: channelId } };
  if (kind === WayToWatchKind.CATCH_UP) return { to: "/watch/$kind/$id", params: { kind: "programme", id: id.value } };
  return { to: "/guide", search: { programme: id.value } };
}
