import { createRouterTransport } from "@connectrpc/connect";
import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, describe, expect, it } from "vitest";

import { titleSubject } from "../api/subjects";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { useRecentlyViewed } from "./useRecentlyViewed";

afterEach(cleanup);

/** Returns a wrapper with a platform that returns one list after the other, and then repeats the last one. */
function wrapperOf(...lists: string[][]) {
  const transport = createRouterTransport(({ service }) => {
    service(ViewingService, {
      listRecentlyViewed: () => {
        const [titleIds = []] = lists.length > 1 ? lists.splice(0, 1) : lists;
        return { subjects: titleIds.map((titleId) => ({ subject: titleSubject(titleId) })) };
      },
    });
  });
  const queries = new QueryClient();
  return ({ children }: { children: ReactNode }) => (
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </TransportProvider>
  );
}

describe("the recently viewed titles", () => {
  it("are in the order of the platform", async () => {
    const { result } = renderHook(useRecentlyViewed, { wrapper: wrapperOf(["t2", "t1"]) });

    await waitFor(() => expect(result.current).toEqual(["t2", "t1"]));
  });

  it("are fetched again after the platform has counted the last events of this browser", async () => {
    const { result } = renderHook(useRecentlyViewed, { wrapper: wrapperOf(["t1"], ["t2", "t1"]) });

    await waitFor(() => expect(result.current).toEqual(["t2", "t1"]), { timeout: 30_000 });
  }, 60_000);
});
