import { useState } from "react";

import { titleIdOf } from "../api/subjects";
import { Backdrop } from "../art/Poster";
import { ProgrammePicture } from "../art/ProgrammePicture";
import { Caption } from "../components/Caption";
import { ContentRail } from "../components/ContentRail";
import { Skeleton } from "../components/Skeletons";
import { RAIL_WIDE } from "../components/TitleRail";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { Channel, Programme } from "../gen/marquee/epg/v1/epg_pb";
import type { TonightItem } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { WayToWatchKind } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { useNow } from "../guide/useNow";
import { useStrings } from "../strings/useStrings";
import { TonightSheet } from "./TonightSheet";
import { programmeIdOf, useTonight } from "./useTonight";
import { wayLabel } from "./waysToWatch";

/** A card of the Tonight rail with what it shows. */
export interface TonightCard {
  item: TonightItem;
  name: string;
  title: Title | undefined;
  programme: Programme | undefined;
  channels: ReadonlyMap<string, Channel>;
}

/** What suits the viewer tonight: on now, soon, on catch-up and on demand, in one row. */
export function TonightRail() {
  const { tonight } = useStrings();
  const now = useNow();
  const { items, isPending, titles, programmes, channels } = useTonight();
  const [opened, setOpened] = useState<TonightCard>();
  const cards = items?.flatMap((item): TonightCard[] => {
    const title = titles.get(titleIdOf(item.subject));
    const programme = item.ways.map(({ subject }) => programmes.get(programmeIdOf(subject))).find(Boolean);
    const name = title?.displayName ?? programme?.displayName;
    return name ? [{ item, name, title, programme, channels }] : [];
  });
  if (!isPending && (!cards || (cards.length === 0 && items?.length === 0))) return null;
  return (
    <>
      <ContentRail heading={tonight.heading} railId="tonight" count={cards?.length ?? 0}>
        {!cards || cards.length === 0
          ? Array.from({ length: 5 }, (_, index) => (
              <Skeleton key={index} className={`mb-17.5 aspect-video shrink-0 ${RAIL_WIDE}`} />
            ))
          : cards.map((card) => (
              <TonightCardButton key={cardKey(card)} card={card} now={now} onOpen={() => setOpened(card)} />
            ))}
      </ContentRail>
      {opened ? <TonightSheet card={opened} now={now} onClose={() => setOpened(undefined)} /> : null}
    </>
  );
}

interface TonightCardButtonProps {
  card: TonightCard;
  now: number;
  onOpen: () => void;
}

function TonightCardButton({ card, now, onOpen }: TonightCardButtonProps) {
  const strings = useStrings();
  const { item, name, channels } = card;
  const [way] = item.ways;
  const channelName = channels.get(way?.channelId ?? "")?.displayName ?? "";
  const note = [way ? wayLabel(way, now, strings) : "", channelName].filter(Boolean).join(" · ");
  const more = item.ways.length - 1;
  return (
    <button
      type="button"
      data-card=""
      data-item={cardKey(card)}
      aria-haspopup="dialog"
      aria-label={[name, note, item.explanation?.sentence].filter(Boolean).join(". ")}
      className={`group block shrink-0 snap-start scroll-mx-[clamp(1rem,4vw,4.5rem)] scroll-my-28 rounded-lg text-left ${RAIL_WIDE}`}
      onClick={onOpen}
    >
      <div
        data-picture=""
        className="relative aspect-video overflow-hidden rounded-lg bg-lifted shadow-lg shadow-black/40 transition-transform duration-300 ease-stage group-hover:scale-[1.03] group-focus-visible:scale-[1.03]"
      >
        <TonightPicture card={card} />
        {way?.kind === WayToWatchKind.LIVE ? (
          <span className="absolute top-2 left-2 rounded bg-danger px-1.5 text-[0.65rem] leading-4.5 font-semibold tracking-wide text-ink uppercase">
            {strings.guide.live}
          </span>
        ) : null}
        {more > 0 ? (
          <span className="absolute right-2 bottom-2 rounded-full bg-ink/85 px-2 py-1 text-[0.7rem] font-semibold">
            {strings.tonight.moreWays(more)}
          </span>
        ) : null}
      </div>
      <Caption title={name} note={note} />
    </button>
  );
}

/** The picture of a card: that of the title, else that of the programme. */
export function TonightPicture({ card: { title, programme } }: { card: TonightCard }) {
  if (title) return <Backdrop title={title} />;
  return programme ? <ProgrammePicture programme={programme} /> : null;
}

function cardKey({ item: { subject } }: TonightCard): string {
  return subject?.id.value ?? "";
}
