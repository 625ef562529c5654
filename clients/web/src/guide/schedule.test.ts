import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { ProgrammeSchema } from "../gen/marquee/epg/v1/epg_pb";
import { BLOCK, HOUR, spanOfBlock } from "./guideTime";
import type { SpanSchedule, Cell, ScheduledProgramme } from "./schedule";
import { cellAt, cellsOf } from "./schedule";

/** Returns a programme between two hours after the beginning of block 0. */
function aProgramme(displayName: string, start: number, end: number): ScheduledProgramme {
  return { programme: create(ProgrammeSchema, { displayName }), start: start * HOUR, end: end * HOUR };
}

const loaded = (block: number, ...programmes: ScheduledProgramme[]): SpanSchedule => ({
  span: spanOfBlock(block),
  programmes,
  failed: false,
});
const loading = (block: number): SpanSchedule => ({
  span: spanOfBlock(block),
  programmes: undefined,
  failed: false,
});
const text = ({ kind, start, end, programme }: Cell) =>
  `${start / HOUR}-${end / HOUR} ${programme?.displayName ?? kind}`;

describe("the fields of a channel", () => {
  it("are its programmes, with gaps between them", () => {
    const cells = cellsOf([loaded(0, aProgramme("News", 0, 1), aProgramme("Film", 2, 4), aProgramme("Late", 4, 6))]);

    expect(cells.map(text)).toEqual(["0-1 News", "1-2 gap", "2-4 Film", "4-6 Late"]);
  });

  it("has one field for a programme that several spans contain", () => {
    const marathon = aProgramme("Marathon", 5, 13);
    const cells = cellsOf([
      loaded(0, aProgramme("News", -1, 5), marathon),
      loaded(1, marathon),
      loaded(2, marathon, aProgramme("Late", 13, 18)),
    ]);

    expect(cells.map(text)).toEqual(["-1-5 News", "5-13 Marathon", "13-18 Late"]);
  });

  it("end at the edges of spans where there is no programme", () => {
    expect(cellsOf([loaded(0), loaded(1)]).map(text)).toEqual(["0-6 gap", "6-12 gap"]);
  });

  it("say what is not loaded, beside what is", () => {
    const cells = cellsOf([
      loading(0),
      loaded(1, aProgramme("Film", 5, 7), aProgramme("Late", 11, 14)),
      { span: spanOfBlock(2), programmes: undefined, failed: true },
    ]);

    expect(cells.map(text)).toEqual(["0-6 loading", "5-7 Film", "7-11 gap", "11-14 Late", "14-18 failed"]);
  });

  it("are the same from one span as from several", () => {
    const blocks = [
      loaded(0, aProgramme("Film", 1, 8)),
      loaded(1, aProgramme("Film", 1, 8), aProgramme("Late", 9, 12)),
    ];
    const cells = cellsOf(blocks);

    for (let time = 0; time < 2 * BLOCK; time += HOUR / 4) {
      const block = blocks[Math.floor(time / BLOCK)];
      expect(block && cellAt(block, time)).toEqual(cells.find(({ start, end }) => start <= time && time < end));
    }
  });
});
