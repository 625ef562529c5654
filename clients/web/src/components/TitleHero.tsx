import { Sparkles } from "lucide-react";
import type { ReactNode } from "react";
import { useMemo } from "react";

import { Backdrop } from "../art/Poster";
import { compose } from "../art/compose";
import { logoOf } from "../art/images";
import { facts } from "../format/title";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { useStrings } from "../strings/useStrings";

/** The CSS classes of a title's name, by the typeface of its poster. */
const FACES = {
  poster: "font-poster uppercase leading-[1.02]",
  display: "font-condensed font-black uppercase leading-[0.92]",
  literary: "font-literary font-semibold leading-[1.0] tracking-[-0.02em]",
  classic: "font-classic font-bold leading-[1.04]",
  playful: "font-playful font-extrabold leading-[0.98] tracking-[-0.03em]",
  plain: "font-sans font-extrabold leading-[1.0] tracking-[-0.04em]",
};

interface TitleHeroProps {
  title: Title;
  /** `h1` if the title is the subject of the page, `h2` if it is one of several. */
  as: "h1" | "h2";
  /** The line above the name. */
  eyebrow?: string | undefined;
  /** The buttons, and what belongs to them. */
  children: ReactNode;
  className?: string;
}

/** A title over the full width of the page: its picture, its name, its facts and its buttons. */
export function TitleHero({ title, as: Heading, eyebrow, children, className = "" }: TitleHeroProps) {
  const strings = useStrings();
  const { face } = useMemo(() => compose(title), [title]);
  const logo = logoOf(title.images);
  return (
    <div className={`relative isolate flex items-end overflow-hidden ${className}`}>
      <div className="absolute inset-0 -z-10">
        <div className="absolute inset-x-0 top-0 h-[62%] sm:inset-y-0 sm:left-[12%] sm:h-auto">
          <Backdrop title={title} />
        </div>
        <div className="absolute inset-0 bg-linear-to-t from-ink from-36% via-ink/72 via-52% to-transparent to-80% sm:from-0% sm:via-ink/20 sm:via-24% sm:to-50%" />
        <div className="absolute inset-0 hidden bg-linear-to-r from-ink from-20% via-ink/78 via-45% to-transparent to-72% sm:block" />
      </div>
      <div className="gutter w-full pt-56 pb-6 sm:pt-32 sm:pb-12">
        <div className="flex max-w-xl animate-rise flex-col items-start gap-4 lg:max-w-2xl">
          {eyebrow ? <p className="text-xs font-semibold tracking-[0.18em] text-bulb uppercase">{eyebrow}</p> : null}
          <Heading className={`text-balance ${FACES[face]} ${nameSize(title.displayName)}`}>
            {logo ? (
              <img src={logo} alt={title.displayName} className="max-h-[28vh] max-w-full object-contain object-left" />
            ) : (
              title.displayName
            )}
          </Heading>
          <p className="flex flex-wrap items-center gap-x-2.5 gap-y-1 text-sm text-paper/85">
            {facts(title, strings).map((fact, index) => (
              <span key={fact} className={index === 1 ? "rounded border border-paper/40 px-1.5 text-xs leading-5" : ""}>
                {fact}
              </span>
            ))}
            <span className="text-paper/70">{title.genres.map((genre) => genre.displayName).join(" · ")}</span>
          </p>
          {title.tagline || title.aiDescription ? (
            <p className="max-w-prose text-lg text-balance text-paper/92 sm:text-xl">
              {title.tagline || title.aiDescription}
              {title.tagline ? null : <MachineWrittenMark />}
            </p>
          ) : null}
          {children}
        </div>
      </div>
    </div>
  );
}

/** Marks the line before it as written by a machine. */
function MachineWrittenMark() {
  const strings = useStrings();
  return (
    <span title={strings.machineWrote} className="ml-2 inline-block align-middle text-bulb-soft">
      <Sparkles aria-hidden="true" className="size-4" />
      <span className="sr-only">({strings.machineWrote})</span>
    </span>
  );
}

/** Returns the font size of a name. Longer names are smaller, so that the buttons stay on the first screen. */
function nameSize(name: string): string {
  if (name.length <= 14) return "text-[clamp(3rem,7vw,6.5rem)]";
  if (name.length <= 26) return "text-[clamp(2.5rem,5.2vw,5rem)]";
  return "text-[clamp(2.1rem,4vw,3.9rem)]";
}
