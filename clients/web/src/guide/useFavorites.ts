import { createConnectQueryKey, useMutation, useQuery } from "@connectrpc/connect-query";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

import { problemOf } from "../api/problem";
import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { EpgService } from "../gen/marquee/epg/v1/epg_service_pb";
import { PersonalGuideService } from "../gen/marquee/epg/v1/personal_guide_service_pb";
import { useStrings } from "../strings/useStrings";
import { showToast } from "../toasts/toasts";

/** Returns the ids of the favourite channels; undefined while they are not loaded. */
export function useFavorites(): ReadonlySet<string> | undefined {
  const { data } = useQuery(PersonalGuideService.method.listFavoriteChannels, {});
  return useMemo(() => data && new Set(data.channelIds), [data]);
}

/** Returns whether a channel is a favourite, and a function that changes it and confirms that by a toast. */
export function useFavorite({ channelId, displayName }: Channel) {
  const { favorites: words, feedback, problems } = useStrings();
  const queries = useQueryClient();
  const favorites = useFavorites();
  const keys = [
    createConnectQueryKey({ schema: PersonalGuideService.method.listFavoriteChannels, cardinality: undefined }),
    createConnectQueryKey({ schema: EpgService.method.listChannels, cardinality: undefined }),
  ];
  const renew = () => Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
  const onError = (failure: Error) => {
    const { kind } = problemOf(failure);
    showToast(kind === "list-full" || kind === "not-in-guide" ? problems[kind] : feedback.failed);
  };
  // The mutations stay pending, and what they change is shown, until the lists are loaded again.
  const adding = useMutation(PersonalGuideService.method.addFavoriteChannel, { onError, onSettled: renew });
  const removing = useMutation(PersonalGuideService.method.removeFavoriteChannel, { onError, onSettled: renew });
  const isFavorite = adding.isPending || (!removing.isPending && (favorites?.has(channelId) ?? false));
  const toggle = () => {
    const [change, text] = isFavorite ? [removing, words.removed] : [adding, words.added];
    change.mutateAsync({ channelId }).then(
      () => showToast(text(displayName)),
      () => undefined,
    );
  };
  return { isFavorite, toggle, isKnown: favorites !== undefined };
}
