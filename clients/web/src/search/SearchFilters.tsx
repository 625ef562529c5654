import { useNavigate } from "@tanstack/react-router";
import { Check } from "lucide-react";

import { FILTER, FILTER_SET } from "../components/FilterMenu";
import { TitleFilters } from "../components/TitleFilters";
import type { Search } from "../pages/searchSearch";
import { isFiltered } from "../pages/searchSearch";
import { useStrings } from "../strings/useStrings";

/** What narrows a search. Each choice is a change of the page's address. */
export function SearchFilters({ search }: { search: Search }) {
  const { find } = useStrings();
  const navigate = useNavigate();
  const go = (next: { [Key in keyof Search]: Search[Key] | undefined }) =>
    void navigate({ to: "/search", search: next, resetScroll: false });
  return (
    <TitleFilters
      chosen={search}
      onChange={(change) => go({ ...search, ...change })}
      onClear={isFiltered(search) ? () => go(search.q ? { q: search.q } : {}) : undefined}
      lead={
        <button
          type="button"
          aria-pressed={search.included ?? false}
          className={search.included ? FILTER_SET : FILTER}
          onClick={() => go({ ...search, included: search.included ? undefined : true })}
        >
          {search.included ? <Check aria-hidden="true" className="size-4" /> : null}
          {find.includedOnly}
        </button>
      }
    />
  );
}
