import { create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ChannelSchema } from "../gen/marquee/epg/v1/epg_pb";
import type { GetGuideRequest } from "../gen/marquee/epg/v1/epg_service_pb";
import { EpgService } from "../gen/marquee/epg/v1/epg_service_pb";
import { GuideGrid } from "./GuideGrid";
import { BLOCK, HOUR } from "./guideTime";

const NOW = new Date(2026, 10, 30, 20, 30).getTime();
const HOUR_NOW = NOW - HOUR / 2;

// A busy machine renders the grid slowly.
configure({ asyncUtilTimeout: 20_000 });

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
  // The test environment lays nothing out, and the grid draws only what is on the screen.
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(500);
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(1000);
  // That of the test environment also moves in the direction that is not stated.
  vi.spyOn(Element.prototype, "scrollTo").mockImplementation(scrollTo);
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function scrollTo(this: Element, options?: unknown) {
  const { left = this.scrollLeft, top = this.scrollTop } = options as ScrollToOptions;
  [this.scrollLeft, this.scrollTop] = [left, top];
  this.dispatchEvent(new Event("scroll"));
}

const channelsOf = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    create(ChannelSchema, { channelId: `c${index}`, number: index + 1, displayName: `Channel ${index + 1}` }),
  );

/** Returns hourly programmes of a channel in a window; channel c1 has none, and one of c2 is restricted. */
function programmesOf(channelId: string, request: GetGuideRequest) {
  if (!request.startTime || !request.endTime || channelId === "c1") return [];
  const [first, last] = [timestampMs(request.startTime), timestampMs(request.endTime)];
  const hours = Array.from({ length: (last - first) / HOUR }, (_, index) => first + index * HOUR);
  return hours.map((start) => ({
    channelId,
    startTime: timestampFromMs(start),
    endTime: timestampFromMs(start + HOUR),
    ...(channelId === "c2" && start === HOUR_NOW
      ? { restricted: true }
      : { programmeId: `${channelId} ${start}`, displayName: `Show ${new Date(start).getHours()}` }),
  }));
}

/** Renders the grid. Returns the requests and the ids of the programmes that were opened. */
function aGrid(count = 60, beforeResponse: (request: GetGuideRequest) => void = () => undefined) {
  const requests: GetGuideRequest[] = [];
  const opened: string[] = [];
  const transport = createRouterTransport(({ service }) => {
    service(EpgService, {
      getGuide: (request) => {
        requests.push(request);
        beforeResponse(request);
        const channelIds = request.filter?.channelIds ?? [];
        return {
          schedules: channelIds.map((channelId) => ({ channelId, programmes: programmesOf(channelId, request) })),
        };
      },
    });
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>
        <GuideGrid
          channels={channelsOf(count)}
          totalCount={count}
          onMore={undefined}
          entry={`test ${Math.random()}`}
          filter=""
          controls={document.body}
          onOpenChannel={(channelId) => opened.push(channelId)}
          onOpenProgramme={(programmeId) => opened.push(programmeId)}
        />
      </QueryClientProvider>
    </TransportProvider>,
  );
  return { requests, opened };
}

const cellNamed = (name: string | RegExp) => screen.findByRole("gridcell", { name });
const press = (...keys: string[]) => {
  for (const key of keys) fireEvent.keyDown(document.activeElement ?? document.body, { key });
};

describe("the grid", { timeout: 60_000 }, () => {
  it("names channel, programme and time, and what is on", async () => {
    aGrid();

    expect(await cellNamed("Channel 1, Show 20, 20:00 to 21:00, On now")).toBeTruthy();
    expect(screen.getByRole("grid").getAttribute("aria-rowcount")).toBe("61");
    expect(
      screen
        .getAllByRole("row")
        .map((row) => row.getAttribute("aria-rowindex"))
        .slice(0, 2),
    ).toEqual(["2", "3"]);
  });

  it("says where there is no programme, and which one the profile may not see", async () => {
    const { opened } = aGrid();

    for (const gap of await screen.findAllByRole("gridcell", { name: /^Channel 2, No information/ }))
      fireEvent.click(gap);
    fireEvent.click(await cellNamed("Channel 3, Not available for this profile, 20:00 to 21:00, On now"));
    expect(opened).toEqual([]);
  });

  it("draws only the rows on the screen, and loads only their page and its neighbours", async () => {
    const { requests } = aGrid(1000);
    await cellNamed(/^Channel 1, Show 20/);

    await waitFor(() => expect(requests.length).toBeGreaterThan(3));
    expect(screen.getAllByRole("row").length).toBeLessThan(20);
    const pages = new Set(requests.map((request) => request.filter?.channelIds[0]));
    expect([...pages].sort()).toEqual(["c0", "c25"]);
    const lengths = requests.map(({ startTime, endTime }) =>
      startTime && endTime ? timestampMs(endTime) - timestampMs(startTime) : 0,
    );
    expect(new Set(lengths)).toEqual(new Set([BLOCK]));
  });

  it("follows the arrow keys and opens the programme with Enter", async () => {
    const { opened } = aGrid();
    (await cellNamed(/^Channel 1, Show 20/)).focus();

    press("ArrowDown", "ArrowDown", "ArrowDown");
    await waitFor(() => expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^Channel 4, Show 20/));
    press("ArrowRight");
    await waitFor(() => expect(document.activeElement?.getAttribute("aria-label")).toMatch(/^Channel 4, Show 21/));
    press("Enter");
    expect(opened).toEqual([`c3 ${HOUR_NOW + HOUR}`]);
  });

  it("has one field for the Tab key", async () => {
    aGrid();
    await cellNamed(/^Channel 1, Show 20/);

    expect(screen.getAllByRole("gridcell").filter((cell) => cell.tabIndex === 0)).toHaveLength(1);
  });

  it("says that a part could not be loaded, and loads it again", async () => {
    let isBroken = true;
    aGrid(10, () => {
      if (isBroken) throw new ConnectError("broken", Code.Internal);
    });
    const retry = await screen.findByRole("button", { name: "Try again" });
    expect((await screen.findAllByRole("gridcell", { name: /Could not be loaded/ })).length).toBeGreaterThan(0);

    isBroken = false;
    fireEvent.click(retry);
    expect(await cellNamed(/^Channel 1, Show 20/)).toBeTruthy();
    await waitFor(() => expect(screen.queryByRole("button", { name: "Try again" })).toBeNull());
  });
});
