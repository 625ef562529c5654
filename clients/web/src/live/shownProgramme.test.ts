import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";

import { ProgrammeSchema } from "../gen/marquee/epg/v1/epg_pb";
import { AiredProgrammeSchema } from "../gen/marquee/playback/v1/playback_pb";
import { HOUR, MINUTE } from "../guide/guideTime";
import { nextAfter, shownAt } from "./shownProgramme";

const NOW = Date.UTC(2026, 10, 30, 20, 30);
const scheduledAt = (programmeId: string, start: number, end: number) => ({
  programme: create(ProgrammeSchema, { programmeId, displayName: `The ${programmeId}` }),
  start,
  end,
});
const NEWS = scheduledAt("news", NOW - HOUR, NOW);
const FILM = scheduledAt("film", NOW, NOW + HOUR);
const QUIZ = scheduledAt("quiz", NOW + 2 * HOUR, NOW + 3 * HOUR);
const SCHEDULE = [NEWS, FILM, QUIZ];
const airedAs = (programmeId: string, start: number, end: number) =>
  create(AiredProgrammeSchema, {
    programmeId,
    displayName: `The ${programmeId}`,
    startTime: timestampFromMs(start),
    endTime: timestampFromMs(end),
  });

describe("what a channel shows", () => {
  it("is what the guide states", () => {
    const { programme, ...span } = FILM;

    expect(shownAt(NOW + MINUTE, undefined, SCHEDULE)).toEqual({
      ...span,
      programmeId: "film",
      name: "The film",
      programme,
    });
  });

  it("begins and ends when the channel really shows it", () => {
    const aired = airedAs("film", NOW + 2 * MINUTE, NOW + HOUR + 2 * MINUTE);

    expect(shownAt(NOW + 3 * MINUTE, aired, SCHEDULE)).toEqual({
      start: NOW + 2 * MINUTE,
      end: NOW + HOUR + 2 * MINUTE,
      programmeId: "film",
      name: "The film",
      programme: FILM.programme,
    });
  });

  it("changes at the end of a programme, before the session states the next one", () => {
    const aired = airedAs("news", NEWS.start, NEWS.end);

    expect(shownAt(NOW - 1, aired, SCHEDULE)).toMatchObject({ programmeId: "news" });
    expect(shownAt(NOW, aired, SCHEDULE)).toMatchObject({ programmeId: "film", start: NOW });
  });

  it("is nothing in a gap, which has a beginning and an end", () => {
    expect(shownAt(NOW + 90 * MINUTE, undefined, SCHEDULE)).toEqual({
      start: FILM.end,
      end: QUIZ.start,
      programmeId: "",
      name: "",
      programme: undefined,
    });
  });

  it("is known from the session while the guide is not loaded", () => {
    expect(shownAt(NOW + MINUTE, airedAs("film", NOW, NOW + HOUR), [])).toMatchObject({ name: "The film" });
  });

  it("is not known outside of the loaded schedule", () => {
    expect([shownAt(NOW, undefined, []), shownAt(NOW - 2 * HOUR, undefined, SCHEDULE)]).toEqual([undefined, undefined]);
    expect(shownAt(NOW + 4 * HOUR, undefined, SCHEDULE)).toBeUndefined();
  });
});

it("what follows is the next programme, also after a gap", () => {
  expect([nextAfter(NOW, SCHEDULE), nextAfter(NOW + 1, SCHEDULE), nextAfter(QUIZ.end, SCHEDULE)]).toEqual([
    FILM,
    QUIZ,
    undefined,
  ]);
});
