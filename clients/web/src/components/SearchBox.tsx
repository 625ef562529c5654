import { useNavigate } from "@tanstack/react-router";
import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { withWords } from "../pages/searchParameters";
import { useStrings } from "../strings/useStrings";

/** The search starts when the viewer has stopped typing for this many milliseconds. */
const PAUSE_MS = 180;

/** The input of the search page. After a short pause it writes the typed text to the page's address. */
export function SearchBox({ query }: { query: string }) {
  const strings = useStrings();
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(query);
  const [sent, setSent] = useState(query);
  const [previousQuery, setPreviousQuery] = useState(query);
  if (query !== previousQuery) {
    setPreviousQuery(query);
    // Something else changed the address, such as a link to an earlier search, so the input shows the new query.
    if (query !== sent) setTyped(query);
  }

  useEffect(() => {
    if (typed === query) return;
    const timer = window.setTimeout(() => {
      setSent(typed);
      void navigate({
        to: "/search",
        search: (current) => withWords(current, typed),
        replace: true,
      });
    }, PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [typed, query, navigate]);

  return (
    <form role="search" className="relative" onSubmit={(event) => event.preventDefault()}>
      <Search
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 left-5 size-6 -translate-y-1/2 text-muted"
      />
      <input
        ref={input}
        type="search"
        autoFocus
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        aria-label={strings.search.label}
        placeholder={strings.search.placeholder}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        className="min-h-16 w-full rounded-2xl border border-line bg-raised pr-16 pl-14 text-lg placeholder:text-muted focus-visible:border-bulb focus-visible:outline-offset-0 sm:text-2xl [&::-webkit-search-cancel-button]:hidden"
      />
      {typed ? (
        <button
          type="button"
          aria-label={strings.search.clear}
          className="absolute top-1/2 right-3 grid size-11 -translate-y-1/2 place-items-center rounded-full text-muted hover:text-paper"
          onClick={() => {
            setTyped("");
            input.current?.focus();
          }}
        >
          <X className="size-5" />
        </button>
      ) : null}
    </form>
  );
}
