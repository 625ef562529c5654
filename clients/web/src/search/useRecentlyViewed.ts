import { createConnectQueryKey, useQuery } from "@connectrpc/connect-query";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { titleIdOf } from "../api/subjects";
import { events } from "../events/events";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { feedbackClient } from "../feedback/feedbackClient";
import { showToast } from "../toasts/toasts";
import { useStrings } from "../strings/useStrings";
import { tasteChanged } from "../taste/tasteChanged";

const MOST = 20;

/** What was handed in is counted within this long, unless the platform is short of breath. */
const COUNTED_MS = 1_000;

const queryKey = createConnectQueryKey({ schema: ViewingService.method.listRecentlyViewed, cardinality: undefined });

const NOTHING: string[] = [];

/** The titles that whoever is watching looked at, on whatever device, the latest first. */
export function useRecentlyViewed(): string[] {
  const viewed = useQuery(
    ViewingService.method.listRecentlyViewed,
    { pageSize: MOST },
    { staleTime: 0, select: ({ subjects }) => subjects.map(({ subject }) => titleIdOf(subject)) },
  );
  const { refetch } = viewed;
  useEffect(() => {
    // What this browser has not told yet belongs into the list as well.
    let timer: ReturnType<typeof setTimeout> | undefined;
    let left = false;
    void events.flush().then(() => {
      if (!left) timer = setTimeout(() => void refetch(), COUNTED_MS);
    });
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [refetch]);
  return viewed.data ?? NOTHING;
}

/** Forgets all that whoever is watching looked at: it is gone from their taste, too. */
export function useClearingViews(): () => void {
  const { feedback } = useStrings();
  const queries = useQueryClient();
  const clearing = useMutation({
    mutationFn: () => feedbackClient.clearRecentlyViewed({}),
    onSuccess: () => Promise.all([tasteChanged(queries), queries.invalidateQueries({ queryKey })]),
    onError: () => showToast(feedback.failed),
  });
  return () => clearing.mutate();
}
