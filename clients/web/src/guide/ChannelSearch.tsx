import { Search, X } from "lucide-react";
import { useEffect, useEffectEvent, useRef, useState } from "react";

import { useDebounced } from "../components/useDebounced";
import { useStrings } from "../strings/useStrings";

/** The search starts when the viewer has stopped typing for this many milliseconds. */
const PAUSE_MS = 250;

interface ChannelSearchProps {
  query: string;
  onSearch: (query: string) => void;
}

/** The input that finds channels by name or number. */
export function ChannelSearch({ query, onSearch }: ChannelSearchProps) {
  const { guide } = useStrings();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(query);
  const [shown, setShown] = useState(query);
  if (query !== shown) {
    setShown(query);
    // Something else removed the query from the address, such as the button that shows all channels.
    if (query === "") setTyped("");
  }
  const settled = useDebounced(typed, PAUSE_MS);
  const search = useEffectEvent(onSearch);
  useEffect(() => search(settled), [settled]);

  return (
    <form
      role="search"
      className="relative min-w-0 grow basis-44 sm:max-w-52 sm:grow-0 sm:basis-auto"
      onSubmit={(event) => event.preventDefault()}
    >
      <Search
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 left-3.5 size-4 -translate-y-1/2 text-muted"
      />
      <input
        ref={input}
        type="search"
        autoComplete="off"
        spellCheck={false}
        maxLength={100}
        aria-label={guide.find}
        placeholder={guide.findHint}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        className="min-h-10 w-full rounded-full border border-line bg-transparent pr-10 pl-10 text-sm placeholder:text-muted focus-visible:border-bulb focus-visible:outline-offset-0 [&::-webkit-search-cancel-button]:hidden"
      />
      {typed ? (
        <button
          type="button"
          aria-label={guide.clearFind}
          className="absolute top-1/2 right-0 grid size-10 -translate-y-1/2 place-items-center rounded-full text-muted hover:text-paper"
          onClick={() => {
            setTyped("");
            input.current?.focus();
          }}
        >
          <X aria-hidden="true" className="size-4" />
        </button>
      ) : null}
    </form>
  );
}
