import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createRouterTransport } from "@connectrpc/connect";
import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { ChannelSchema } from "../gen/marquee/epg/v1/epg_pb";
import { EpgService } from "../gen/marquee/epg/v1/epg_service_pb";
import { HOUR, MINUTE } from "../guide/guideTime";
import { MiniGuide } from "./MiniGuide";

const NOW = new Date(2026, 10, 30, 20, 30).getTime();
const CHANNELS = Array.from({ length: 200 }, (_, index) =>
  create(ChannelSchema, { channelId: `c${index + 1}`, number: index + 1, displayName: `Channel ${index + 1}` }),
);

// A busy machine renders slowly.
configure({ asyncUtilTimeout: 20_000 });

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
  // The test environment lays nothing out, and only the rows on the screen are drawn.
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(300);
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(300);
  vi.spyOn(HTMLElement.prototype, "offsetWidth", "get").mockReturnValue(800);
  vi.spyOn(Element.prototype, "scrollTo").mockImplementation(function (this: Element, options?: unknown) {
    this.scrollTop = (options as ScrollToOptions).top ?? 0;
    this.dispatchEvent(new Event("scroll"));
  });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

/** Opens the mini guide on a channel. Returns the keys of the grid, and what was chosen. */
async function open(currentId: string) {
  const chosen: string[] = [];
  const requests: number[] = [];
  const transport = createRouterTransport(({ service }) => {
    service(EpgService, {
      listOnNow: ({ filter }) => {
        const channelIds = filter?.channelIds ?? [];
        requests.push(channelIds.length);
        const at = (start: number, name: string, channelId: string) => ({
          programmeId: `${channelId} ${name}`,
          displayName: `${name} of ${channelId}`,
          startTime: timestampFromMs(start),
          endTime: timestampFromMs(start + HOUR),
        });
        return {
          channels: channelIds.map((channelId) => ({
            channelId,
            now: at(NOW - 30 * MINUTE, "Now", channelId),
            next: at(NOW + 30 * MINUTE, "Next", channelId),
          })),
        };
      },
    });
  });
  render(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={new QueryClient()}>
        <MiniGuide
          channels={CHANNELS}
          currentId={currentId}
          onZap={(channelId) => chosen.push(channelId)}
          onOpenProgramme={(programmeId) => chosen.push(programmeId)}
        />
      </QueryClientProvider>
    </TransportProvider>,
  );
  await screen.findByText(`Now of ${currentId}`);
  const press = (...keys: string[]) =>
    keys.forEach((key) => fireEvent.keyDown(document.activeElement ?? document.body, { key }));
  const focused = () => document.activeElement?.textContent;
  return { press, focused, chosen, requests };
}

it("opens on the channel that plays", async () => {
  const { focused } = await open("c100");

  expect(focused()).toBe("Now of c100");
  expect(document.activeElement?.getAttribute("aria-current")).toBe("true");
});

it("is used with five keys", async () => {
  const { press, focused, chosen } = await open("c2");
  press("ArrowDown");
  expect(focused()).toBe("Now of c3");
  fireEvent.click(document.activeElement ?? document.body);
  press("ArrowRight");
  expect(focused()).toBe("21:00Next of c3");
  fireEvent.click(document.activeElement ?? document.body);
  press("ArrowLeft", "ArrowUp", "ArrowUp", "ArrowUp");

  expect(focused()).toBe("Now of c1");
  expect(chosen).toEqual(["c3", "c3 Next"]);
});

it("loads what is on only for the channels near the screen", async () => {
  const { requests } = await open("c2");

  expect(requests).toEqual([25]);
});
