import { useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";

import { ContentRail } from "../components/ContentRail";
import { Skeleton } from "../components/Skeletons";
import { useOnScreen } from "../components/useOnScreen";
import { CollectionService } from "../gen/marquee/catalog/v1/collection_service_pb";
import { useStrings } from "../strings/useStrings";
import { CollectionCard } from "./CollectionCard";

/** More than this nobody looks through in one row. */
const MOST = 30;

/**
 * What editors put side by side, one card a collection: its titles stand on its own page, so that none stands twice on
 * this one. Asked for when it comes near; not there when there is nothing, or nobody answers.
 */
export function CollectionRow() {
  const strings = useStrings();
  const [ref, seen] = useOnScreen<HTMLDivElement>();
  const list = useQuery(CollectionService.method.listCollections, seen ? { pageSize: MOST, titleLimit: 1 } : skipToken);
  const collections = list.data?.collections;
  if (list.error || collections?.length === 0) return null;
  return (
    <div ref={ref}>
      <ContentRail heading={strings.collections.row} railId="collections" count={collections?.length ?? 0}>
        {collections
          ? collections.map((each) => <CollectionCard key={each.collectionId} collection={each} />)
          : Array.from({ length: 5 }, (_, index) => (
              <Skeleton
                key={index}
                className="mb-6.5 aspect-video w-[clamp(14rem,62vw,17rem)] shrink-0 sm:w-[clamp(16rem,21vw,25rem)]"
              />
            ))}
      </ContentRail>
    </div>
  );
}
