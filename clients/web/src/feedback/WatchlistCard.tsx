import { X } from "lucide-react";

import { Skeleton } from "../components/Skeletons";
import { TitleCard } from "../components/TitleCard";
import { useLongKeyPress } from "../focus/useLongKeyPress";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { AccessDecision } from "../gen/marquee/entitlement/v1/entitlement_pb";
import { useStrings } from "../strings/useStrings";

interface WatchlistCardProps {
  titleId: string;
  title: Title | undefined;
  decision: AccessDecision | undefined;
  onRemove: (title: Title) => void;
}

/** A title of My List. A button removes it by mouse or touch, a long press by remote. */
export function WatchlistCard({ titleId, title, decision, onRemove }: WatchlistCardProps) {
  const strings = useStrings();
  const longPress = useLongKeyPress(() => title && onRemove(title));
  if (!title) return <Skeleton className="mb-17.5 aspect-2/3" />;
  return (
    <div data-item={titleId} className="group/item relative" {...longPress}>
      <TitleCard title={title} decision={decision} />
      <button
        type="button"
        data-arrows="skip"
        aria-label={strings.myList.remove(title.displayName)}
        title={strings.feedback.listRemove}
        className="absolute top-1.5 left-1.5 grid size-9 place-items-center rounded-full bg-ink/85 text-paper transition-colors hover:bg-raised"
        onClick={() => onRemove(title)}
      >
        <X aria-hidden="true" className="size-4.5" />
      </button>
    </div>
  );
}
