import { useQuery } from "@connectrpc/connect-query";
import { skipToken } from "@tanstack/react-query";

import { ContentRail } from "../components/ContentRail";
import { Skeleton } from "../components/Skeletons";
import { useOnScreen } from "../components/useOnScreen";
import { CollectionService } from "../gen/marquee/catalog/v1/collection_service_pb";
import { useStrings } from "../strings/useStrings";
import { CollectionCard } from "./CollectionCard";

/** The largest number of cards in the row. */
const MAX_COLLECTIONS = 30;

/**
 * The collections of the editors, one card for each. The titles are on the page of the collection, so that this page
 * shows no title twice. The row loads when it comes near the screen. It renders nothing if there are no collections or
 * the call fails.
 */
export function CollectionRow() {
  const strings = useStrings();
  const [ref, hasAppeared] = useOnScreen<HTMLDivElement>();
  const list = useQuery(
    CollectionService.method.listCollections,
    hasAppeared ? { pageSize: MAX_COLLECTIONS, titleLimit: 1 } : skipToken,
  );
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
