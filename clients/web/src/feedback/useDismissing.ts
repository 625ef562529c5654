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
 * Returns a function that dismisses a title from the continue-watching rail, for good or until a day. Playing the title
 * restores it earlier. The toast offers to undo the dismissal.
 */
export function useDismissing(titleId: string, railId: string, name: string): (until?: Date) => void {
  const { feedback, language } = useStrings();
  const queries = useQueryClient();
  const restore = useMutation({
    mutationFn: () => feedbackClient.restoreContinueWatching({ subject: titleSubject(titleId) }),
    onMutate: () => hidden.restore(titleId, railId),
    onSuccess: () => tasteChanged(queries),
    onError: () => {
      hidden.hide(titleId, railId);
      showToast(feedback.failed);
    },
  });
  const dismiss = useMutation({
    mutationFn: (until: Date | undefined) =>
      feedbackClient.dismissContinueWatching({
        subject: titleSubject(titleId),
        ...(until ? { snoozeUntilTime: timestampFromDate(until) } : {}),
      }),
    onMutate: () => hidden.hide(titleId, railId),
    onSuccess: (_, until) => {
      const text = until ? feedback.snoozed(name, day(timestampFromDate(until), language)) : feedback.dismissed(name);
      showToast(text, () => restore.mutate());
      void tasteChanged(queries);
    },
    onError: () => {
      hidden.restore(titleId, railId);
      showToast(feedback.failed);
    },
  });
  return (until) => dismiss.mutate(until);
}
