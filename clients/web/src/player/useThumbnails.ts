import { useQuery } from "@tanstack/react-query";

import type { Session } from "../gen/marquee/playback/v1/playback_pb";
import { thumbnailsUrl } from "./sessionAddresses";
import type { Thumbnail } from "./thumbnails";
import { readThumbnails } from "./thumbnails";

/**
 * Returns the thumbnails of a session. The list is empty if they cannot be loaded, because the player works without
 * them.
 */
export function useThumbnails(session: Session): Thumbnail[] {
  const url = thumbnailsUrl(session);
  const { data } = useQuery({
    queryKey: ["thumbnails", url],
    enabled: url !== "",
    staleTime: Infinity,
    retry: false,
    queryFn: async ({ signal }) => {
      const response = await fetch(url, { signal });
      return response.ok ? readThumbnails(await response.text(), url) : [];
    },
  });
  return data ?? [];
}
