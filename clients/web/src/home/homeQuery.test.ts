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
import {
  homeChanged,
  homeLeft,
  homeVisibilityChanged,
  isFallback,
  isOwn,
  renewHome,
  retryDelay,
  showHome,
} from "./homeQuery";

/**
 * Observes a home query. Returns the number of its requests, and a function that ends the observation after the load.
 */
function observeHome() {
  const requests = { count: 0 };
  const transport = createRouterTransport(({ service }) => {
    service(RecommendationService, { getHome: () => ({ decisionId: `decision-${++requests.count}` }) });
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
  const loaded = new Promise<() => void>((resolve) => {
    const leave = observer.subscribe(({ isSuccess }) => isSuccess && resolve(() => leave()));
  });
  return { queries, requests, loaded };
}

describe("a home", () => {
  it("is not requested again while it is on the screen, but after the viewer has left it", async () => {
    const { queries, requests, loaded } = observeHome();
    const leave = await loaded;
    await homeChanged(queries);
    expect(requests.count).toBe(1);
    leave();
    await homeLeft(queries);

    expect(requests.count).toBe(2);
  });

  it("is requested again at once if it is not on the screen", async () => {
    const { queries, requests, loaded } = observeHome();
    (await loaded)();
    await homeChanged(queries);

    expect(requests.count).toBe(2);
  });

  it("is not requested again if nothing changed", async () => {
    const { queries, requests, loaded } = observeHome();
    (await loaded)();
    await homeLeft(queries);

    expect(requests.count).toBe(1);
  });

  it("is requested again on the screen if the viewer asks for it", async () => {
    const { queries, requests, loaded } = observeHome();
    await loaded;
    await renewHome(queries);

    expect(requests.count).toBe(2);
  });

  it("is requested again when its tab is shown, if it is stale", async () => {
    const { queries, requests, loaded } = observeHome();
    await loaded;
    await homeVisibilityChanged(queries);
    expect(requests.count).toBe(1);
    await homeChanged(queries);
    await homeVisibilityChanged(queries);

    expect(requests.count).toBe(2);
  });

  it("can be replaced without another request", async () => {
    const { queries, requests, loaded } = observeHome();
    await loaded;
    showHome(queries, create(GetHomeResponseSchema, { decisionId: "own" }));

    const [[, cached] = []] = queries.getQueriesData<{ pages: { decisionId: string }[] }>({});
    expect(cached?.pages.map((page) => page.decisionId)).toEqual(["own"]);
    expect(requests.count).toBe(1);
  });
});

describe("a fallback home", () => {
  it("is different from the viewer's own home with simpler recommendations", () => {
    expect(isFallback([Degradation.POPULAR_ONLY])).toBe(true);
    expect(isFallback([Degradation.NO_VECTORS, Degradation.NOT_RECORDED])).toBe(false);
    expect(isFallback([])).toBe(false);
  });

  it("is not the viewer's own home, and neither is an empty home", () => {
    const home = { rails: [{ railId: "top-picks" }] };

    expect(isOwn(create(GetHomeResponseSchema, { home }))).toBe(true);
    expect(isOwn(create(GetHomeResponseSchema, { home, degradations: [Degradation.NO_SIGNALS] }))).toBe(false);
    expect(isOwn(create(GetHomeResponseSchema, { home: {} }))).toBe(false);
  });

  it("is checked soon, then less and less often, but at least once a minute", () => {
    const delays = [0, 1, 2, 3, 10].map((attempts) => retryDelay(5_000, attempts));

    expect(delays).toEqual([5_000, 10_000, 20_000, 40_000, 60_000]);
    expect(retryDelay(0, 0)).toBe(2_000);
  });
});
