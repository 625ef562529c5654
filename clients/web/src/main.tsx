import "./index.css";

import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { transport } from "./api/client";
import { queries } from "./api/queries";
import { followArrowKeys } from "./focus/arrowKeys";
import { keepPageFocus } from "./focus/pageFocus";
import { registerShellWorker } from "./offline/shellWorker";
import { router } from "./router";
import { snapshot, subscribe } from "./session/session";
import { followOtherTabs } from "./taste/tasteChanged";

followArrowKeys();
keepPageFocus();
registerShellWorker();

// The router leaves a viewer page after the viewer signed out, or if the viewer must choose a profile.
subscribe(() => {
  const session = snapshot();
  if (session?.status === "signed-out" || session?.mustChoose) void router.invalidate();
});
followOtherTabs(queries);

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
