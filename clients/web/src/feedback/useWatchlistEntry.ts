import { createConnectQueryKey } from "@connectrpc/connect-query";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { problemOf } from "../api/problem";
import { titleSubject } from "../api/subjects";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { showToast } from "../toasts/toasts";
import { useStrings } from "../strings/useStrings";
import { tasteChanged } from "../taste/tasteChanged";
import { feedbackClient } from "./feedbackClient";
import { renewSubjectStates, useSubjectState } from "./useSubjectState";

/** Returns whether a title is on the watchlist, and a function that adds or removes it and confirms that by a toast. */
export function useWatchlistEntry(
  titleId: string,
  name: string,
): [isListed: boolean, setListed: (listed: boolean) => void] {
  const { feedback } = useStrings();
  const state = useSubjectState(titleId);
  const listing = useListing();
  const isListed = listing.isPending ? listing.variables.listed : (state?.onWatchlist ?? false);
  const setListed = (listed: boolean) => {
    // The promise resolves even if the button is unmounted, when callbacks of `mutate` are not called. `useListing`
    // reports a failure.
    const confirm = () => showToast(listed ? feedback.listed(name) : feedback.unlisted(name));
    listing.mutateAsync({ titleId, listed }).then(confirm, () => undefined);
  };
  return [isListed, setListed];
}

/** Returns the mutation that adds titles to the watchlist or removes them. */
export function useListing() {
  const strings = useStrings();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ titleId, listed }: { titleId: string; listed: boolean }) => {
      const subject = titleSubject(titleId);
      await (listed ? feedbackClient.addToWatchlist({ subject }) : feedbackClient.removeFromWatchlist({ subject }));
    },
    onSuccess: () => void tasteChanged(queries),
    onError: (failure) => {
      const { kind } = problemOf(failure);
      showToast(kind === "list-full" ? strings.problems[kind] : strings.feedback.failed);
    },
    // The mutation stays pending, and its value is shown, until the state is refetched.
    onSettled: () =>
      Promise.all([
        renewSubjectStates(queries),
        queries.invalidateQueries({
          queryKey: createConnectQueryKey({ schema: ViewingService.method.listWatchlist, cardinality: undefined }),
        }),
      ]),
  });
}
