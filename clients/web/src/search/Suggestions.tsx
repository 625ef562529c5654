import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData, skipToken } from "@tanstack/react-query";
import type { LinkProps } from "@tanstack/react-router";
import { Link } from "@tanstack/react-router";
import { Clapperboard, Shapes, UserRound } from "lucide-react";

import type { Suggestion } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { CatalogService, SuggestionKind } from "../gen/marquee/catalog/v1/catalog_service_pb";
import { useStrings } from "../strings/useStrings";

interface SuggestionsProps {
  query: string;
  /** The people and genres in the response of the search. */
  related: readonly Suggestion[];
}

/** Titles, people and genres that continue the typed text, on one line whose height is always reserved. */
export function Suggestions({ query, related }: SuggestionsProps) {
  const { find } = useStrings();
  const suggested = useQuery(
    CatalogService.method.suggestSearch,
    query.trim() ? { query: query.trim() } : skipToken,
    // A failure is not shown, because the results of the search do not depend on suggestions.
    { placeholderData: keepPreviousData, retry: false },
  );
  const shown = query.trim() ? removeDuplicates([...(suggested.data?.suggestions ?? []), ...related]) : [];
  return (
    <ul
      aria-label={find.suggestions}
      className="no-scrollbar relative -mx-1 flex h-14 items-center gap-2 overflow-x-auto overscroll-x-contain px-1"
    >
      {shown.map((suggestion) => (
        <li key={keyOf(suggestion)} className="shrink-0">
          <Link
            {...linkOf(suggestion)}
            className="inline-flex min-h-10 items-center gap-2 rounded-full bg-paper/8 px-4 text-sm whitespace-nowrap text-paper/90 transition-colors hover:bg-paper/16"
          >
            <Icon kind={suggestion.kind} />
            {suggestion.displayName}
            <span className="sr-only">, {find.kinds[suggestion.kind]}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Icon({ kind }: { kind: SuggestionKind }) {
  const Shape = { [SuggestionKind.PERSON]: UserRound, [SuggestionKind.GENRE]: Shapes }[kind as number] ?? Clapperboard;
  return <Shape aria-hidden="true" className="size-4 text-muted" />;
}

function linkOf({ displayName, target }: Suggestion): LinkProps {
  switch (target.case) {
    case "titleId":
      return { to: "/title/$titleId", params: { titleId: target.value } };
    case "genreId":
      return { to: "/browse/{-$genre}", params: { genre: target.value } };
    default:
      return { to: "/search", search: (current) => ({ ...current, q: displayName }) } as LinkProps;
  }
}

function removeDuplicates(suggestions: readonly Suggestion[]): Suggestion[] {
  return [...new Map(suggestions.map((each) => [keyOf(each), each])).values()];
}

function keyOf({ kind, target }: Suggestion): string {
  return `${kind} ${target.value ?? ""}`;
}
