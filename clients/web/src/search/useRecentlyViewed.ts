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

const MAX_TITLES = 20;

/** The time in milliseconds that the platform normally needs to count new events. */
const COUNTING_MS = 1_000;

const queryKey = createConnectQueryKey({ schema: ViewingService.method.listRecentlyViewed, cardinality: undefined });

const NO_TITLES: string[] = [];

/** Returns the titles that the profile viewed on any device, the latest first. */
export function useRecentlyViewed(): string[] {
  const viewed = useQuery(
    ViewingService.method.listRecentlyViewed,
    { pageSize: MAX_TITLES },
    { staleTime: 0, select: ({ subjects }) => subjects.map(({ subject }) => titleIdOf(subject)) },
  );
  const { refetch } = viewed;
  useEffect(() => {
    // The list must include the events that this browser has not sent yet.
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isUnmounted = false;
    void events.flush().then(() => {
      if (!isUnmounted) timer = setTimeout(() => void refetch(), COUNTING_MS);
    });
    return () => {
      isUnmounted = true;
      clearTimeout(timer);
    };
  }, [refetch]);
  return viewed.data ?? NO_TITLES;
}

/** Returns a function that deletes the profile's views, and with them their effect on its taste. */
export function useClearingViews(): () => void {
  const { feedback } = useStrings();
  const queries = useQueryClient();
  const clearMutation = useMutation({
    mutationFn: () => feedbackClient.clearRecentlyViewed({}),
    onSuccess: () => Promise.all([tasteChanged(queries), queries.invalidateQueries({ queryKey })]),
    onError: () => showToast(feedback.failed),
  });
  return () => clearMutation.mutate();
}
