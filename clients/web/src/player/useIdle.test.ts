import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { useIdle } from "./useIdle";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const advance = (time: number) => act(() => void vi.advanceTimersByTime(time));

describe("useIdle", () => {
  it("reports idle after the timeout without input, and ends with an input", () => {
    const { result } = renderHook(() => useIdle(3_200));
    advance(3_000);
    expect(result.current[0]).toBe(false);
    advance(200);
    expect(result.current[0]).toBe(true);
    act(() => result.current[1]());

    expect(result.current[0]).toBe(false);
  });

  it("does not count time during which the page cannot run", () => {
    const { result } = renderHook(() => useIdle(3_200));
    // The page is frozen: the clock advances, and the one timer that is due runs late.
    vi.setSystemTime(Date.now() + 60_000);
    act(() => void vi.advanceTimersToNextTimer());
    expect(result.current[0]).toBe(false);
    advance(2_800);
    expect(result.current[0]).toBe(false);
    advance(200);

    expect(result.current[0]).toBe(true);
  });

  it("does not count while it is suspended, for example by an open menu, and starts again from zero afterwards", () => {
    const { result, rerender } = renderHook(({ suspended }) => useIdle(3_200, suspended), {
      initialProps: { suspended: false },
    });
    advance(3_000);
    rerender({ suspended: true });
    advance(60_000);
    act(() => result.current[1]());
    advance(60_000);
    expect(result.current[0]).toBe(false);
    rerender({ suspended: false });
    advance(3_000);
    expect(result.current[0]).toBe(false);
    advance(200);

    expect(result.current[0]).toBe(true);
  });

  it("starts again from zero with a longer timeout", () => {
    const { result, rerender } = renderHook(({ timeoutMs }) => useIdle(timeoutMs), {
      initialProps: { timeoutMs: 3_200 },
    });
    advance(3_000);
    rerender({ timeoutMs: 10_000 });
    advance(9_000);

    expect(result.current[0]).toBe(false);
  });
});
