import { describe, expect, it } from "vitest";

import { HOUR, MINUTE } from "../guide/guideTime";
import { isAtLiveEdge, offersStartOver, planSeek, shareOf, timelineOf } from "./timeline";

const NOW = Date.UTC(2026, 10, 30, 20, 30);
const SECOND = 1000;
const PROGRAMME = { start: NOW - 30 * MINUTE, end: NOW + 30 * MINUTE };
/** Catch-up of three hours. */
const WINDOW = { start: NOW - 3 * HOUR, end: NOW };
/** Two minutes up to twelve seconds before now. */
const LIVE_MEDIA = { start: NOW - 2 * MINUTE, end: NOW - 12 * SECOND };

describe("the timeline of a programme", () => {
  it("that runs can be played up to now", () => {
    expect(timelineOf(PROGRAMME, WINDOW)).toEqual({ ...PROGRAMME, from: PROGRAMME.start, to: NOW });
  });

  it("that is over can be played to its end", () => {
    const over = { start: NOW - 2 * HOUR, end: NOW - HOUR };

    expect(timelineOf(over, WINDOW)).toEqual({ ...over, from: over.start, to: over.end });
  });

  it("of which the beginning is out of reach begins later", () => {
    const window = { start: NOW - 2 * MINUTE, end: NOW };

    expect(timelineOf(PROGRAMME, window)).toEqual({ ...PROGRAMME, from: window.start, to: NOW });
  });

  it("that has not begun cannot be played", () => {
    const later = { start: NOW + HOUR, end: NOW + 2 * HOUR };

    expect(timelineOf(later, WINDOW)).toEqual({ ...later, from: later.start, to: later.start });
  });

  it("has a place for each time", () => {
    expect([-5, 0, 15, 60, 90].map((minute) => shareOf(PROGRAMME.start + minute * MINUTE, PROGRAMME))).toEqual([
      0, 0, 0.25, 1, 1,
    ]);
    expect(shareOf(NOW, { start: NOW, end: NOW })).toBe(0);
  });
});

describe("a seek", () => {
  it("in the media of the player stays in it", () => {
    expect(planSeek(NOW - MINUTE, LIVE_MEDIA, WINDOW)).toEqual({ kind: "within", time: NOW - MINUTE });
  });

  it("to the live edge ends at the last media", () => {
    expect(planSeek(NOW, LIVE_MEDIA, WINDOW)).toEqual({ kind: "within", time: LIVE_MEDIA.end });
    expect(planSeek(NOW + HOUR, LIVE_MEDIA, WINDOW)).toEqual({ kind: "within", time: LIVE_MEDIA.end });
  });

  it("before the media of the player moves the session", () => {
    expect(planSeek(PROGRAMME.start, LIVE_MEDIA, WINDOW)).toEqual({ kind: "move", time: PROGRAMME.start });
  });

  it("before the window of the session ends at the window", () => {
    expect(planSeek(NOW - 5 * HOUR, LIVE_MEDIA, WINDOW)).toEqual({ kind: "move", time: WINDOW.start });
  });

  it("stays in the live window of a channel that offers no more", () => {
    const window = { start: LIVE_MEDIA.start - 10 * SECOND, end: NOW };

    expect(planSeek(NOW - HOUR, LIVE_MEDIA, window)).toEqual({ kind: "within", time: LIVE_MEDIA.start });
  });

  it("behind the media of a programme that is over moves the session", () => {
    const over = { start: NOW - 2 * HOUR, end: NOW - HOUR };

    expect(planSeek(NOW, over, WINDOW)).toEqual({ kind: "move", time: NOW });
    expect(planSeek(NOW - 30 * MINUTE, over, WINDOW)).toEqual({ kind: "move", time: NOW - 30 * MINUTE });
  });
});

it("a viewer some seconds behind the live edge watches live", () => {
  expect(isAtLiveEdge(NOW - 16 * SECOND, WINDOW)).toBe(true);
  expect(isAtLiveEdge(NOW - MINUTE, WINDOW)).toBe(false);
});

describe("the beginning of a running programme", () => {
  it("is offered to a viewer who joins later", () => {
    expect(offersStartOver(PROGRAMME, WINDOW)).toBe(true);
  });

  it("is not offered if the channel does not allow it", () => {
    expect(offersStartOver(PROGRAMME, { start: NOW - MINUTE, end: NOW })).toBe(false);
  });

  it("is not offered in the first and in the last minute", () => {
    expect(offersStartOver({ start: NOW - 20 * SECOND, end: NOW + HOUR }, WINDOW)).toBe(false);
    expect(offersStartOver({ start: NOW - HOUR, end: NOW + 20 * SECOND }, WINDOW)).toBe(false);
  });
});
