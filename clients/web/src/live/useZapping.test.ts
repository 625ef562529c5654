import { create } from "@bufbuild/protobuf";
import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ChannelSchema } from "../gen/marquee/epg/v1/epg_pb";
import { useZapping } from "./useZapping";

const CHANNELS = [1, 2, 3, 12].map((number) => create(ChannelSchema, { channelId: `c${number}`, number }));

/** Renders the hook for a viewer of channel 2, who watched channel 12 before. Returns it with the channels it chose. */
function aViewer() {
  const zaps: string[] = [];
  const { result, rerender } = renderHook(
    ({ current }) =>
      useZapping({
        channels: CHANNELS,
        current: CHANNELS.find(({ channelId }) => channelId === current),
        previousId: () => "c12",
        onZap: (channelId) => zaps.push(channelId),
      }),
    { initialProps: { current: "c2" } },
  );
  /** Presses keys, and returns those that the hook handled. */
  const press = (...keys: string[]) => {
    const handled: string[] = [];
    for (const key of keys)
      act(() => {
        if (result.current.onKey(key)) handled.push(key);
      });
    return handled;
  };
  return { result, rerender, zaps, press };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

describe("the keys up and down", () => {
  it("change the channel at once", () => {
    const { zaps, press, result } = aViewer();
    press("ChannelUp");

    expect(zaps).toEqual(["c3"]);
    expect(result.current.target?.channelId).toBe("c3");
  });

  it("play only the last channel of those that the viewer passes quickly", () => {
    const { zaps, press } = aViewer();
    press("ChannelUp", "ChannelUp", "ChannelUp", "ChannelUp");
    expect(zaps).toEqual(["c3"]);
    act(() => void vi.advanceTimersByTime(1_000));

    expect(zaps).toEqual(["c3", "c2"]);
  });

  it("go on from the channel that plays", () => {
    const { zaps, press, rerender, result } = aViewer();
    press("ChannelDown");
    rerender({ current: "c1" });
    expect(result.current.target).toBeUndefined();
    act(() => void vi.advanceTimersByTime(1_000));
    press("ChannelDown");

    expect(zaps).toEqual(["c1", "c12"]);
  });
});

describe("digits", () => {
  it("wait for a further digit if there can be one", () => {
    const { zaps, press, result } = aViewer();
    press("1");
    expect(result.current).toMatchObject({ digits: "1", numbered: { channelId: "c1" } });
    act(() => void vi.advanceTimersByTime(1_000));
    expect(zaps).toEqual([]);
    act(() => void vi.advanceTimersByTime(600));

    expect(zaps).toEqual(["c1"]);
    expect(result.current.digits).toBe("");
  });

  it("are complete when no channel has more of them, or with Enter", () => {
    const { zaps, press } = aViewer();
    press("1", "2");
    press("1", "Enter");

    expect(zaps).toEqual(["c12", "c1"]);
  });

  it("of no channel are shown for a while and change nothing", () => {
    const { zaps, press, result } = aViewer();
    press("9");
    expect(result.current).toMatchObject({ digits: "9", numbered: undefined });
    act(() => void vi.advanceTimersByTime(3_000));

    expect([zaps, result.current.digits]).toEqual([[], ""]);
  });
});

it("goes back to the last channel", () => {
  const { zaps, press } = aViewer();
  press("Backspace");

  expect(zaps).toEqual(["c12"]);
});

it("leaves other keys to the player", () => {
  const { press } = aViewer();

  expect(press("Enter", "k", "ArrowLeft")).toEqual([]);
});
