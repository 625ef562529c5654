import { create } from "@bufbuild/protobuf";
import { createRouterTransport } from "@connectrpc/connect";
import { createInfiniteQueryOptions } from "@connectrpc/connect-query";
import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";

import { Degradation } from "../gen/marquee/recommendation/v1/recommendation_pb";
import {
  GetHomeResponseSchema,
  RecommendationService,
} from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { againAfter, homeChanged, homeLeft, homeTurnedTo, isFallback, isOwn, renewHome, showHome } from "./homeQuery";

/** Returns an observed home query, and the number of requests it has made. */
function aHome() {
  const asked = { times: 0 };
  const transport = createRouterTransport(({ service }) => {
    service(RecommendationService, { getHome: () => ({ decisionId: `decision-${++asked.times}` }) });
  });
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  const observer = new InfiniteQueryObserver(
    queries,
    createInfiniteQueryOptions(
      RecommendationService.method.getHome,
      { pageToken: "" },
      { transport, pageParamKey: "pageToken", getNextPageParam: () => undefined },
    ) as never,
  );
  const seen = new Promise<() => void>((resolve) => {
    const leave = observer.subscribe(({ isSuccess }) => isSuccess && resolve(() => leave()));
  });
  return { queries, asked, seen };
}

describe("a home", () => {
  it("stays as it is while somebody looks at it, and is renewed once they have left", async () => {
    const { queries, asked, seen } = aHome();
    const leave = await seen;
    await homeChanged(queries);
    expect(asked.times).toBe(1);
    leave();
    await homeLeft(queries);

    expect(asked.times).toBe(2);
  });

  it("is renewed at once when nobody looks", async () => {
    const { queries, asked, seen } = aHome();
    (await seen)();
    await homeChanged(queries);

    expect(asked.times).toBe(2);
  });

  it("is left alone when nothing changed", async () => {
    const { queries, asked, seen } = aHome();
    (await seen)();
    await homeLeft(queries);

    expect(asked.times).toBe(1);
  });

  it("is renewed before the viewer's eyes when they ask for it", async () => {
    const { queries, asked, seen } = aHome();
    await seen;
    await renewHome(queries);

    expect(asked.times).toBe(2);
  });

  it("is renewed when its tab is turned to, if it has had its time", async () => {
    const { queries, asked, seen } = aHome();
    await seen;
    await homeTurnedTo(queries);
    expect(asked.times).toBe(1);
    await homeChanged(queries);
    await homeTurnedTo(queries);

    expect(asked.times).toBe(2);
  });

  it("that was asked for apart is shown without asking again", async () => {
    const { queries, asked, seen } = aHome();
    await seen;
    showHome(queries, create(GetHomeResponseSchema, { decisionId: "own" }));

    const [[, shown] = []] = queries.getQueriesData<{ pages: { decisionId: string }[] }>({});
    expect(shown?.pages.map((page) => page.decisionId)).toEqual(["own"]);
    expect(asked.times).toBe(1);
  });
});

describe("a fallback home", () => {
  it("is told from one that is the viewer's own, if a simpler one", () => {
    expect(isFallback([Degradation.POPULAR_ONLY])).toBe(true);
    expect(isFallback([Degradation.NO_VECTORS, Degradation.NOT_RECORDED])).toBe(false);
    expect(isFallback([])).toBe(false);
  });

  it("is not taken for the viewer's own, and neither is an empty one", () => {
    const home = { rails: [{ railId: "top-picks" }] };

    expect(isOwn(create(GetHomeResponseSchema, { home }))).toBe(true);
    expect(isOwn(create(GetHomeResponseSchema, { home, degradations: [Degradation.NO_SIGNALS] }))).toBe(false);
    expect(isOwn(create(GetHomeResponseSchema, { home: {} }))).toBe(false);
  });

  it("is asked to make way soon, then less and less often, but never more than a minute apart", () => {
    const waits = [0, 1, 2, 3, 10].map((tries) => againAfter(5_000, tries));

    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000]);
    expect(againAfter(0, 0)).toBe(2_000);
  });
});
