import type { ChannelRank } from "../gen/marquee/epg/v1/epg_pb";
import { useStrings } from "../strings/useStrings";

/** Why a channel has its place in the personal order: what its score consists of. */
export function WhyHere({ rank }: { rank: ChannelRank }) {
  const { guide, why } = useStrings();
  const parts = rank.parts.filter(({ contribution }) => contribution >= 0.005);
  return (
    <details className="group text-sm">
      <summary className="w-fit cursor-pointer rounded font-medium text-bulb-soft">{guide.whyHere}</summary>
      {rank.favorite ? <p className="mt-2 text-paper/90">{guide.whyFavorite}</p> : null}
      <ul className="mt-2 flex flex-col gap-2">
        {parts.map(({ factor, contribution }) => (
          <li key={factor}>
            <p className="flex justify-between gap-4">
              <span>{guide.rankFactors[factor]}</span>
              <span className="tabular-nums">{why.share(Math.round(contribution * 100))}</span>
            </p>
            <div aria-hidden="true" className="mt-1 h-1.5 overflow-hidden rounded-full bg-paper/10">
              <div className="h-full rounded-full bg-bulb" style={{ width: `${contribution * 100}%` }} />
            </div>
          </li>
        ))}
      </ul>
      {parts.length === 0 && !rank.favorite ? <p className="mt-2 text-muted">{guide.whyNothing}</p> : null}
    </details>
  );
}
