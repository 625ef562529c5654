import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";

import { tell } from "../notices/notices";
import { useStrings } from "../strings/useStrings";
import { tasteTold } from "../taste/told";
import { hidden } from "./hidden";
import { marking } from "./marking";

/** What the viewer took off the home. */
export function useHidden(): ReadonlySet<string> {
  return useSyncExternalStore(hidden.subscribe, hidden.snapshot);
}

/** Hides a title from every recommendation, with the way back. */
export function useHiding(titleId: string, name: string): () => void {
  const { marks } = useStrings();
  const queries = useQueryClient();
  const restoring = useMutation({
    mutationFn: () => marking.restoreTitle({ titleId }),
    onMutate: () => hidden.restore(titleId),
    onSuccess: () => tasteTold(queries),
    onError: () => {
      hidden.hide(titleId);
      tell(marks.failed);
    },
  });
  const hiding = useMutation({
    mutationFn: () => marking.suppressTitle({ titleId }),
    onMutate: () => hidden.hide(titleId),
    onSuccess: () => {
      tell(marks.hidden(name), () => restoring.mutate());
      void tasteTold(queries);
    },
    onError: () => {
      hidden.restore(titleId);
      tell(marks.failed);
    },
  });
  return () => hiding.mutate();
}
