import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { languageName, people } from "../format/title";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { CreditRole } from "../gen/marquee/catalog/v1/catalog_pb";
import { useStrings } from "../strings/useStrings";

const CHIP =
  "inline-flex min-h-8 items-center rounded-full bg-paper/8 px-3.5 text-sm text-paper/90 transition-colors hover:bg-paper/16";

/** The synopsis, the credits and the facts of a title. */
export function TitleDetails({ title }: { title: Title }) {
  const strings = useStrings();
  const cast = people(title, CreditRole.ACTOR, CreditRole.PRESENTER);
  const makers = [CreditRole.DIRECTOR, CreditRole.WRITER].flatMap((role) => {
    const names = people(title, role).map((credit) => credit.displayName);
    return names.length > 0 ? [{ role, names }] : [];
  });
  return (
    <div className="gutter mt-6 grid gap-x-14 gap-y-10 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <div className="flex flex-col gap-8">
        <section aria-label={strings.title.synopsis}>
          <p className="max-w-prose text-[1.05rem] leading-relaxed text-paper/90">{title.synopsis}</p>
        </section>
        {cast.length > 0 || makers.length > 0 ? (
          <section>
            <h2 className="text-lg font-semibold">{strings.title.credits}</h2>
            <ul className="mt-3 grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3">
              {cast.map((credit) => (
                <li key={`${credit.personId} ${credit.character}`}>
                  <Link
                    to="/search"
                    search={{ q: credit.displayName }}
                    className="rounded font-medium hover:text-bulb-soft"
                  >
                    {credit.displayName}
                  </Link>
                  {credit.character ? <p className="text-sm text-muted">{strings.title.as(credit.character)}</p> : null}
                </li>
              ))}
            </ul>
            <ul className="mt-4 flex flex-col gap-1 text-sm">
              {makers.map(({ role, names }) => (
                <li key={role}>
                  <span className="text-muted">{strings.credits[role]}</span> {names.join(", ")}
                </li>
              ))}
            </ul>
          </section>
        ) : null}
      </div>
      <dl className="flex flex-col gap-5 self-start">
        <Fact label={strings.title.genres}>
          {title.genres.map(({ genreId, displayName }) => (
            <Link key={genreId} to="/browse/{-$genre}" params={{ genre: genreId }} className={CHIP}>
              {displayName}
            </Link>
          ))}
        </Fact>
        <Fact label={strings.title.moods}>
          {title.moods.map(({ moodId, displayName }) => (
            <Link key={moodId} to="/browse/{-$genre}" params={{}} search={{ mood: moodId }} className={CHIP}>
              {displayName}
            </Link>
          ))}
        </Fact>
        <Fact label={strings.title.themes}>
          {title.themes.map(({ themeId, displayName }) => (
            <Link key={themeId} to="/browse/{-$genre}" params={{}} search={{ theme: themeId }} className={CHIP}>
              {displayName}
            </Link>
          ))}
        </Fact>
        <Fact label={strings.title.madeIn}>
          {title.languageCode ? [<span key="language">{languageName(title.languageCode, strings)}</span>] : []}
        </Fact>
        <Fact label={strings.title.originalTitle}>
          {title.originalDisplayName
            ? [
                <span key="title" lang={title.languageCode}>
                  {title.originalDisplayName}
                </span>,
              ]
            : []}
        </Fact>
      </dl>
    </div>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode[] }) {
  if (children.length === 0) return null;
  return (
    <div>
      <dt className="mb-2 text-sm text-muted">{label}</dt>
      <dd className="flex flex-wrap gap-2">{children}</dd>
    </div>
  );
}
