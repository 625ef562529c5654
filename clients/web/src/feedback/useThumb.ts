import { useMutation, useQueryClient } from "@tanstack/react-query";

import { titleSubject } from "../api/subjects";
import { Thumb } from "../gen/marquee/viewing/v1/viewing_pb";
import { showToast } from "../toasts/toasts";
import { useStrings } from "../strings/useStrings";
import { tasteChanged } from "../taste/tasteChanged";
import { feedbackClient } from "./feedbackClient";
import { renewSubjectStates, useSubjectState } from "./useSubjectState";

/** Returns the profile's rating of a title, and a function that sets it. The same thumb again removes the rating. */
export function useThumb(titleId: string): [thumb: Thumb, setThumb: (thumb: Thumb.UP | Thumb.DOWN) => void] {
  const { feedback } = useStrings();
  const queries = useQueryClient();
  const state = useSubjectState(titleId);
  const rateMutation = useMutation({
    mutationFn: async (thumb: Thumb) => {
      const subject = titleSubject(titleId);
      await (thumb === Thumb.UNSPECIFIED
        ? feedbackClient.deleteRating({ subject })
        : feedbackClient.rateSubject({ subject, thumb }));
    },
    onSuccess: (_, thumb) => {
      showToast(
        { [Thumb.UP]: feedback.liked, [Thumb.DOWN]: feedback.disliked, [Thumb.UNSPECIFIED]: feedback.cleared }[thumb],
      );
      void tasteChanged(queries);
    },
    onError: () => showToast(feedback.failed),
    // The mutation stays pending, and its value is shown, until the state is refetched.
    onSettled: () => renewSubjectStates(queries),
  });
  const thumb = rateMutation.isPending ? rateMutation.variables : (state?.thumb ?? Thumb.UNSPECIFIED);
  return [thumb, (next) => rateMutation.mutate(next === thumb ? Thumb.UNSPECIFIED : next)];
}
