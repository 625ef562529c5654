import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";

import { MINUTE } from "../guide/guideTime";
import { TimelineBar } from "./TimelineBar";

const START = new Date(2026, 10, 30, 20, 15).getTime();
/** An hour, of which 40 minutes are over. */
const TIMELINE = { start: START, end: START + 60 * MINUTE, from: START, to: START + 40 * MINUTE };

afterEach(cleanup);

function aBar(timeline = TIMELINE, position = START + 30 * MINUTE) {
  const seeks: number[] = [];
  render(<TimelineBar timeline={timeline} position={position} onSeek={(time) => seeks.push(time)} />);
  const slider = screen.getByRole("slider");
  vi.spyOn(slider, "getBoundingClientRect").mockReturnValue({ left: 0, width: 600 } as DOMRect);
  return { slider, minutes: () => seeks.map((time) => (time - START) / MINUTE) };
}

it("tells the time in the programme", () => {
  const { slider } = aBar();

  expect(slider.getAttribute("aria-valuetext")).toBe("20:45 of 20:15 to 21:15");
  expect(["min", "now", "max"].map((name) => slider.getAttribute(`aria-value${name}`))).toEqual(["0", "1800", "2400"]);
});

it("seeks by keys, to the beginning and to the live edge", () => {
  const { slider, minutes } = aBar();
  for (const key of ["ArrowLeft", "ArrowRight", "Home", "End", "a"]) fireEvent.keyDown(slider, { key });

  expect(minutes()).toEqual([30 - 1 / 6, 30 + 1 / 6, 0, 40]);
});

it("seeks where the pointer is, but not into the future", () => {
  const { slider, minutes } = aBar();
  for (const clientX of [100, 590]) {
    fireEvent.pointerDown(slider, { clientX, pointerId: 1 });
    fireEvent.pointerUp(slider, { clientX, pointerId: 1 });
  }

  expect(minutes()).toEqual([10, 40]);
});

it("marks the live edge of a programme that still runs", () => {
  aBar();
  expect(document.querySelector("[data-live-edge]")).not.toBeNull();
  cleanup();
  aBar({ ...TIMELINE, to: TIMELINE.end });

  expect(document.querySelector("[data-live-edge]")).toBeNull();
});
