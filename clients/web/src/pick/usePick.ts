import { createClient } from "@connectrpc/connect";
import { useTransport } from "@connectrpc/connect-query";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { durationOf } from "../format/time";
import type { Item } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_pb";

/** What was asked for. */
export interface Wish {
  mood: string;
  /** The longest it may play; zero for any length. */
  minutes: number;
}

export interface Pick {
  item: Item | undefined;
  error: unknown;
  isPending: boolean;
  /** Whether everything that fits was offered already. */
  isOver: boolean;
  /** Picks for a new wish. */
  first: (wish: Wish) => void;
  /** Picks another one for the same wish. */
  another: () => void;
}

/** The platform takes this many titles that were offered already. */
const MOST_OFFERED = 100;

/** Picks one title after the other, none of them twice. */
export function usePick(): Pick {
  const recommendation = createClient(RecommendationService, useTransport());
  const [wish, setWish] = useState<Wish>({ mood: "", minutes: 0 });
  const [offered, setOffered] = useState<string[]>([]);
  const picking = useMutation({
    mutationFn: async ({ asked, excluded }: { asked: Wish; excluded: string[] }) => {
      const { item } = await recommendation.pickForMood({
        mood: asked.mood,
        excludedTitleIds: excluded,
        ...(asked.minutes > 0 ? { maxDuration: durationOf(asked.minutes * 60) } : {}),
      });
      return item;
    },
    onSuccess: (item, { excluded }) => setOffered(item ? [...excluded, item.titleId].slice(-MOST_OFFERED) : excluded),
  });
  return {
    item: picking.data,
    error: picking.error,
    isPending: picking.isPending,
    isOver: picking.isError && picking.variables.excluded.length > 0,
    first: (asked) => {
      setWish(asked);
      picking.mutate({ asked, excluded: [] });
    },
    another: () => picking.mutate({ asked: wish, excluded: offered }),
  };
}
