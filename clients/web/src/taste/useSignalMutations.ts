import { createClient } from "@connectrpc/connect";
import { createConnectQueryKey } from "@connectrpc/connect-query";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { partingTransport } from "../api/client";
import { TasteService } from "../gen/marquee/recommendation/v1/taste_service_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { renewHome } from "../home/homeQuery";
import { hidden } from "../feedback/hidden";
import { showToast } from "../toasts/toasts";
import { useStrings } from "../strings/useStrings";
import { tasteChanged } from "./tasteChanged";

/** A signal and its label. */
export interface Named {
  signalId: string;
  titleId: string;
  label: string;
}

/** The client whose calls reach the platform even if the viewer leaves the page. */
const taste = createClient(TasteService, partingTransport);

/** Pauses, resumes and forgets signals. It refetches the home at once, so that the viewer sees the difference. */
export function useSignalMutations() {
  const { feedback, why, taste: words } = useStrings();
  const queries = useQueryClient();
  const refetchHome = () => Promise.all([tasteChanged(queries), renewHome(queries)]);
  const onError = () => showToast(feedback.failed);

  const resume = useMutation({
    mutationFn: ({ signalId }: Named) => taste.resumeTasteSignal({ signalId }),
    onSuccess: refetchHome,
    onError,
  });
  const pause = useMutation({
    mutationFn: ({ signalId }: Named) => taste.pauseTasteSignal({ signalId }),
    onSuccess: (_, signal) => {
      showToast(why.paused(signal.label), () => resume.mutate(signal));
      return refetchHome();
    },
    onError,
  });
  const forget = useMutation({
    mutationFn: ({ signalId }: Named) => taste.forgetTasteSignal({ signalId }),
    onSuccess: (_, signal) => {
      showToast(words.forgotten(signal.label));
      // The platform also deletes the source of the signal: the rating, the watchlist entry or the history entry.
      hidden.restore(signal.titleId);
      const viewing = createConnectQueryKey({ schema: ViewingService, cardinality: undefined });
      return Promise.all([refetchHome(), queries.invalidateQueries({ queryKey: viewing })]);
    },
    onError,
  });
  return { pause, resume, forget };
}
