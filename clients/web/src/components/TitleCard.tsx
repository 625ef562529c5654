import { Link } from "@tanstack/react-router";
import { memo } from "react";

import { anchorOf } from "../art/compose";
import { Poster } from "../art/Poster";
import { leadingReason, lockLabel } from "../format/access";
import { factLine } from "../format/title";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { AccessDecision } from "../gen/marquee/entitlement/v1/entitlement_pb";
import { useStrings } from "../strings/useStrings";
import { Caption } from "./Caption";
import { LockBadge } from "./LockBadge";

interface TitleCardProps {
  title: Title;
  decision?: AccessDecision | undefined;
  /** The reason why this title is shown, in a few words. */
  note?: string;
  className?: string;
}

/** A title as a poster, with a lock if the title is closed. */
export const TitleCard = memo(function TitleCard(props: TitleCardProps) {
  const { title, decision, note = "", className = "" } = props;
  const strings = useStrings();
  const closed = decision && !decision.allowed;
  const name = closed
    ? strings.tile.closed(title.displayName, `${leadingReason(decision, strings)} ${lockLabel(decision, strings)}`)
    : title.displayName;
  return (
    <Link
      to="/title/$titleId"
      params={{ titleId: title.titleId }}
      data-card=""
      aria-label={note ? `${name}. ${note}` : name}
      className={`group block shrink-0 snap-start scroll-mx-[clamp(1rem,4vw,4.5rem)] scroll-my-28 rounded-lg ${className}`}
    >
      <div
        data-picture=""
        className="relative aspect-2/3 overflow-hidden rounded-lg bg-lifted shadow-lg shadow-black/40 transition-transform duration-300 ease-stage group-hover:scale-[1.04] group-focus-visible:scale-[1.04]"
      >
        <div className={`absolute inset-0 ${closed ? "brightness-[0.72] saturate-[0.85]" : ""}`}>
          <Poster title={title} />
        </div>
        <LockBadge decision={decision} at={anchorOf(title) === "bottom" ? "top" : "bottom"} />
      </div>
      <Caption title={title.displayName} note={note || factLine(title, strings)} />
    </Link>
  );
});
