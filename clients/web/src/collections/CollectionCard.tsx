import { Link } from "@tanstack/react-router";
import { memo } from "react";

import { Backdrop } from "../art/Poster";
import type { Collection } from "../gen/marquee/catalog/v1/catalog_pb";
import { useStrings } from "../strings/useStrings";

/** A collection as a wide card: its name over the picture of its first title, its tagline or title count below. */
export const CollectionCard = memo(function CollectionCard({ collection }: { collection: Collection }) {
  const strings = useStrings();
  const [first] = collection.titles;
  const { collectionId, displayName, tagline, titleCount } = collection;
  return (
    <Link
      to="/collection/$collectionId"
      params={{ collectionId }}
      data-card=""
      aria-label={[displayName, strings.browse.count(titleCount), tagline].filter(Boolean).join(". ")}
      className="group block w-[clamp(14rem,62vw,17rem)] shrink-0 snap-start scroll-mx-[clamp(1rem,4vw,4.5rem)] scroll-my-28 rounded-lg sm:w-[clamp(16rem,21vw,25rem)]"
    >
      <div
        data-picture=""
        className="relative aspect-video overflow-hidden rounded-lg bg-lifted shadow-lg shadow-black/40 transition-transform duration-300 ease-stage group-hover:scale-[1.03] group-focus-visible:scale-[1.03]"
      >
        {first ? <Backdrop title={first} /> : null}
        <div className="absolute inset-x-0 bottom-0 bg-linear-to-t from-ink/90 via-ink/65 to-transparent px-4 pt-12 pb-3.5">
          <p className="font-literary text-xl leading-tight font-semibold text-balance sm:text-2xl">{displayName}</p>
        </div>
      </div>
      <p className="mt-2.5 text-xs text-muted transition-colors group-hover:text-paper group-focus-visible:text-paper">
        {tagline || strings.browse.count(titleCount)}
      </p>
    </Link>
  );
});
