import { act, cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { useIdle } from "./useIdle";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const pass = (time: number) => act(() => void vi.advanceTimersByTime(time));

describe("idleness", () => {
  it("begins when nothing was touched for long enough, and ends with a touch", () => {
    const { result } = renderHook(() => useIdle(3_200));
    pass(3_000);
    expect(result.current[0]).toBe(false);
    pass(200);
    expect(result.current[0]).toBe(true);
    act(() => result.current[1]());

    expect(result.current[0]).toBe(false);
  });

  it("does not count the time for which the page could not run", () => {
    const { result } = renderHook(() => useIdle(3_200));
    // The page stands still: its clock goes on, and the one timer that is due runs late.
    vi.setSystemTime(Date.now() + 60_000);
    act(() => void vi.advanceTimersToNextTimer());
    expect(result.current[0]).toBe(false);
    pass(2_800);
    expect(result.current[0]).toBe(false);
    pass(200);

    expect(result.current[0]).toBe(true);
  });

  it("does not begin while it is held, as by an open menu, and counts anew afterwards", () => {
    const { result, rerender } = renderHook(({ held }) => useIdle(3_200, held), { initialProps: { held: false } });
    pass(3_000);
    rerender({ held: true });
    pass(60_000);
    act(() => result.current[1]());
    pass(60_000);
    expect(result.current[0]).toBe(false);
    rerender({ held: false });
    pass(3_000);
    expect(result.current[0]).toBe(false);
    pass(200);

    expect(result.current[0]).toBe(true);
  });

  it("counts anew when it may last longer", () => {
    const { result, rerender } = renderHook(({ after }) => useIdle(after), { initialProps: { after: 3_200 } });
    pass(3_000);
    rerender({ after: 10_000 });
    pass(9_000);

    expect(result.current[0]).toBe(false);
  });
});
