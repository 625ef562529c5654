import { useNavigate } from "@tanstack/react-router";
import { Check } from "lucide-react";

import { FILTER, FILTER_SET } from "../components/FilterMenu";
import { TitleFilters } from "../components/TitleFilters";
import type { Search } from "../pages/searchParameters";
import { isFiltered } from "../pages/searchParameters";
import { useStrings } from "../strings/useStrings";

/** The filters of a search. Each choice changes the page's address. */
export function SearchFilters({ search }: { search: Search }) {
  const { find } = useStrings();
  const navigate = useNavigate();
  const navigateTo = (next: { [Key in keyof Search]: Search[Key] | undefined }) =>
    void navigate({ to: "/search", search: next, resetScroll: false });
  return (
    <TitleFilters
      chosen={search}
      onChange={(change) => navigateTo({ ...search, ...change })}
      onClear={isFiltered(search) ? () => navigateTo(search.q ? { q: search.q } : {}) : undefined}
      lead={
        <button
          type="button"
          aria-pressed={search.included ?? false}
          className={search.included ? FILTER_SET : FILTER}
          onClick={() => navigateTo({ ...search, included: search.included ? undefined : true })}
        >
          {search.included ? <Check aria-hidden="true" className="size-4" /> : null}
          {find.includedOnly}
        </button>
      }
    />
  );
}
