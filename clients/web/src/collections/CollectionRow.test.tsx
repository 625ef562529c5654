import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { CollectionService } from "../gen/marquee/catalog/v1/collection_service_pb";
import { CollectionRow } from "./CollectionRow";

/** Reports every observed element as visible. */
class AlwaysVisible {
  readonly disconnect = vi.fn();
  constructor(private readonly callback: (entries: { isIntersecting: boolean }[]) => void) {}
  observe() {
    this.callback([{ isIntersecting: true }]);
  }
}

beforeEach(() => vi.stubGlobal("IntersectionObserver", AlwaysVisible));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const FOG = {
  collectionId: "c1",
  displayName: "A Night in the Fog",
  tagline: "Bring a lamp.",
  titleCount: 8,
  titles: [{ titleId: "t1", displayName: "Salt Hollow" }],
};

/** Renders a page with only the row. Returns how often the platform is called. */
function aRow(respond: () => { collections: (typeof FOG)[] }) {
  const calls = { count: 0 };
  const transport = createRouterTransport(({ service }) => {
    service(CollectionService, {
      listCollections: () => {
        calls.count += 1;
        return respond();
      },
    });
  });
  const root = createRootRoute();
  const tree = root.addChildren([
    createRoute({ getParentRoute: () => root, path: "/", component: CollectionRow }),
    createRoute({ getParentRoute: () => root, path: "/collection/$collectionId", component: () => null }),
  ]);
  const router = createRouter({ routeTree: tree, history: createMemoryHistory() });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </TransportProvider>,
  );
  return calls;
}

describe("the row of collections", () => {
  it("has a card for each collection, which describes it and links to its page", async () => {
    aRow(() => ({ collections: [FOG, { ...FOG, collectionId: "c2", displayName: "Second Helpings", tagline: "" }] }));

    const fog = await screen.findByRole("link", { name: "A Night in the Fog. 8 titles. Bring a lamp." });
    expect(fog.getAttribute("href")).toBe("/collection/c1");
    expect(screen.getByRole("link", { name: "Second Helpings. 8 titles" })).toBeTruthy();
  });

  it("is one stop for the Tab key", async () => {
    aRow(() => ({ collections: [FOG, { ...FOG, collectionId: "c2" }] }));

    const cards = await screen.findAllByRole("link");
    expect(cards.map((card) => card.tabIndex)).toEqual([0, -1]);
  });

  it("is not rendered if there are no collections, or if the platform fails", async () => {
    for (const respond of [
      () => ({ collections: [] }),
      () => {
        throw new ConnectError("away", Code.Unavailable);
      },
    ]) {
      const calls = aRow(respond);

      await waitFor(() => expect(calls.count).toBe(1));
      await waitFor(() => expect(screen.queryByRole("heading")).toBeNull());
      cleanup();
    }
  });
});
