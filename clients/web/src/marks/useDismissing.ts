import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { day } from "../format/time";
import { tell } from "../notices/notices";
import { useStrings } from "../strings/useStrings";
import { tasteTold } from "../taste/told";
import { hidden } from "./hidden";
import { marking } from "./marking";

/**
 * Takes a title out of the row of what was begun, for good or until a day; playing it brings it back sooner.
 * Undoing it lets it back at once.
 */
export function useDismissing(titleId: string, railId: string, name: string): (until?: Date) => void {
  const { marks, language } = useStrings();
  const queries = useQueryClient();
  const returning = useMutation({
    mutationFn: () => marking.restoreContinueWatching({ titleId }),
    onMutate: () => hidden.restore(titleId, railId),
    onSuccess: () => tasteTold(queries),
    onError: () => {
      hidden.hide(titleId, railId);
      tell(marks.failed);
    },
  });
  const dismissing = useMutation({
    mutationFn: (until: Date | undefined) =>
      marking.dismissContinueWatching({ titleId, ...(until ? { snoozeUntilTime: timestampFromDate(until) } : {}) }),
    onMutate: () => hidden.hide(titleId, railId),
    onSuccess: (_, until) => {
      const text = until ? marks.putOff(name, day(timestampFromDate(until), language)) : marks.dismissed(name);
      tell(text, () => returning.mutate());
      void tasteTold(queries);
    },
    onError: () => {
      hidden.restore(titleId, railId);
      tell(marks.failed);
    },
  });
  return (until) => dismissing.mutate(until);
}
