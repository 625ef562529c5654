import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Transport } from "@connectrpc/connect";
import { callUnaryMethod, useInfiniteQuery, useQuery, useTransport } from "@connectrpc/connect-query";
import type { QueryClient, UseQueryResult } from "@tanstack/react-query";
import { keepPreviousData, queryOptions, useQueries, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";

import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { ChannelOrder } from "../gen/marquee/epg/v1/epg_pb";
import { EpgService } from "../gen/marquee/epg/v1/epg_service_pb";
import type { ChannelFilters } from "../pages/guideParameters";
import type { Span } from "./guideTime";
import { spanOfBlock } from "./guideTime";
import type { ScheduledProgramme, SpanSchedule } from "./schedule";
import { scheduled } from "./schedule";

/** The number of channels whose schedules are loaded with one call. */
export const CHANNELS_PER_PAGE = 25;
/** The most channels that the platform lists in one response. */
const LISTED_CHANNELS = 500;
/** The channels are loaded again after this time. */
const CHANNELS_LIFETIME_MS = 900_000;
/** A schedule is loaded again after this time, because it may have changed. */
const SCHEDULE_LIFETIME_MS = 300_000;

type Schedules = ReadonlyMap<string, readonly ScheduledProgramme[]>;

/** Returns the channels of a filter in their order, and why they have their places. They are loaded page by page. */
export function useChannels({ genre = "", language = "", q = "", included, order }: ChannelFilters) {
  const channelPages = useInfiniteQuery(
    EpgService.method.listChannels,
    {
      filter: { genreId: genre, languageCode: language, query: q.trim(), entitledOnly: included ?? false },
      order: order === "number" ? ChannelOrder.NUMBER : ChannelOrder.PERSONAL,
      pageSize: LISTED_CHANNELS,
      pageToken: "",
    },
    {
      // The rows of the guide change their places only when the viewer has changed something.
      staleTime: CHANNELS_LIFETIME_MS,
      pageParamKey: "pageToken",
      getNextPageParam: (last) => last.nextPageToken || undefined,
      // The grid stays while the viewer types.
      placeholderData: keepPreviousData,
    },
  );
  const pages = channelPages.data?.pages;
  const channels = useMemo(() => pages?.flatMap((page) => page.channels) ?? [], [pages]);
  const ranks = useMemo(
    () => new Map(pages?.flatMap((page) => page.ranks).map((rank) => [rank.channelId, rank])),
    [pages],
  );
  const isPersonal = pages?.[0]?.appliedOrder === ChannelOrder.PERSONAL;
  return { ...channelPages, channels, ranks, isPersonal, totalCount: pages?.[0]?.totalCount ?? 0 };
}

/** Returns the programmes of a channel on a day; undefined while they are not loaded. */
export function useChannelDay(channelId: string, day: Span) {
  const { data, error, refetch } = useQuery(
    EpgService.method.getGuide,
    { startTime: timestampFromMs(day.start), endTime: timestampFromMs(day.end), filter: { channelIds: [channelId] } },
    { staleTime: SCHEDULE_LIFETIME_MS },
  );
  const programmes = useMemo(
    () => data && (data.schedules[0]?.programmes ?? []).flatMap((each) => scheduled(each) ?? []),
    [data],
  );
  return { programmes, error, refetch };
}

/** Returns the ids of channels in pages, as their schedules are loaded. */
export function pagesOf(channels: readonly Channel[]): string[][] {
  const pages: string[][] = [];
  channels.forEach(({ channelId }, index) => {
    if (index % CHANNELS_PER_PAGE === 0) pages.push([]);
    pages.at(-1)?.push(channelId);
  });
  return pages;
}

/** Returns the query for the programmes of a page of channels in a block of time. */
function blockQuery(transport: Transport, channelIds: readonly string[], block: number) {
  return queryOptions({
    queryKey: ["guide", block, ...channelIds],
    queryFn: ({ signal }) => loadBlock(transport, channelIds, block, signal),
    staleTime: SCHEDULE_LIFETIME_MS,
  });
}

async function loadBlock(
  transport: Transport,
  channelIds: readonly string[],
  block: number,
  signal: AbortSignal,
): Promise<Schedules> {
  const { start, end } = spanOfBlock(block);
  const schedules = new Map<string, ScheduledProgramme[]>(channelIds.map((channelId) => [channelId, []]));
  let pageToken = "";
  do {
    const request = {
      startTime: timestampFromMs(start),
      endTime: timestampFromMs(end),
      filter: { channelIds: [...channelIds] },
      pageSize: channelIds.length,
      pageToken,
    };
    const response = await callUnaryMethod(transport, EpgService.method.getGuide, request, { signal });
    for (const { channelId, programmes } of response.schedules)
      schedules.set(
        channelId,
        programmes.flatMap((programme) => scheduled(programme) ?? []),
      );
    // The platform returns fewer channels than were requested if their texts are very long.
    pageToken = response.nextPageToken;
  } while (pageToken);
  return schedules;
}

/** The parts of the guide that are on the screen: pages of channels and blocks of time. */
export interface GuideParts {
  pages: readonly number[];
  blocks: readonly number[];
}

/** Loads parts of the guide, and then their neighbours. `isEnabled` is false while the viewer scrolls past them. */
export function useSchedules(pages: readonly string[][], parts: GuideParts, isEnabled: boolean) {
  const transport = useTransport();
  const queries = useQueryClient();
  const pairs = pairsOf(parts, pages.length);
  const results = useQueries({
    queries: pairs.map(({ page, block }) => ({
      ...blockQuery(transport, pages[page] ?? [], block),
      enabled: isEnabled,
    })),
    combine: statesOf,
  });
  const isLoading = results.some(({ data, failed }) => !data && !failed);
  useEffect(() => {
    if (!isLoading && isEnabled) prefetchNeighbours(queries, transport, pages, parts);
  }, [isLoading, isEnabled, queries, transport, pages, parts]);
  const byPage = useMemo(() => {
    const states = new Map<number, BlockState[]>();
    pairsOf(parts, pages.length).forEach(({ page, block }, index) => {
      const state = { span: spanOfBlock(block), ...(results[index] ?? { data: undefined, failed: false }) };
      states.set(page, [...(states.get(page) ?? []), state]);
    });
    return states;
  }, [parts, pages.length, results]);
  const retry = () => queries.refetchQueries({ queryKey: ["guide"], type: "active", predicate: hasFailed });
  return { byPage, hasFailed: results.some(({ failed }) => failed), retry };
}

/** The state of a block of a page of channels. */
export interface BlockState {
  span: SpanSchedule["span"];
  data: Schedules | undefined;
  failed: boolean;
}

/** Returns what blocks state about one channel. */
export function scheduleOf(states: readonly BlockState[], channelId: string): SpanSchedule[] {
  return states.map(({ span, data, failed }) => ({ span, programmes: data && (data.get(channelId) ?? []), failed }));
}

/** Returns the programmes of a channel in a block, if they were loaded. */
export function useCachedSchedule(pages: readonly string[][]) {
  const transport = useTransport();
  const queries = useQueryClient();
  return (page: number, block: number, channelId: string): SpanSchedule => {
    const data = queries.getQueryData(blockQuery(transport, pages[page] ?? [], block).queryKey);
    return { span: spanOfBlock(block), programmes: data && (data.get(channelId) ?? []), failed: false };
  };
}

function hasFailed({ state }: { state: { status: string } }): boolean {
  return state.status === "error";
}

function statesOf(results: UseQueryResult<Schedules>[]) {
  return results.map(({ data, isError }) => ({ data, failed: isError && !data }));
}

function pairsOf({ pages, blocks }: GuideParts, pageCount: number) {
  return pages
    .filter((page) => page >= 0 && page < pageCount)
    .flatMap((page) => blocks.map((block) => ({ page, block })));
}

function prefetchNeighbours(
  queries: QueryClient,
  transport: Transport,
  pages: readonly string[][],
  { pages: shownPages, blocks }: GuideParts,
): void {
  const beside = (numbers: readonly number[]) => [...numbers, (numbers[0] ?? 0) - 1, (numbers.at(-1) ?? 0) + 1];
  for (const { page, block } of pairsOf({ pages: beside(shownPages), blocks: beside(blocks) }, pages.length))
    // A neighbour that cannot be loaded is loaded again when it is on the screen.
    queries.query(blockQuery(transport, pages[page] ?? [], block)).catch(() => undefined);
}
