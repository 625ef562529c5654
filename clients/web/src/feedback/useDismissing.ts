import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { titleSubject } from "../api/subjects";
import { day } from "../format/time";
import { showToast } from "../toasts/toasts";
import { useStrings } from "../strings/useStrings";
import { tasteChanged } from "../taste/tasteChanged";
import { hidden } from "./hidden";
import { feedbackClient } from "./feedbackClient";

/**
 * Takes a title out of the row of what was begun, for good or until a day; playing it brings it back sooner.
 * Undoing it lets it back at once.
 */
export function useDismissing(titleId: string, railId: string, name: string): (until?: Date) => void {
  const { feedback, language } = useStrings();
  const queries = useQueryClient();
  const returning = useMutation({
    mutationFn: () => feedbackClient.restoreContinueWatching({ subject: titleSubject(titleId) }),
    onMutate: () => hidden.restore(titleId, railId),
    onSuccess: () => tasteChanged(queries),
    onError: () => {
      hidden.hide(titleId, railId);
      showToast(feedback.failed);
    },
  });
  const dismissing = useMutation({
    mutationFn: (until: Date | undefined) =>
      feedbackClient.dismissContinueWatching({
        subject: titleSubject(titleId),
        ...(until ? { snoozeUntilTime: timestampFromDate(until) } : {}),
      }),
    onMutate: () => hidden.hide(titleId, railId),
    onSuccess: (_, until) => {
      const text = until ? feedback.snoozed(name, day(timestampFromDate(until), language)) : feedback.dismissed(name);
      showToast(text, () => returning.mutate());
      void tasteChanged(queries);
    },
    onError: () => {
      hidden.restore(titleId, railId);
      showToast(feedback.failed);
    },
  });
  return (until) => dismissing.mutate(until);
}
