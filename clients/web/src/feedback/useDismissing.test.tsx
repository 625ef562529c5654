import { createConnectRouter } from "@connectrpc/connect";
import { createFetchHandler } from "@connectrpc/connect/protocol";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { titleIdOf } from "../api/subjects";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { dismiss, snapshot } from "../toasts/toasts";
import { tokens } from "../session/tokens";
import { hidden, isHidden } from "./hidden";
import { useDismissing } from "./useDismissing";

const RAIL = "continue-watching";
/** A timeout that is long enough for a busy machine. */
const SOON = { timeout: 30_000 };

beforeEach(() => tokens.signIn({ accessToken: "access", refreshToken: "refresh", expires: Infinity }, false));

afterEach(() => {
  cleanup();
  dismiss();
  hidden.clear();
  tokens.forget();
  vi.unstubAllGlobals();
});

/** Replaces the browser's `fetch` with a platform. Returns the list of the calls that it receives, in order. */
function aPlatform({ canRestore = true } = {}): string[] {
  const calls: string[] = [];
  const router = createConnectRouter({ grpcWeb: true });
  router.service(ViewingService, {
    dismissContinueWatching: ({ subject }) => {
      calls.push(`dismiss ${titleIdOf(subject)}`);
      return {};
    },
    restoreContinueWatching: ({ subject }) => {
      if (!canRestore) throw new Error("away");
      calls.push(`restore ${titleIdOf(subject)}`);
      return {};
    },
  });
  const handlers = new Map(router.handlers.map((each) => [each.requestPath, createFetchHandler(each)]));
  vi.stubGlobal("fetch", (input: string, init: RequestInit) => {
    // `Request` does not accept the abort signals of the test environment.
    const request = new Request(input, { ...init, signal: null });
    return handlers.get(new URL(request.url).pathname)?.(request);
  });
  return calls;
}

function renderDismissing(titleId: string) {
  const queries = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  return renderHook(() => useDismissing(titleId, RAIL, "The Long Tide"), { wrapper }).result;
}

function isHiddenInRail(titleId: string): boolean {
  return isHidden(hidden.snapshot(), titleId, RAIL);
}

describe("a title that is dismissed from its rail", { timeout: 60_000 }, () => {
  it.each([undefined, new Date(2026, 10, 22, 5)])(
    "returns at once if the viewer undoes the dismissal (until %s)",
    async (until) => {
      const calls = aPlatform();
      renderDismissing("t1").current(until);
      await waitFor(() => expect(snapshot()?.undo).toBeDefined(), SOON);
      expect(isHiddenInRail("t1")).toBe(true);
      snapshot()?.undo?.();

      await waitFor(() => expect(calls).toEqual(["dismiss t1", "restore t1"]), SOON);
      expect(isHiddenInRail("t1")).toBe(false);
    },
  );

  it("is hidden again if the platform does not receive the undo", async () => {
    const calls = aPlatform({ canRestore: false });
    renderDismissing("t1").current();
    await waitFor(() => expect(snapshot()?.undo).toBeDefined(), SOON);
    const { id = 0 } = snapshot() ?? {};
    snapshot()?.undo?.();

    await waitFor(() => expect(snapshot()?.id).toBeGreaterThan(id), SOON);
    expect(calls).toEqual(["dismiss t1"]);
    expect(isHiddenInRail("t1")).toBe(true);
  });
});
