import { timestampFromDate, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { day } from "../format/time";
import { tell } from "../notices/notices";
import { useStrings } from "../strings/useStrings";
import { tasteTold } from "../taste/told";
import { hidden } from "./hidden";
import { marking } from "./marking";
import { platformNow, tellsTime } from "./platformClock";

/** A moment can only be put off to what is still to come, and the platform's clock is not this one to the second. */
const SOON_MS = 2_500;

/**
 * Takes a title out of the row of what was begun, for good or until a day; playing it brings it back sooner.
 * Undoing it lets it come back at once.
 */
export function useDismissing(titleId: string, railId: string, name: string): (until?: Date) => void {
  const { marks, language } = useStrings();
  const queries = useQueryClient();
  const returning = useMutation({
    mutationFn: () =>
      marking.dismissContinueWatching({ titleId, snoozeUntilTime: timestampFromMs(platformNow() + SOON_MS) }),
    onMutate: () => hidden.restore(titleId, railId),
    // A home that is asked for before that moment would leave it out.
    onSuccess: () => setTimeout(() => void tasteTold(queries), SOON_MS),
    onError: () => {
      hidden.hide(titleId, railId);
      tell(marks.failed);
    },
  });
  const dismissing = useMutation({
    mutationFn: (until: Date | undefined) =>
      marking.dismissContinueWatching(
        { titleId, ...(until ? { snoozeUntilTime: timestampFromDate(until) } : {}) },
        { onHeader: tellsTime },
      ),
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
