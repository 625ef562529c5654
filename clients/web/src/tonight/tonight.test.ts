import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";

import type { ChannelSchedule } from "../gen/marquee/epg/v1/epg_pb";
import { ChannelScheduleSchema } from "../gen/marquee/epg/v1/epg_pb";
import { WayToWatchKind, WayToWatchSchema } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { HOUR } from "../guide/guideTime";
import { en } from "../strings/en";
import { pickLastNight } from "./lastNight";
import { wayLabel, wayLink } from "./waysToWatch";

const NOW = new Date(2026, 10, 30, 20, 30).getTime();

function aWay(kind: WayToWatchKind, hours = 0) {
  return create(WayToWatchSchema, {
    kind,
    channelId: "c",
    subject: {
      id: kind === WayToWatchKind.ON_DEMAND ? { case: "titleId", value: "t" } : { case: "programmeId", value: "p" },
    },
    startTime: timestampFromMs(NOW + hours * HOUR),
    endTime: timestampFromMs(NOW + (hours + 1) * HOUR),
    catchUpEndTime: timestampFromMs(NOW + 24 * HOUR),
  });
}

describe("a way to watch", () => {
  it.each([
    [WayToWatchKind.LIVE, "On now"],
    [WayToWatchKind.UPCOMING, "21:30–22:30"],
    [WayToWatchKind.CATCH_UP, "Until Tomorrow, 20:30"],
    [WayToWatchKind.ON_DEMAND, "On demand"],
  ])("of kind %s says %j", (kind, label) => {
    expect(wayLabel(aWay(kind, 1), NOW, en)).toBe(label);
  });

  it("leads to the player, and to the guide if it has not begun", () => {
    expect(wayLink(aWay(WayToWatchKind.LIVE))?.params).toEqual({ kind: "channel", id: "c" });
    expect(wayLink(aWay(WayToWatchKind.CATCH_UP))?.params).toEqual({ kind: "programme", id: "p" });
    expect(wayLink(aWay(WayToWatchKind.UPCOMING))).toEqual({ to: "/guide", search: { programme: "p" } });
    expect(wayLink(aWay(WayToWatchKind.ON_DEMAND))?.params).toEqual({ titleId: "t" });
    expect(wayLink(create(WayToWatchSchema))).toBeUndefined();
  });
});

describe("last night", () => {
  const evening = { start: NOW - 24 * HOUR, end: NOW - 20 * HOUR };
  type Programme = [name: string, from: number, to: number, canCatchUp?: boolean];

  function aSchedule(...programmes: Programme[]): ChannelSchedule {
    return create(ChannelScheduleSchema, {
      programmes: programmes.map(([displayName, from, to, canCatchUp = true]) => ({
        displayName,
        startTime: timestampFromMs(evening.start + from * HOUR),
        endTime: timestampFromMs(evening.start + to * HOUR),
        ...(canCatchUp ? { catchUpEndTime: timestampFromMs(NOW + HOUR) } : {}),
      })),
    });
  }
  const namesOf = (...schedules: ChannelSchedule[]) =>
    pickLastNight(schedules, evening, NOW).map(({ programme }) => programme.displayName);

  it("is the programme of each channel that filled most of the evening", () => {
    expect(namesOf(aSchedule(["Long before", -5, 1], ["Short", 1, 2], ["Film", 2, 4]))).toEqual(["Film"]);
  });

  it("leaves out what cannot be played, and what another channel showed", () => {
    expect(
      namesOf(
        aSchedule(["Film", 0, 4]),
        aSchedule(["Film", 0, 3], ["News", 3, 4]),
        aSchedule(["Gone", 0, 4, false]),
        aSchedule(),
      ),
    ).toEqual(["Film", "News"]);
  });
});
