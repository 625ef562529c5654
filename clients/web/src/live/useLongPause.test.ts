import { cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { useLongPause } from "./useLongPause";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

/** Returns a function that dispatches an event after some seconds, and returns how often the viewer resumed late. */
function aVideo() {
  const video = document.createElement("video");
  const onResume = vi.fn();
  renderHook(() => useLongPause({ current: video }, onResume));
  return (event: string, seconds = 0) => {
    vi.advanceTimersByTime(seconds * 1000);
    video.dispatchEvent(new Event(event));
    return onResume.mock.calls.length;
  };
}

it("a viewer who resumes after a long pause is noticed once", () => {
  const dispatch = aVideo();
  dispatch("pause");

  expect([dispatch("play", 180), dispatch("play", 180)]).toEqual([1, 1]);
});

it("a short pause, and the start of other media, are not", () => {
  const dispatch = aVideo();
  expect(dispatch("play", 60)).toBe(0);
  dispatch("pause");
  expect(dispatch("play", 5)).toBe(0);
  dispatch("pause");
  dispatch("emptied", 60);

  expect(dispatch("play", 60)).toBe(0);
});
