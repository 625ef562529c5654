import { useQuery } from "@connectrpc/connect-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useMemo } from "react";

import { titleIdOf } from "../api/subjects";
import { useTitles } from "../api/titles";
import { ErrorMessage } from "../components/Messages";
import { Skeleton } from "../components/Skeletons";
import { seconds } from "../format/time";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { useStrings } from "../strings/useStrings";

/** The largest number of lines in a ranking. */
const MAX_LINES = 5;

/** The profile's statistics: hours, genres and titles. */
export function Stats() {
  const { taste: words } = useStrings();
  const stats = useQuery(ViewingService.method.getStats, {}, { staleTime: 0 });
  const top = useMemo(() => stats.data?.titles.slice(0, MAX_LINES) ?? [], [stats.data]);
  const { byId } = useTitles(useMemo(() => top.map((each) => titleIdOf(each.subject)), [top]));
  if (stats.error) return <ErrorMessage error={stats.error} retry={stats.refetch} />;
  if (!stats.data) return <Skeleton className="mt-10 h-64 rounded-3xl" />;
  const { watchDuration, titleCount, finishedCount, genres } = stats.data;
  return (
    <section
      aria-label={words.stats}
      className="mt-10 grid gap-x-10 gap-y-8 rounded-3xl bg-raised p-6 sm:p-8 lg:grid-cols-3"
    >
      <dl className="grid grid-cols-3 gap-4 self-start lg:grid-cols-1">
        <Figure label={words.hours}>{words.time(seconds(watchDuration))}</Figure>
        <Figure label={words.titles}>{titleCount}</Figure>
        <Figure label={words.finished}>{finishedCount}</Figure>
      </dl>
      {genres.length === 0 ? (
        <p className="self-center text-muted lg:col-span-2">{words.statsEmpty}</p>
      ) : (
        <>
          <Ranking
            heading={words.topGenres}
            lines={genres.slice(0, MAX_LINES).map(({ genreId, displayName, watchDuration: watched }) => ({
              key: genreId,
              amount: seconds(watched),
              name: (
                <Link to="/browse/{-$genre}" params={{ genre: genreId }} className="rounded hover:text-bulb-soft">
                  {displayName}
                </Link>
              ),
            }))}
          />
          <Ranking
            heading={words.topTitles}
            lines={top.flatMap(({ subject, watchDuration: watched }) => {
              const titleId = titleIdOf(subject);
              const name = byId.get(titleId)?.displayName;
              const link = (
                <Link to="/title/$titleId" params={{ titleId }} className="rounded hover:text-bulb-soft">
                  {name}
                </Link>
              );
              return name ? [{ key: titleId, amount: seconds(watched), name: link }] : [];
            })}
          />
        </>
      )}
    </section>
  );
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="flex flex-col-reverse">
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="font-literary text-3xl font-semibold sm:text-4xl">{children}</dd>
    </div>
  );
}

interface Line {
  key: string;
  name: ReactNode;
  /** In seconds. */
  amount: number;
}

function Ranking({ heading, lines }: { heading: string; lines: Line[] }) {
  const { taste: words } = useStrings();
  const maxAmount = Math.max(1, ...lines.map((line) => line.amount));
  return (
    <div>
      <h2 className="text-sm text-muted">{heading}</h2>
      <ol className="mt-3 flex flex-col gap-3">
        {lines.map(({ key, name, amount }) => (
          <li key={key}>
            <div className="flex items-baseline justify-between gap-4">
              <span className="min-w-0 truncate">{name}</span>
              <span className="shrink-0 text-sm text-muted tabular-nums">{words.time(amount)}</span>
            </div>
            <div aria-hidden="true" className="mt-1 h-1 rounded-full bg-paper/10">
              <div
                className="h-full rounded-full bg-bulb/80"
                style={{ width: `${((amount / maxAmount) * 100).toFixed(1)}%` }}
              />
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}
