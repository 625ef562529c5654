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
/** Long enough for a busy machine. */
const SOON = { timeout: 30_000 };

beforeEach(() => tokens.signIn({ accessToken: "access", refreshToken: "refresh", expires: Infinity }, false));

afterEach(() => {
  cleanup();
  dismiss();
  hidden.clear();
  tokens.forget();
  vi.unstubAllGlobals();
});

/** A platform behind the browser's own `fetch`; answers what it was told, in its order. */
function aPlatform({ letsBack = true } = {}): string[] {
  const told: string[] = [];
  const router = createConnectRouter({ grpcWeb: true });
  router.service(ViewingService, {
    dismissContinueWatching: ({ subject }) => {
      told.push(`dismiss ${titleIdOf(subject)}`);
      return {};
    },
    restoreContinueWatching: ({ subject }) => {
      if (!letsBack) throw new Error("away");
      told.push(`restore ${titleIdOf(subject)}`);
      return {};
    },
  });
  const handlers = new Map(router.handlers.map((each) => [each.requestPath, createFetchHandler(each)]));
  vi.stubGlobal("fetch", (input: string, init: RequestInit) => {
    // Requests do not take the signals of what stands in for a page here.
    const request = new Request(input, { ...init, signal: null });
    return handlers.get(new URL(request.url).pathname)?.(request);
  });
  return told;
}

function dismissing(titleId: string) {
  const queries = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  return renderHook(() => useDismissing(titleId, RAIL, "The Long Tide"), { wrapper }).result;
}

function isGone(titleId: string): boolean {
  return isHidden(hidden.snapshot(), titleId, RAIL);
}

describe("a title that is taken out of its row", { timeout: 60_000 }, () => {
  it.each([undefined, new Date(2026, 10, 22, 5)])(
    "is let back at once when that is undone (until %s)",
    async (until) => {
      const told = aPlatform();
      dismissing("t1").current(until);
      await waitFor(() => expect(snapshot()?.undo).toBeDefined(), SOON);
      expect(isGone("t1")).toBe(true);
      snapshot()?.undo?.();

      await waitFor(() => expect(told).toEqual(["dismiss t1", "restore t1"]), SOON);
      expect(isGone("t1")).toBe(false);
    },
  );

  it("is gone again where the platform did not hear of the undoing", async () => {
    const told = aPlatform({ letsBack: false });
    dismissing("t1").current();
    await waitFor(() => expect(snapshot()?.undo).toBeDefined(), SOON);
    const { id = 0 } = snapshot() ?? {};
    snapshot()?.undo?.();

    await waitFor(() => expect(snapshot()?.id).toBeGreaterThan(id), SOON);
    expect(told).toEqual(["dismiss t1"]);
    expect(isGone("t1")).toBe(true);
  });
});
