import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

import { titleSubject } from "../api/subjects";
import { showToast } from "../toasts/toasts";
import { useStrings } from "../strings/useStrings";
import { tasteChanged } from "../taste/tasteChanged";
import { hidden } from "./hidden";
import { feedbackClient } from "./feedbackClient";

/** What the viewer took off the home. */
export function useHidden(): ReadonlySet<string> {
  return useSyncExternalStore(hidden.subscribe, hidden.snapshot);
}

/** Hides a title from every recommendation, with the way back. */
export function useHiding(titleId: string, name: string): () => void {
  const { feedback } = useStrings();
  const queries = useQueryClient();
  const restoring = useMutation({
    mutationFn: () => feedbackClient.unsuppressSubject({ subject: titleSubject(titleId) }),
    onMutate: () => hidden.restore(titleId),
    onSuccess: () => tasteChanged(queries),
    onError: () => {
      hidden.hide(titleId);
      showToast(feedback.failed);
    },
  });
  const hiding = useMutation({
    mutationFn: () => feedbackClient.suppressSubject({ subject: titleSubject(titleId) }),
    onMutate: () => hidden.hide(titleId),
    onSuccess: () => {
      showToast(feedback.hidden(name), () => restoring.mutate());
      void tasteChanged(queries);
    },
    onError: () => {
      hidden.restore(titleId);
      showToast(feedback.failed);
    },
  });
  return () => hiding.mutate();
}
