import { Code, ConnectError } from "@connectrpc/connect";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  RouterProvider,
} from "@tanstack/react-router";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";

import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";
import { RegistrationProblem } from "./RegistrationProblem";

afterEach(cleanup);

/** Renders the problem of a registration that failed for this reason. */
function aProblem(reason: string) {
  const failure = new ConnectError("refused", Code.Unknown, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: "identity.marquee" } },
  ]);
  const root = createRootRoute();
  const tree = root.addChildren([
    createRoute({ getParentRoute: () => root, path: "/", component: () => <RegistrationProblem failure={failure} /> }),
    createRoute({ getParentRoute: () => root, path: "/login", component: () => null }),
  ]);
  const router = createRouter({ routeTree: tree, history: createMemoryHistory() });
  render(<RouterProvider router={router} />);
}

describe("the problem of a registration", () => {
  it("leads whoever may have an account to the log-in", async () => {
    aProblem("REGISTRATION_REFUSED");

    expect((await screen.findByRole("link", { name: "Log in instead" })).getAttribute("href")).toBe("/login");
    expect(screen.getByRole("alert").textContent).not.toMatch(/there is an account/i);
  });

  it("offers no log-in for a weak password", async () => {
    aProblem("WEAK_PASSWORD");

    expect((await screen.findByRole("alert")).textContent).toMatch(/too easy to guess/);
    expect(screen.queryByRole("link")).toBeNull();
  });
});
