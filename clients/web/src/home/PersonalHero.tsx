import { Link } from "@tanstack/react-router";
import { EllipsisVertical, Info, Lock, Play } from "lucide-react";

import { useTitleAccess } from "../api/access";
import { episodeSearch, titleIdOf } from "../api/subjects";
import { useTitles } from "../api/titles";
import { buttons } from "../components/buttons";
import { HERO_STAGE, HeroSkeleton } from "../components/HeroSkeleton";
import { TitleHero } from "../components/TitleHero";
import { lockLabel } from "../format/access";
import { seconds } from "../format/time";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { Item } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { ListButton } from "../feedback/FeedbackButtons";
import { isHidden } from "../feedback/hidden";
import { useHidden } from "../feedback/useHiding";
import { useStrings } from "../strings/useStrings";

interface PersonalHeroProps {
  item: Item;
  decisionId: string;
  onMore: () => void;
}

/** The first title of the viewer's home, with the reason of the recommendation above its name. */
export function PersonalHero({ item, decisionId, onMore }: PersonalHeroProps) {
  const strings = useStrings();
  const titleId = titleIdOf(item.subject);
  const { byId, complete } = useTitles([titleId]);
  const isHiddenTitle = isHidden(useHidden(), titleId);
  const title = byId.get(titleId);
  // The empty space stays, so the rails do not move up.
  if (isHiddenTitle || (complete && !title)) return <div className={HERO_STAGE} />;
  if (!title) return <HeroSkeleton />;
  return (
    <section aria-label={strings.home.featured}>
      <TitleHero
        title={title}
        as="h2"
        eyebrow={item.explanation?.sentence ?? strings.home.featured}
        className={HERO_STAGE}
      >
        <HeroActions item={item} title={title} decisionId={decisionId} onMore={onMore} />
      </TitleHero>
    </section>
  );
}

function HeroActions({ item, title, decisionId, onMore }: PersonalHeroProps & { title: Title }) {
  const strings = useStrings();
  const decision = useTitleAccess(title.titleId);
  const params = { titleId: title.titleId };
  const isStarted = seconds(item.position) > 0;
  return (
    <div className="flex flex-wrap gap-3 pt-1 pb-4 sm:pb-0">
      {decision && !decision.allowed ? (
        <Link
          to="/title/$titleId"
          params={params}
          state={{ decisionId }}
          className={buttons.primary}
          aria-label={strings.tile.closed(title.displayName, lockLabel(decision, strings))}
        >
          <Lock aria-hidden="true" className="size-4.5" />
          {lockLabel(decision, strings)}
        </Link>
      ) : (
        <Link
          to="/play/$titleId"
          params={params}
          search={episodeSearch(item.play)}
          state={{ decisionId }}
          className={buttons.primary}
          aria-label={isStarted ? strings.tile.resume(title.displayName) : strings.title.playTitle(title.displayName)}
        >
          <Play aria-hidden="true" className="size-5 fill-current" />
          {isStarted ? strings.title.resume : strings.title.play}
        </Link>
      )}
      <Link
        to="/title/$titleId"
        params={params}
        state={{ decisionId }}
        className={buttons.secondary}
        aria-label={`${strings.title.details}: ${title.displayName}`}
      >
        <Info aria-hidden="true" className="size-5" />
        <span className="max-sm:hidden">{strings.title.details}</span>
      </Link>
      <ListButton title={title} compact />
      <button
        type="button"
        aria-label={strings.item.more(title.displayName)}
        aria-haspopup="dialog"
        className={`${buttons.secondary} px-3`}
        onClick={onMore}
      >
        <EllipsisVertical aria-hidden="true" className="size-5" />
      </button>
    </div>
  );
}
