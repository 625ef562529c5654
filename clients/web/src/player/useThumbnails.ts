import { useQuery } from "@tanstack/react-query";

import type { Session } from "../gen/marquee/playback/v1/playback_pb";
import { thumbnailsUrl } from "./sessionAddresses";
import type { Thumbnail } from "./thumbnails";
import { readThumbnails } from "./thumbnails";

/** The thumbnails of a session, or none: a player without them plays as well. */
export function useThumbnails(session: Session): Thumbnail[] {
  const url = thumbnailsUrl(session);
  const { data } = useQuery({
    queryKey: ["thumbnails", url],
    enabled: url !== "",
    staleTime: Infinity,
    retry: false,
    queryFn: async ({ signal }) => {
      const answer = await fetch(url, { signal });
      return answer.ok ? readThumbnails(await answer.text(), url) : [];
    },
  });
  return data ?? [];
}
