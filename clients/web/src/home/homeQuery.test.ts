import { createRouterTransport } from "@connectrpc/connect";
import { createInfiniteQueryOptions } from "@connectrpc/connect-query";
import { InfiniteQueryObserver, QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";

import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { homeChanged, homeLeft, renewHome } from "./homeQuery";

/** A home that somebody looks at, with a count of how often it was asked for. */
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
});
