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

/** A signal, and what to call it. */
export interface Named {
  signalId: string;
  titleId: string;
  label: string;
}

/** What is corrected must arrive though the page is left. */
const taste = createClient(TasteService, partingTransport);

/** Lets signals count or not, or forgets them. The home is renewed at once: the viewer wants to see the difference. */
export function useSignalMutations() {
  const { feedback, why, taste: words } = useStrings();
  const queries = useQueryClient();
  const show = () => Promise.all([tasteChanged(queries), renewHome(queries)]);
  const onError = () => showToast(feedback.failed);

  const resuming = useMutation({
    mutationFn: ({ signalId }: Named) => taste.resumeTasteSignal({ signalId }),
    onSuccess: show,
    onError,
  });
  const pausing = useMutation({
    mutationFn: ({ signalId }: Named) => taste.pauseTasteSignal({ signalId }),
    onSuccess: (_, signal) => {
      showToast(why.paused(signal.label), () => resuming.mutate(signal));
      return show();
    },
    onError,
  });
  const forgetting = useMutation({
    mutationFn: ({ signalId }: Named) => taste.forgetTasteSignal({ signalId }),
    onSuccess: (_, signal) => {
      showToast(words.forgotten(signal.label));
      // What it came from is gone with it: the thumb, the place on the list, the entry of the history.
      hidden.restore(signal.titleId);
      const viewing = createConnectQueryKey({ schema: ViewingService, cardinality: undefined });
      return Promise.all([show(), queries.invalidateQueries({ queryKey: viewing })]);
    },
    onError,
  });
  return { pause: pausing, resume: resuming, forget: forgetting };
}
