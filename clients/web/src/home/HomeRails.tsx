import { Fragment, useCallback, useEffect, useRef, useState } from "react";

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
import { CatchUpRail } from "../tonight/CatchUpRail";
import { TonightRail } from "../tonight/TonightRail";
import { RecommendedRail } from "./RecommendedRail";
import { ItemSheet } from "./ItemSheet";
import { DegradedNotice } from "./DegradedNotice";
import { PersonalHero } from "./PersonalHero";
import type { WholeHome } from "./useHome";

/** The rails of television follow the rail with this index. */
const TONIGHT_AFTER = 0;

interface HomeRailsProps {
  home: WholeHome;
  /** Whether there are more rails, whether the last request for them failed, and a function that requests them. */
  more: { exists: boolean; failed: boolean; request: () => unknown };
  /** Shows the viewer's own home in place of a fallback. Undefined unless that home is available. */
  showOwn: (() => void) | undefined;
}

/** The viewer's home: the hero and the rails. It requests more rails while the viewer scrolls. */
export function HomeRails({ home, more, showOwn }: HomeRailsProps) {
  const homeElement = useRef<HTMLDivElement>(null);
  const [openedItem, setOpenedItem] = useState<{ item: Item; rail?: Rail }>();
  useFocusMemory(homeElement, true);
  const openItem = useCallback((rail: Rail, item: Item) => setOpenedItem({ item, rail }), []);
  const { hero } = home;
  return (
    <div ref={homeElement}>
      {hero ? (
        <PersonalHero item={hero} decisionId={home.decisionId} onMore={() => setOpenedItem({ item: hero })} />
      ) : (
        <div className="h-20" />
      )}
      <DegradedNotice degradedState={home.degradedState} onShow={showOwn} />
      <div className="relative mt-4 flex flex-col gap-5 sm:gap-7">
        {/* A fallback home is not personal, so the titles that the viewer started need a rail of their own. */}
        {home.degradedState === "popular" ? <ContinueRail /> : null}
        {home.rails.map((rail, index) => (
          <Fragment key={rail.railId}>
            <RecommendedRail rail={rail} decisionId={home.decisionId} onMore={openItem} />
            {index === TONIGHT_AFTER ? (
              <>
                <TonightRail />
                <CatchUpRail />
              </>
            ) : null}
          </Fragment>
        ))}
        {more.exists ? (
          <MoreRails key={home.rails.length} failed={more.failed} onMore={more.request} />
        ) : (
          <CollectionRow />
        )}
      </div>
      {openedItem ? (
        <ItemSheet
          key={titleIdOf(openedItem.item.subject)}
          item={openedItem.item}
          rail={openedItem.rail}
          decisionId={home.decisionId}
          onClose={() => setOpenedItem(undefined)}
        />
      ) : null}
    </div>
  );
}

/**
 * Requests more rails when the viewer scrolls near the end of the rails, and reserves space for them.
 *
 * After a failure the viewer presses a button instead.
 */
function MoreRails({ failed, onMore }: { failed: boolean; onMore: () => unknown }) {
  const strings = useStrings();
  const [ref, isNear] = useOnScreen<HTMLDivElement>("1200px");
  useEffect(() => {
    if (isNear && !failed) onMore();
  }, [isNear, failed, onMore]);
  return (
    <div ref={ref}>
      {failed ? (
        <div className="grid place-items-center py-10">
          <button type="button" className={buttons.secondary} onClick={() => onMore()}>
            {strings.retry}
          </button>
        </div>
      ) : (
        <RailSkeletons count={2} />
      )}
    </div>
  );
}

/** Placeholders for rails that are being loaded. */
export function RailSkeletons({ count }: { count: number }) {
  return Array.from({ length: count }, (_, index) => (
    <div key={index} className="gutter overflow-hidden pb-7">
      <Skeleton className="h-7 w-48" />
      <div className="flex gap-3 py-4 sm:gap-4">
        <PosterSkeletons count={9} className={`mb-17.5 ${RAIL_POSTER}`} />
      </div>
    </div>
  ));
}
