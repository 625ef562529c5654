import { createClient } from "@connectrpc/connect";
import { useTransport } from "@connectrpc/connect-query";
import { skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { titleIdOf, titleSubject } from "../api/subjects";
import { durationOf } from "../format/time";
import type { Item } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";

/** What is asked for. */
export interface PickRequest {
  /** The id of a mood; empty for any, or for one in words. */
  moodId: string;
  /** A mood in the viewer's words; empty for none. */
  mood: string;
  /** The longest it may play; zero for any length. */
  minutes: number;
}

/** What was picked so far for a request. */
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
  /** Whether everything that fits was offered already. */
  isOver: boolean;
  /** Notes what is to be asked for next. */
  change: (request: PickRequest) => void;
  /** Picks for what is asked for now. */
  first: () => void;
  /** Picks another one for the same request. */
  another: () => void;
}

/** The platform takes this many titles that were offered already. */
const MOST_OFFERED = 100;

/** Kept beside what was asked lately, so that it is there when the viewer comes back, and gone with them. */
const QUERY_KEY = ["pick"];
const NOTHING: Picked = { request: { moodId: "", mood: "", minutes: 0 }, offered: [], item: undefined };

/** Picks one title after the other, none of them twice. */
export function usePick(): Pick {
  const recommendation = createClient(RecommendationService, useTransport());
  const queries = useQueryClient();
  const { data: picked = NOTHING } = useQuery<Picked>({ queryKey: QUERY_KEY, queryFn: skipToken, gcTime: Infinity });
  const keep = (next: Picked) => queries.setQueryData(QUERY_KEY, next);
  const picking = useMutation({
    mutationFn: async ({ request, offered }: Omit<Picked, "item">) => {
      const { item } = await recommendation.pickForMood({
        ...wishOf(request),
        excluded: offered.map(titleSubject),
        ...(request.minutes > 0 ? { maxDuration: durationOf(request.minutes * 60) } : {}),
      });
      return item;
    },
    onSuccess: (item, { request, offered }) =>
      keep({ request, item, offered: item ? [...offered, titleIdOf(item.subject)].slice(-MOST_OFFERED) : offered }),
  });
  const { request, offered, item } = picked;
  return {
    request,
    item,
    error: picking.error,
    isPending: picking.isPending,
    isOver: picking.isError && picking.variables.offered.length > 0,
    change: (next) => keep({ ...picked, request: next }),
    first: () => picking.mutate({ request, offered: [] }),
    another: () => picking.mutate({ request, offered }),
  };
}

/** The mood of a request, as the contract takes it. */
function wishOf({ moodId, mood }: PickRequest) {
  if (mood) return { wish: { case: "mood" as const, value: mood.trim() } };
  return moodId ? { wish: { case: "moodId" as const, value: moodId } } : {};
}
