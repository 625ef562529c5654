import { createConnectQueryKey, useQuery } from "@connectrpc/connect-query";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { Thumb, ViewingService } from "../gen/marquee/viewing/v1/viewing_pb";
import { showToast } from "../toasts/toasts";
import { useStrings } from "../strings/useStrings";
import { tasteChanged } from "../taste/tasteChanged";
import { feedbackClient } from "./feedbackClient";

/** What the profile thinks of a title, and how to say it. Saying the same again takes it back. */
export function useThumb(titleId: string): [thumb: Thumb, say: (thumb: Thumb.UP | Thumb.DOWN) => void] {
  const { feedback } = useStrings();
  const queries = useQueryClient();
  const rating = useQuery(ViewingService.method.listRatings, { titleId });
  const saying = useMutation({
    mutationFn: (thumb: Thumb) => feedbackClient.rateTitle({ titleId, thumb }),
    onSuccess: (_, thumb) => {
      showToast(
        { [Thumb.UP]: feedback.liked, [Thumb.DOWN]: feedback.disliked, [Thumb.UNSPECIFIED]: feedback.cleared }[thumb],
      );
      void tasteChanged(queries);
    },
    onError: () => showToast(feedback.failed),
    // What is waited for is shown until the ratings say the same.
    onSettled: () =>
      queries.invalidateQueries({
        queryKey: createConnectQueryKey({ schema: ViewingService.method.listRatings, cardinality: undefined }),
      }),
  });
  const known = rating.data?.ratings.find((each) => each.titleId === titleId)?.thumb ?? Thumb.UNSPECIFIED;
  const thumb = saying.isPending ? saying.variables : known;
  return [thumb, (said) => saying.mutate(said === thumb ? Thumb.UNSPECIFIED : said)];
}
