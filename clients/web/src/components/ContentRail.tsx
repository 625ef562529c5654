import type { LinkProps } from "@tanstack/react-router";
import { Link } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect, useId, useRef } from "react";

import { useRovingFocus } from "../focus/useRovingFocus";
import { useStrings } from "../strings/useStrings";
import { useOnScreen } from "./useOnScreen";

interface ContentRailProps {
  heading: string;
  /** Identifies the rail on its page, so that the focus can be restored to it. */
  railId?: string;
  /** The link to the page that lists all of its titles. */
  seeAll?: LinkProps;
  /** Cards, each a link marked `data-card`. */
  children: ReactNode;
  /** The number of cards. When it changes, the rail updates its keyboard order. */
  count: number;
  /** Loads more cards when the end of the rail comes into view; undefined if there are no more. */
  onEnd?: (() => unknown) | undefined;
}

/** A row of cards that scrolls sideways. It is one stop for the Tab key; the arrow keys move from card to card. */
export function ContentRail({ heading, railId = "", seeAll, children, count, onEnd }: ContentRailProps) {
  const strings = useStrings();
  const headingId = useId();
  const track = useRef<HTMLDivElement>(null);
  useRovingFocus(track, count);

  const scroll = (direction: 1 | -1) => {
    track.current?.scrollBy({ left: direction * track.current.clientWidth * 0.8, behavior: "smooth" });
  };

  return (
    <section aria-labelledby={headingId} className="group/rail relative">
      <div className="gutter flex items-baseline gap-4">
        <h2 id={headingId} className="text-lg font-semibold tracking-tight sm:text-xl">
          {heading}
        </h2>
        {seeAll ? (
          <Link
            {...seeAll}
            aria-label={strings.rail.seeAllOf(heading)}
            data-arrows="skip"
            className="inline-flex items-center rounded text-sm text-muted transition-colors hover:text-bulb"
          >
            {strings.rail.seeAll}
            <ChevronRight aria-hidden="true" className="size-4" />
          </Link>
        ) : null}
      </div>
      <div
        ref={track}
        data-rail={railId}
        className="gutter no-scrollbar flex snap-x gap-3 overflow-x-auto overscroll-x-contain scroll-smooth py-4 sm:gap-4"
      >
        {children}
        {onEnd ? <RailEnd key={count} onAppear={onEnd} /> : null}
        {seeAll && count > 0 ? <SeeAllCard heading={heading} seeAll={seeAll} /> : null}
      </div>
      <RailButton side="left" label={strings.rail.earlier} onClick={() => scroll(-1)} />
      <RailButton side="right" label={strings.rail.later} onClick={() => scroll(1)} />
    </section>
  );
}

/** Marks the current end of the cards. It has a width, so that it comes into view together with the last card. */
function RailEnd({ onAppear }: { onAppear: () => unknown }) {
  const [ref, hasAppeared] = useOnScreen<HTMLSpanElement>();
  useEffect(() => {
    if (hasAppeared) onAppear();
  }, [hasAppeared, onAppear]);
  return <span ref={ref} aria-hidden="true" className="-ml-px w-px shrink-0" />;
}

/** The link after the last card. The arrow keys skip the link in the heading, so that they move from row to row. */
function SeeAllCard({ heading, seeAll }: { heading: string; seeAll: LinkProps }) {
  const strings = useStrings();
  return (
    <Link
      {...seeAll}
      data-card=""
      aria-label={strings.rail.seeAllOf(heading)}
      className="mb-17.5 grid w-28 shrink-0 snap-start scroll-mx-[clamp(1rem,4vw,4.5rem)] scroll-my-28 place-items-center rounded-lg bg-raised text-sm font-medium text-muted transition-colors hover:bg-lifted hover:text-paper"
    >
      <span className="flex flex-col items-center gap-2">
        <ChevronRight aria-hidden="true" className="size-7" />
        {strings.rail.seeAll}
      </span>
    </Link>
  );
}

/** Scrolls the rail by mouse. Keys and touch scroll the rail directly. */
function RailButton({ side, label, onClick }: { side: "left" | "right"; label: string; onClick: () => void }) {
  const Icon = side === "left" ? ChevronLeft : ChevronRight;
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-hidden="true"
      title={label}
      data-arrows="skip"
      onClick={onClick}
      className={`absolute top-1/2 hidden size-11 -translate-y-1/2 place-items-center rounded-full bg-ink/80 text-paper opacity-0 backdrop-blur transition-opacity duration-200 group-hover/rail:opacity-100 hover:bg-bulb hover:text-ink pointer-fine:grid ${side === "left" ? "left-2" : "right-2"}`}
    >
      <Icon className="size-6" />
    </button>
  );
}
