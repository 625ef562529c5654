import { Outlet } from "@tanstack/react-router";
import { useEffect } from "react";

import { TabBar } from "../components/TabBar";
import { TopBar } from "../components/TopBar";
import { useStrings } from "../strings/useStrings";

/** The frame of the pages for viewers: top bar and tab bar. */
export function Shell() {
  const strings = useStrings();
  useEffect(() => {
    document.documentElement.lang = strings.language;
  }, [strings.language]);
  return (
    <>
      <a
        href="#content"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-full bg-bulb px-4 py-2 text-sm font-semibold text-ink focus:translate-y-0"
        data-arrows="skip"
      >
        {strings.skipToContent}
      </a>
      <TopBar />
      <main id="content" tabIndex={-1} className="min-h-dvh pb-28 sm:pb-20">
        <Outlet />
      </main>
      <TabBar />
    </>
  );
}
