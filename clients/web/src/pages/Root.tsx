import { Outlet } from "@tanstack/react-router";

import { OfflineBanner } from "../offline/OfflineBanner";

/** The elements of every page. */
export function Root() {
  return (
    <>
      <Outlet />
      <OfflineBanner />
    </>
  );
}
