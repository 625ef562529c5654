import { Link } from "@tanstack/react-router";
import { CalendarClock, History, Lock, Play, Radio } from "lucide-react";

import { Sheet } from "../components/Sheet";
import type { WayToWatch } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { WayToWatchKind } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { useStrings } from "../strings/useStrings";
import type { TonightCard } from "./TonightRail";
import { TonightPicture } from "./TonightRail";
import { wayLabel, wayLink } from "./waysToWatch";

const ICONS = {
  [WayToWatchKind.UNSPECIFIED]: Play,
  [WayToWatchKind.LIVE]: Radio,
  [WayToWatchKind.UPCOMING]: CalendarClock,
  [WayToWatchKind.CATCH_UP]: History,
  [WayToWatchKind.ON_DEMAND]: Play,
};

interface TonightSheetProps {
  card: TonightCard;
  now: number;
  onClose: () => void;
}

/** A sheet with the ways to watch something tonight, and why it was chosen. */
export function TonightSheet({ card, now, onClose }: TonightSheetProps) {
  const { tonight } = useStrings();
  const { item, name, title, programme } = card;
  const synopsis = title?.synopsis ?? programme?.synopsis ?? "";
  return (
    <Sheet label={name} onClose={onClose}>
      <div className="flex flex-col gap-4">
        <div className="relative aspect-2/1 w-full overflow-hidden rounded-xl bg-lifted">
          <TonightPicture card={card} />
        </div>
        <div>
          <h2 className="pr-10 font-literary text-2xl font-semibold text-balance">{name}</h2>
          {item.explanation?.sentence ? <p className="mt-1 text-bulb-soft">{item.explanation.sentence}</p> : null}
        </div>
        <ul aria-label={tonight.ways} className="-mx-3 flex flex-col gap-1">
          {item.ways.map((way, index) => (
            <WayEntry key={index} way={way} card={card} now={now} />
          ))}
        </ul>
        {synopsis ? <p className="line-clamp-6 whitespace-pre-line text-paper/90">{synopsis}</p> : null}
      </div>
    </Sheet>
  );
}

function WayEntry({ way, card, now }: { way: WayToWatch; card: TonightCard; now: number }) {
  const strings = useStrings();
  const link = wayLink(way);
  const Icon = ICONS[way.kind];
  const channelName = card.channels.get(way.channelId)?.displayName;
  if (!link) return null;
  return (
    <li>
      <Link
        {...link}
        className="flex min-h-12 items-center gap-3 rounded-xl px-3 py-2 transition-colors hover:bg-paper/8 focus-visible:outline-offset-[-3px]"
      >
        <Icon aria-hidden="true" className="size-5 shrink-0 text-bulb" />
        <span className="min-w-0 grow">
          <span className="block font-medium">{wayLabel(way, now, strings)}</span>
          {channelName ? <span className="block text-sm text-muted">{channelName}</span> : null}
        </span>
        {way.entitled ? null : (
          <span className="inline-flex items-center gap-1 text-xs text-bulb-soft">
            <Lock aria-hidden="true" className="size-3.5" />
            {strings.tonight.notInPlan}
          </span>
        )}
      </Link>
    </li>
  );
}
