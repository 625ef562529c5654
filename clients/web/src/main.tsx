import "./index.css";

import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { transport } from "./api/client";
import { queries } from "./api/queries";
import { followArrowKeys } from "./focus/arrowKeys";
import { router } from "./router";
import { snapshot, subscribe } from "./session/session";

followArrowKeys();

// Signing out, here or in another tab, leaves no page that needs a viewer.
subscribe(() => {
  if (snapshot()?.status === "signed-out") void router.invalidate();
});

const root = document.getElementById("root");
if (!root) throw new Error("the page has no #root");

createRoot(root).render(
  <StrictMode>
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </TransportProvider>
  </StrictMode>,
);
