import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

import { titleSubject } from "../api/subjects";
import { showToast } from "../toasts/toasts";
import { useStrings } from "../strings/useStrings";
import { tasteChanged } from "../taste/tasteChanged";
import { hidden } from "./hidden";
import { feedbackClient } from "./feedbackClient";

/** Returns the titles that the viewer hid. */
export function useHidden(): ReadonlySet<string> {
  return useSyncExternalStore(hidden.subscribe, hidden.snapshot);
}

/** Returns a function that hides a title from all recommendations. The toast offers to undo it. */
export function useHiding(titleId: string, name: string): () => void {
  const { feedback } = useStrings();
  const queries = useQueryClient();
  const restore = useMutation({
    mutationFn: () => feedbackClient.unsuppressSubject({ subject: titleSubject(titleId) }),
    onMutate: () => hidden.restore(titleId),
    onSuccess: () => tasteChanged(queries),
    onError: () => {
      hidden.hide(titleId);
      showToast(feedback.failed);
    },
  });
  const hide = useMutation({
    mutationFn: () => feedbackClient.suppressSubject({ subject: titleSubject(titleId) }),
    onMutate: () => hidden.hide(titleId),
    onSuccess: () => {
      showToast(feedback.hidden(name), () => restore.mutate());
      void tasteChanged(queries);
    },
    onError: () => {
      hidden.restore(titleId);
      showToast(feedback.failed);
    },
  });
  return () => hide.mutate();
}
