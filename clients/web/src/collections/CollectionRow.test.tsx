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

/** Everything is on the screen. */
class Seen {
  readonly disconnect = vi.fn();
  constructor(private readonly tell: (entries: { isIntersecting: boolean }[]) => void) {}
  observe() {
    this.tell([{ isIntersecting: true }]);
  }
}

beforeEach(() => vi.stubGlobal("IntersectionObserver", Seen));
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

/** A page with the row alone, and how often the platform was asked. */
function aRow(answer: () => { collections: (typeof FOG)[] }) {
  const asked = { times: 0 };
  const transport = createRouterTransport(({ service }) => {
    service(CollectionService, {
      listCollections: () => {
        asked.times += 1;
        return answer();
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
  return asked;
}

describe("the row of collections", () => {
  it("has a card for each, which says what it is and leads to its page", async () => {
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

  it("is not there where there is none, or where nobody answers", async () => {
    for (const answer of [
      () => ({ collections: [] }),
      () => {
        throw new ConnectError("away", Code.Unavailable);
      },
    ]) {
      const asked = aRow(answer);

      await waitFor(() => expect(asked.times).toBe(1));
      await waitFor(() => expect(screen.queryByRole("heading")).toBeNull());
      cleanup();
    }
  });
});
