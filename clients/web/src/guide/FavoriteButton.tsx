import { Star } from "lucide-react";

import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { useStrings } from "../strings/useStrings";
import { useFavorite } from "./useFavorites";

/** The button that makes a channel a favourite, or takes that back. */
export function FavoriteButton({ channel }: { channel: Channel }) {
  const { favorites } = useStrings();
  const { isFavorite, toggle, isKnown } = useFavorite(channel);
  return (
    <button
      type="button"
      aria-pressed={isFavorite}
      aria-label={favorites.label}
      title={isFavorite ? favorites.isFavorite : favorites.add}
      disabled={!isKnown}
      className="grid size-11 shrink-0 place-items-center rounded-full transition-colors hover:bg-paper/10"
      onClick={toggle}
    >
      <Star aria-hidden="true" className={`size-5 ${isFavorite ? "fill-bulb text-bulb" : "text-muted"}`} />
    </button>
  );
}
