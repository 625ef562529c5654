import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createRouterTransport } from "@connectrpc/connect";
import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { cleanup, configure, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { AccessReasonCode } from "../gen/marquee/entitlement/v1/entitlement_pb";
import { EntitlementService } from "../gen/marquee/entitlement/v1/entitlement_service_pb";
import { ChannelSchema, ProgrammeSchema } from "../gen/marquee/epg/v1/epg_pb";
import { HOUR } from "../guide/guideTime";
import { WatchActions } from "./WatchActions";

const NOW = new Date(2026, 10, 30, 20, 30).getTime();

// A busy machine renders slowly.
configure({ asyncUtilTimeout: 20_000 });
beforeEach(() => void vi.spyOn(window, "scrollTo").mockImplementation(() => undefined));
afterEach(cleanup);

interface Options {
  start?: number;
  startOver?: boolean;
  catchUpEnd?: number;
  refused?: boolean;
}

/** Renders the actions of a programme of an hour. Returns the subjects of the access checks. */
async function actions({ start = NOW - HOUR / 2, startOver = true, catchUpEnd = NOW + HOUR, refused }: Options) {
  const checked: (string | undefined)[] = [];
  const transport = createRouterTransport(({ service }) => {
    service(EntitlementService, {
      checkAccess: ({ subject }) => {
        checked.push(subject?.id.value);
        const reasons = [{ code: AccessReasonCode.NOT_IN_SUBSCRIPTION }];
        return { decision: { ...(subject ? { subject } : {}), allowed: !refused, reasons: refused ? reasons : [] } };
      },
    });
  });
  const entry = {
    programme: create(ProgrammeSchema, {
      programmeId: "p1",
      displayName: "Heron",
      catchUpEndTime: timestampFromMs(catchUpEnd),
    }),
    start,
    end: start + HOUR,
  };
  const channel = create(ChannelSchema, { channelId: "c1", timeShift: { startOver } });
  const route = createRootRoute({
    component: () => (
      <>
        <h1>Sheet</h1>
        <WatchActions channel={channel} entry={entry} now={NOW} />
      </>
    ),
  });
  const router = createRouter({ routeTree: route, history: createMemoryHistory() });
  render(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={new QueryClient()}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </TransportProvider>,
  );
  await screen.findByText("Sheet");
  return checked;
}

const addressOf = async (name: string) => (await screen.findByRole("link", { name })).getAttribute("href");

describe("a programme", () => {
  it("that runs is watched live or from its beginning", async () => {
    const checked = await actions({});

    expect(await addressOf("Watch live")).toBe("/watch/channel/c1");
    expect(await addressOf("Start over")).toBe("/watch/programme/p1");
    expect(checked).toEqual(["p1"]);
  });

  it("of a channel without start-over is watched live only", async () => {
    await actions({ startOver: false });

    expect(await addressOf("Watch live")).toBe("/watch/channel/c1");
    expect(screen.queryByRole("link", { name: "Start over" })).toBeNull();
  });

  it("that is over is watched in catch-up", async () => {
    await actions({ start: NOW - 3 * HOUR });

    expect(await addressOf("Watch")).toBe("/watch/programme/p1");
    expect(screen.queryByRole("link", { name: "Watch live" })).toBeNull();
  });

  it("that cannot be watched any more, or not yet, has no actions", async () => {
    for (const start of [NOW - 3 * HOUR, NOW + HOUR]) {
      const checked = await actions({ start, catchUpEnd: NOW - HOUR });

      expect(screen.queryByRole("link")).toBeNull();
      expect(checked).toEqual([]);
      cleanup();
    }
  });

  it("that the viewer may not watch says why", async () => {
    await actions({ refused: true });

    expect(await screen.findByText("Your plan does not include this channel.")).toBeTruthy();
    expect(screen.queryByRole("link", { name: "Watch live" })).toBeNull();
  });
});
