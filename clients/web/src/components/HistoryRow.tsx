import { Link } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";

import { titleIdOf } from "../api/subjects";
import { Backdrop } from "../art/Poster";
import { day } from "../format/time";
import type { Title } from "../gen/marquee/catalog/v1/catalog_pb";
import type { HistoryEntry } from "../gen/marquee/viewing/v1/viewing_pb";
import { useStrings } from "../strings/useStrings";
import { ProgressBar } from "./ProgressBar";

interface HistoryRowProps {
  entry: HistoryEntry;
  title: Title | undefined;
  onRemove: (entry: HistoryEntry) => void;
}

/** One title of the history: how much was watched, when, and a button that deletes the entry. */
export function HistoryRow({ entry, title, onRemove }: HistoryRowProps) {
  const strings = useStrings();
  const titleId = titleIdOf(entry.subject);
  const name = entry.displayName || strings.history.gone;
  const progressText = entry.completion < 0.01 ? strings.history.begun : strings.history.share(entry.completion);
  const statusText = entry.finished ? strings.history.finished : progressText;
  const content = (
    <>
      <span className="relative block aspect-video w-28 shrink-0 overflow-hidden rounded-lg bg-lifted sm:w-40">
        {title ? <Backdrop title={title} /> : null}
        <ProgressBar share={entry.finished ? 1 : entry.completion} className="absolute inset-x-0 bottom-0" />
      </span>
      <span className="min-w-0 grow">
        <span className="block font-medium">{name}</span>
        <span className="mt-1 flex flex-wrap gap-x-3 text-sm whitespace-nowrap text-muted">
          <span>{statusText}</span>
          {entry.watchTime ? <span>{day(entry.watchTime, strings.language)}</span> : null}
        </span>
      </span>
    </>
  );
  return (
    <li data-item={titleId} className="flex items-center gap-2">
      {entry.displayName ? (
        <Link
          to="/title/$titleId"
          params={{ titleId }}
          data-card=""
          className="-mx-3 flex min-w-0 grow scroll-my-28 items-center gap-4 rounded-2xl p-3 transition-colors hover:bg-paper/6 sm:gap-5"
        >
          {content}
        </Link>
      ) : (
        <div className="-mx-3 flex min-w-0 grow items-center gap-4 p-3 text-muted sm:gap-5">{content}</div>
      )}
      <button
        type="button"
        aria-label={strings.history.remove(name)}
        className="grid size-11 shrink-0 place-items-center rounded-full text-muted transition-colors hover:bg-paper/10 hover:text-paper"
        onClick={() => onRemove(entry)}
      >
        <Trash2 aria-hidden="true" className="size-5" />
      </button>
    </li>
  );
}
