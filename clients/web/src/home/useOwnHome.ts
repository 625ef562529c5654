import { createClient } from "@connectrpc/connect";
import { useTransport } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { isChosen } from "../focus/pageFocus";
import type { GetHomeResponse } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { againAfter, isOwn, showHome } from "./homeQuery";

/** The fallback for the viewer's own home: since when and for how long it is good, in milliseconds. */
export interface Fallback {
  since: number;
  life: number;
}

/**
 * While a fallback is shown in place of the viewer's own home, asks for that out of sight, and shows it once nobody is at what
 * is there. Returns how to show it at once, where it waits.
 */
export function useReturn(fallback: Fallback | undefined): (() => void) | undefined {
  const queries = useQueryClient();
  const transport = useTransport();
  const [own, setOwn] = useState<{ home: GetHomeResponse; insteadOf: number }>();
  const waiting = own && own.insteadOf === fallback?.since ? own.home : undefined;
  const asks = fallback !== undefined && waiting === undefined;
  const { since, life } = fallback ?? { since: 0, life: 0 };

  useEffect(() => {
    if (!asks) return;
    const { getHome } = createClient(RecommendationService, transport);
    const given = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const ask = async (tries: number) => {
      // Nobody waits for it while the tab is out of sight; it is renewed when it comes back.
      const answer = document.hidden ? undefined : await getHome({}, { signal: given.signal }).catch(() => undefined);
      if (given.signal.aborted) return;
      if (!answer || !isOwn(answer)) askLater(tries + 1);
      else if (isLookedAt()) setOwn({ home: answer, insteadOf: since });
      else showHome(queries, answer);
    };
    const askLater = (tries: number) => {
      timer = setTimeout(() => void ask(tries), againAfter(life, tries));
    };
    askLater(0);
    return () => {
      given.abort();
      clearTimeout(timer);
    };
  }, [asks, since, life, queries, transport]);

  return waiting && (() => showHome(queries, waiting));
}

/** Whether the viewer is at something of the home: reads further down, or has a card under the pointer or the focus. */
function isLookedAt(): boolean {
  const focused = document.activeElement;
  return (
    window.scrollY > 0 ||
    document.querySelector("[data-rail]:hover, dialog[open]") !== null ||
    (isChosen(focused) && focused?.closest("[data-rail]") !== null)
  );
}
