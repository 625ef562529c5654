import { useMutation, useQueryClient } from "@tanstack/react-query";

import { titleSubject } from "../api/subjects";
import { Thumb } from "../gen/marquee/viewing/v1/viewing_pb";
import { showToast } from "../toasts/toasts";
import { useStrings } from "../strings/useStrings";
import { tasteChanged } from "../taste/tasteChanged";
import { feedbackClient } from "./feedbackClient";
import { renewSubjectStates, useSubjectState } from "./useSubjectState";

/** What the profile thinks of a title, and how to say it. Saying the same again takes it back. */
export function useThumb(titleId: string): [thumb: Thumb, say: (thumb: Thumb.UP | Thumb.DOWN) => void] {
  const { feedback } = useStrings();
  const queries = useQueryClient();
  const state = useSubjectState(titleId);
  const saying = useMutation({
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
    // What is waited for is shown until the platform says the same.
    onSettled: () => renewSubjectStates(queries),
  });
  const thumb = saying.isPending ? saying.variables : (state?.thumb ?? Thumb.UNSPECIFIED);
  return [thumb, (said) => saying.mutate(said === thumb ? Thumb.UNSPECIFIED : said)];
}
