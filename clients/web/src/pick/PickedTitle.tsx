import { Link } from "@tanstack/react-router";
import { Dices, Info, Play } from "lucide-react";
import { useEffect, useRef } from "react";

import { problemOf } from "../api/problem";
import { episodeSearch, titleIdOf } from "../api/subjects";
import { useTitles } from "../api/titles";
import { Art } from "../art/Art";
import { compose } from "../art/compose";
import { buttons } from "../components/buttons";
import { EmptyMessage, ErrorMessage } from "../components/Messages";
import { Skeleton } from "../components/Skeletons";
import { TitleHero } from "../components/TitleHero";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { Item } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { useStrings } from "../strings/useStrings";
import type { Pick } from "./usePick";

const CARD = "min-h-[30rem] overflow-hidden rounded-3xl bg-raised lg:min-h-[34rem]";
const PLACEHOLDER_ART = compose({
  titleId: "pick",
  displayName: "pick",
  genres: [{ genreId: "comedy" }],
  artwork: undefined,
});

/** The picked title; before the first pick, a drawing of the same size. */
export function PickedTitle({ pick }: { pick: Pick }) {
  const { pick: words } = useStrings();
  const { item, error, isPending, isOver } = pick;
  const titleId = titleIdOf(item?.subject);
  const { byId } = useTitles(titleId ? [titleId] : []);
  const title = byId.get(titleId);
  if (error && isOver && problemOf(error).kind === "nothing-fits")
    return (
      <div className={`grid place-items-center ${CARD}`}>
        <EmptyMessage heading={words.seenAll} hint={words.seenAllHint} />
      </div>
    );
  if (error)
    return (
      <div className={`grid place-items-center ${CARD}`}>
        <ErrorMessage error={error} retry={pick.another} />
      </div>
    );
  if (isPending || (item && !title)) return <Skeleton className={CARD} />;
  if (item && title) return <PickedHero key={titleId} item={item} title={title} onAnother={pick.another} />;
  return (
    <div aria-hidden="true" className={`relative opacity-40 max-lg:hidden ${CARD}`}>
      <Art composition={{ ...PLACEHOLDER_ART, motif: "reel" }} wide />
    </div>
  );
}

function PickedHero({ item, title, onAnother }: { item: Item; title: Title; onAnother: () => void }) {
  const strings = useStrings();
  const play = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    // The next press of the same key plays the title.
    play.current?.focus({ preventScroll: true });
    play.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const params = { titleId: title.titleId };
  return (
    <section aria-live="polite" className={`grid ${CARD}`}>
      <TitleHero title={title} as="h2" eyebrow={item.explanation?.sentence} className="h-full">
        <div className="flex flex-wrap gap-3">
          <Link
            ref={play}
            to="/play/$titleId"
            params={params}
            search={episodeSearch(item.play)}
            className={`${buttons.primary} scroll-my-28`}
            aria-label={strings.title.playTitle(title.displayName)}
          >
            <Play aria-hidden="true" className="size-5 fill-current" />
            {strings.pick.play}
          </Link>
          <button type="button" className={buttons.secondary} onClick={onAnother}>
            <Dices aria-hidden="true" className="size-5" />
            {strings.pick.another}
          </button>
          <Link to="/title/$titleId" params={params} className={buttons.quiet}>
            <Info aria-hidden="true" className="size-5" />
            {strings.pick.details}
          </Link>
        </div>
      </TitleHero>
    </section>
  );
}
