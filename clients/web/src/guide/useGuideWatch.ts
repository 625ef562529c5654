import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Transport } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import { createConnectQueryKey, useTransport } from "@connectrpc/connect-query";
import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import type { ScheduleDelta, WatchGuideResponse } from "../gen/marquee/epg/v1/epg_service_pb";
import { EpgService } from "../gen/marquee/epg/v1/epg_service_pb";
import { PersonalGuideService } from "../gen/marquee/epg/v1/personal_guide_service_pb";
import { spanOfBlock } from "./guideTime";

/** The delay before a stream that ended or failed is opened again. It doubles with each failure, up to the longest. */
const RETRY_MS = { first: 1_000, longest: 60_000 };

/** Follows the guide while the page is open, and loads again what has changed. */
export function useGuideWatch(): void {
  const transport = useTransport();
  const queries = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    void watch(transport, queries, stop.signal);
    return () => stop.abort();
  }, [transport, queries]);
}

async function watch(transport: Transport, queries: QueryClient, signal: AbortSignal): Promise<void> {
  const client = createClient(EpgService, transport);
  let version = "";
  let delay = RETRY_MS.first;
  while (!signal.aborted) {
    const openedAt = Date.now();
    try {
      for await (const response of client.watchGuide({ version }, { signal })) {
        // What the page loads while the stream opens is as new as the first version.
        applyChanges(queries, response, version ? Infinity : openedAt);
        version = response.version;
        delay = RETRY_MS.first;
      }
    } catch {
      // A guide without the stream is loaded again after some minutes.
      delay = Math.min(RETRY_MS.longest, delay * 2);
    }
    await pause(delay, signal);
  }
}

/** Marks what a response says has changed as outdated. A reload concerns what was loaded before a time. */
export function applyChanges(queries: QueryClient, response: WatchGuideResponse, loadedBefore: number): void {
  const { reload, channelsChanged, schedules, dueReminders } = response;
  if (reload || channelsChanged || schedules.length > 0)
    void queries.invalidateQueries({
      predicate: ({ queryKey, state }) => {
        if (reload) return isOfGuide(queryKey) && state.dataUpdatedAt < loadedBefore;
        if (queryKey[0] === "guide") return schedules.some((delta) => touches(queryKey, delta));
        return isOfGuide(queryKey) && (channelsChanged || !isOfChannels(queryKey));
      },
    });
  if (dueReminders.length > 0)
    void queries.invalidateQueries({ queryKey: keyOf(PersonalGuideService.method.listReminders) });
}

/** Whether a block of the grid holds a part of what has changed. Its key has the block and then its channels. */
function touches([, block, ...channelIds]: QueryKey, { channelId, startTime, endTime }: ScheduleDelta): boolean {
  const { start, end } = spanOfBlock(Number(block));
  const [first, last] = [startTime ? timestampMs(startTime) : -Infinity, endTime ? timestampMs(endTime) : Infinity];
  return channelIds.includes(channelId) && start < last && end > first;
}

function isOfGuide(queryKey: QueryKey): boolean {
  return queryKey[0] === "guide" || serviceOf(queryKey) === EpgService.typeName;
}

function isOfChannels(queryKey: QueryKey): boolean {
  const { methodName } = partsOf(queryKey);
  return methodName === EpgService.method.listChannels.name || methodName === EpgService.method.getChannel.name;
}

function serviceOf(queryKey: QueryKey): string | undefined {
  return partsOf(queryKey).serviceName;
}

function partsOf(queryKey: QueryKey): { serviceName?: string; methodName?: string } {
  const parts = queryKey[1];
  return typeof parts === "object" && parts !== null ? parts : {};
}

function keyOf(schema: typeof PersonalGuideService.method.listReminders): QueryKey {
  return createConnectQueryKey({ schema, cardinality: undefined });
}

/** Waits, until the page is left at the latest. */
function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
