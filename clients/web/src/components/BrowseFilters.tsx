import { useNavigate } from "@tanstack/react-router";
import { ChevronDown } from "lucide-react";

import type { BrowseParameters } from "../pages/browseParameters";
import { useStrings } from "../strings/useStrings";
import { ChoiceMenu } from "./ChoiceMenu";
import { FILTER } from "./FilterMenu";
import { TitleFilters } from "./TitleFilters";

interface BrowseFiltersProps {
  genre: string | undefined;
  search: BrowseParameters;
}

type Filters = { [Key in keyof BrowseParameters]: BrowseParameters[Key] | undefined };

/** The filters of the browse page. Each choice changes the page's address. */
export function BrowseFilters({ genre, search }: BrowseFiltersProps) {
  const { browse: words } = useStrings();
  const navigate = useNavigate();
  const navigateTo = (next: { genre?: string | undefined } & Filters) => {
    const { genre: nextGenre, ...filters } = next;
    void navigate({
      to: "/browse/{-$genre}",
      params: { genre: nextGenre },
      search: filters,
      resetScroll: false,
    });
  };
  const current = { ...search, genre };
  const hasFilters = genre !== undefined || Object.keys(search).length > 0;
  return (
    <TitleFilters
      className="py-6"
      chosen={current}
      onChange={(change) => navigateTo({ ...current, ...change })}
      onClear={hasFilters ? () => navigateTo({}) : undefined}
      end={
        <ChoiceMenu
          label={words.order}
          align="right"
          choices={[
            { value: undefined, label: words.newest },
            { value: "a-z" as const, label: words.byTitle },
          ]}
          chosen={search.order}
          onChoose={(order) => navigateTo({ ...current, order })}
          buttonClass={FILTER}
        >
          {search.order === "a-z" ? words.byTitle : words.newest}
          <ChevronDown aria-hidden="true" className="size-4" />
        </ChoiceMenu>
      }
    />
  );
}
