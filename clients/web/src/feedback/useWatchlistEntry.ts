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

/** Whether a title is on the profile's list, and how to put it there or take it off, which is told when it is done. */
export function useWatchlistEntry(titleId: string, name: string): [listed: boolean, list: (listed: boolean) => void] {
  const { feedback } = useStrings();
  const state = useSubjectState(titleId);
  const listing = useListing();
  const listed = listing.isPending ? listing.variables.listed : (state?.onWatchlist ?? false);
  const list = (wanted: boolean) => {
    // Told also where the button has gone meanwhile; a failure is told by the listing itself.
    const done = () => showToast(wanted ? feedback.listed(name) : feedback.unlisted(name));
    listing.mutateAsync({ titleId, listed: wanted }).then(done, () => undefined);
  };
  return [listed, list];
}

/** Puts titles on the list or takes them off. */
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
    // What is waited for is shown until the list says the same.
    onSettled: () =>
      Promise.all([
        renewSubjectStates(queries),
        queries.invalidateQueries({
          queryKey: createConnectQueryKey({ schema: ViewingService.method.listWatchlist, cardinality: undefined }),
        }),
      ]),
  });
}
