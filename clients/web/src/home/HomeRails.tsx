import { useCallback, useEffect, useRef, useState } from "react";

import { titleIdOf } from "../api/subjects";
import { CollectionRow } from "../collections/CollectionRow";
import { buttons } from "../components/buttons";
import { ContinueRail } from "../components/ContinueRail";
import { PosterSkeletons, Skeleton } from "../components/Skeletons";
import { RAIL_POSTER } from "../components/TitleRail";
import { useOnScreen } from "../components/useOnScreen";
import { useFocusMemory } from "../focus/useFocusMemory";
import type { Item, Rail } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { useStrings } from "../strings/useStrings";
import { RecommendedRail } from "./RecommendedRail";
import { ItemSheet } from "./ItemSheet";
import { DegradedNotice } from "./DegradedNotice";
import { PersonalHero } from "./PersonalHero";
import type { WholeHome } from "./useHome";

interface HomeRailsProps {
  home: WholeHome;
  /** Whether there are more rails, and whether asking for them failed. */
  more: { has: boolean; failed: boolean; ask: () => unknown };
  /** Shows the viewer's own home in place of a fallback, where it is there. */
  showOwn: (() => void) | undefined;
}

/** The viewer's home: the hero, and rails for as long as one scrolls. */
export function HomeRails({ home, more, showOwn }: HomeRailsProps) {
  const room = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<{ item: Item; rail?: Rail }>();
  useFocusMemory(room, true);
  const open = useCallback((rail: Rail, item: Item) => setOpened({ item, rail }), []);
  const { hero } = home;
  return (
    <div ref={room}>
      {hero ? (
        <PersonalHero item={hero} decisionId={home.decisionId} onMore={() => setOpened({ item: hero })} />
      ) : (
        <div className="h-20" />
      )}
      <DegradedNotice degradedState={home.degradedState} onShow={showOwn} />
      <div className="relative mt-4 flex flex-col gap-5 sm:gap-7">
        {/* A fallback home knows nothing of the viewer; what they began is theirs all the same. */}
        {home.degradedState === "popular" ? <ContinueRail /> : null}
        {home.rails.map((rail) => (
          <RecommendedRail key={rail.railId} rail={rail} decisionId={home.decisionId} onMore={open} />
        ))}
        {more.has ? <MoreRails key={home.rails.length} failed={more.failed} onMore={more.ask} /> : <CollectionRow />}
      </div>
      {opened ? (
        <ItemSheet
          key={titleIdOf(opened.item.subject)}
          item={opened.item}
          rail={opened.rail}
          decisionId={home.decisionId}
          onClose={() => setOpened(undefined)}
        />
      ) : null}
    </div>
  );
}

/** Asks for more rails by coming near, and keeps room for them; after a failure, by a press. */
function MoreRails({ failed, onMore }: { failed: boolean; onMore: () => unknown }) {
  const strings = useStrings();
  const [ref, seen] = useOnScreen<HTMLDivElement>("1200px");
  useEffect(() => {
    if (seen && !failed) onMore();
  }, [seen, failed, onMore]);
  return (
    <div ref={ref}>
      {failed ? (
        <div className="grid place-items-center py-10">
          <button type="button" className={buttons.secondary} onClick={() => onMore()}>
            {strings.retry}
          </button>
        </div>
      ) : (
        <WaitingRails count={2} />
      )}
    </div>
  );
}

/** Rails that are being asked for. */
export function WaitingRails({ count }: { count: number }) {
  return Array.from({ length: count }, (_, index) => (
    <div key={index} className="gutter overflow-hidden pb-7">
      <Skeleton className="h-7 w-48" />
      <div className="flex gap-3 py-4 sm:gap-4">
        <PosterSkeletons count={9} className={`mb-17.5 ${RAIL_POSTER}`} />
      </div>
    </div>
  ));
}
