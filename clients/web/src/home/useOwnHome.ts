import { createClient } from "@connectrpc/connect";
import { useTransport } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { isChosen } from "../focus/pageFocus";
import type { GetHomeResponse } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { isOwn, retryDelay, showHome } from "./homeQuery";

/** The time since which a fallback home is shown, and its lifetime, in milliseconds. */
export interface Fallback {
  since: number;
  lifetime: number;
}

/**
 * Requests the viewer's own home in the background while a fallback is shown.
 *
 * Replaces the fallback if the viewer does not use it at that moment. Otherwise the home waits, and the hook returns a
 * function that shows it.
 */
export function useOwnHome(fallback: Fallback | undefined): (() => void) | undefined {
  const queries = useQueryClient();
  const transport = useTransport();
  const [ownHome, setOwnHome] = useState<{ home: GetHomeResponse; fallbackSince: number }>();
  const waitingHome = ownHome && ownHome.fallbackSince === fallback?.since ? ownHome.home : undefined;
  const isRequesting = fallback !== undefined && waitingHome === undefined;
  const { since, lifetime } = fallback ?? { since: 0, lifetime: 0 };

  useEffect(() => {
    if (!isRequesting) return;
    const { getHome } = createClient(RecommendationService, transport);
    const abortController = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const requestHome = async (attempts: number) => {
      // A hidden tab does not need the home. The app requests it when the viewer shows the tab again.
      const response = document.hidden
        ? undefined
        : await getHome({}, { signal: abortController.signal }).catch(() => undefined);
      if (abortController.signal.aborted) return;
      if (!response || !isOwn(response)) scheduleRequest(attempts + 1);
      else if (isInUse()) setOwnHome({ home: response, fallbackSince: since });
      else showHome(queries, response);
    };
    const scheduleRequest = (attempts: number) => {
      timer = setTimeout(() => void requestHome(attempts), retryDelay(lifetime, attempts));
    };
    scheduleRequest(0);
    return () => {
      abortController.abort();
      clearTimeout(timer);
    };
  }, [isRequesting, since, lifetime, queries, transport]);

  return waitingHome && (() => showHome(queries, waitingHome));
}

/**
 * Returns whether the viewer uses the home: has scrolled down, has opened a dialog, or has the pointer or the focus in
 * a rail.
 */
function isInUse(): boolean {
  const focused = document.activeElement;
  return (
    window.scrollY > 0 ||
    document.querySelector("[data-rail]:hover, dialog[open]") !== null ||
    (isChosen(focused) && focused?.closest("[data-rail]") !== null)
  );
}
