import { Outlet } from "@tanstack/react-router";

import { OfflineBanner } from "../offline/OfflineBanner";

/** What every page has. */
export function Root() {
  return (
    <>
      <Outlet />
      <OfflineBanner />
    </>
  );
}
