import { useMemo } from "react";

import { useTitles } from "../api/titles";
import type { Explanation } from "../gen/marquee/recommendation/v1/recommendation_pb";
import { useStrings } from "../strings/useStrings";
import { wordsOf } from "../taste/labels";
import type { Named } from "../taste/useSignalMutations";
import type { Bar } from "./contributions";
import { barsOf } from "./contributions";

interface WhyThisProps {
  explanation: Explanation;
  /** Called when the viewer excludes a signal from the recommendations. */
  onNotBecause: (signal: Named) => void;
}

/**
 * The explanation of a recommendation: one bar for each contribution to the score. Each bar starts where the previous
 * bar ends.
 */
export function WhyThis({ explanation, onNotBecause }: WhyThisProps) {
  const strings = useStrings();
  const bars = useMemo(() => barsOf(explanation), [explanation]);
  const titleIds = useMemo(() => [...new Set(bars.map((bar) => bar.titleId).filter(Boolean))], [bars]);
  const { byId } = useTitles(titleIds);
  if (bars.length === 0) return null;
  const labelOf = (bar: Bar) =>
    byId.get(bar.titleId)?.displayName ?? (bar.titleId ? "" : wordsOf(bar.signalId, strings));
  return (
    <section aria-label={strings.why.heading}>
      <h3 className="font-semibold">{strings.why.heading}</h3>
      <ul className="mt-3 flex flex-col gap-3.5">
        {bars.map((bar, index) => {
          const label = labelOf(bar);
          return (
            <li key={index}>
              <div className="flex items-baseline justify-between gap-4 text-sm">
                <span>{strings.why.about[bar.source](label)}</span>
                <span className="font-medium whitespace-nowrap tabular-nums">{strings.why.share(bar.share)}</span>
              </div>
              <BarLine bar={bar} />
              {bar.signalId ? (
                <button
                  type="button"
                  className="mt-1.5 -ml-3 inline-flex min-h-9 items-center rounded-full px-3 text-sm text-bulb-soft transition-colors hover:bg-bulb/12"
                  onClick={() =>
                    onNotBecause({ signalId: bar.signalId, titleId: bar.titleId, label: label || strings.why.signal })
                  }
                >
                  {strings.why.notBecause(label || strings.why.signal)}
                </button>
              ) : null}
            </li>
          );
        })}
      </ul>
      <p className="mt-3 flex justify-between border-t border-line pt-3 text-sm font-semibold">
        <span>{strings.why.sum}</span>
        <span className="tabular-nums">{strings.why.share(100)}</span>
      </p>
    </section>
  );
}

/** Screen readers skip the bar, because the text beside it contains the same share. */
function BarLine({ bar }: { bar: Bar }) {
  const style = { left: percent(bar.from), width: percent(Math.max(0.004, bar.to - bar.from)) };
  return (
    <div aria-hidden="true" className="relative mt-1.5 h-2 overflow-hidden rounded-full bg-paper/10">
      <div className={`absolute inset-y-0 rounded-full ${bar.share < 0 ? "bg-danger" : "bg-bulb"}`} style={style} />
    </div>
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
