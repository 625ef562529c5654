import { createClient } from "@connectrpc/connect";
import { useTransport } from "@connectrpc/connect-query";
import { skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { titleIdOf, titleSubject } from "../api/subjects";
import { durationOf } from "../format/time";
import type { Item } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";

/** The request of a pick. */
export interface PickRequest {
  /** The id of a mood; empty for any mood, or for a mood in words. */
  moodId: string;
  /** A mood in the viewer's words; empty for none. */
  mood: string;
  /** The maximum length in minutes; zero for any length. */
  minutes: number;
}

/** The titles that were picked so far for a request. */
interface Picked {
  request: PickRequest;
  /** The ids of the titles that were offered, the latest last. */
  offered: string[];
  item: Item | undefined;
}

export interface Pick {
  request: PickRequest;
  item: Item | undefined;
  error: unknown;
  isPending: boolean;
  /** Whether every title that fits was already offered. */
  isOver: boolean;
  /** Changes the request for the next pick. */
  change: (request: PickRequest) => void;
  /** Picks the first title for the current request. */
  first: () => void;
  /** Picks another title for the same request. */
  another: () => void;
}

/** The largest number of excluded titles that the platform accepts. */
const MAX_OFFERED = 100;

/** The query cache holds the pick, so that the pick is kept until another viewer takes over. */
const QUERY_KEY = ["pick"];
const NO_PICK: Picked = { request: { moodId: "", mood: "", minutes: 0 }, offered: [], item: undefined };

/** Returns the current pick, and functions that pick further titles, none of them twice. */
export function usePick(): Pick {
  const recommendation = createClient(RecommendationService, useTransport());
  const queries = useQueryClient();
  const { data: picked = NO_PICK } = useQuery<Picked>({ queryKey: QUERY_KEY, queryFn: skipToken, gcTime: Infinity });
  const store = (next: Picked) => queries.setQueryData(QUERY_KEY, next);
  const pickMutation = useMutation({
    mutationFn: async ({ request, offered }: Omit<Picked, "item">) => {
      const { item } = await recommendation.pickForMood({
        ...moodOf(request),
        excluded: offered.map(titleSubject),
        ...(request.minutes > 0 ? { maxDuration: durationOf(request.minutes * 60) } : {}),
      });
      return item;
    },
    onSuccess: (item, { request, offered }) =>
      store({ request, item, offered: item ? [...offered, titleIdOf(item.subject)].slice(-MAX_OFFERED) : offered }),
  });
  const { request, offered, item } = picked;
  return {
    request,
    item,
    error: pickMutation.error,
    isPending: pickMutation.isPending,
    isOver: pickMutation.isError && pickMutation.variables.offered.length > 0,
    change: (next) => store({ ...picked, request: next }),
    first: () => pickMutation.mutate({ request, offered: [] }),
    another: () => pickMutation.mutate({ request, offered }),
  };
}

/** Returns the mood of a request as the contract expects it. */
function moodOf({ moodId, mood }: PickRequest) {
  if (mood) return { wish: { case: "mood" as const, value: mood.trim() } };
  return moodId ? { wish: { case: "moodId" as const, value: moodId } } : {};
}
