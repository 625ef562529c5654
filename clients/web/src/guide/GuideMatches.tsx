import { useStrings } from "../strings/useStrings";
import { datedTimesLabel } from "./labels";
import type { useGuideSearch } from "./useGuideSearch";
import { useNow } from "./useNow";

interface GuideMatchesProps {
  found: ReturnType<typeof useGuideSearch>;
  /** Whether nothing else is shown. The programmes are then on as many lines as they need. */
  isAlone: boolean;
  onOpenProgramme: (programmeId: string) => void;
}

/** The programmes that the search of the guide found, above the channels. */
export function GuideMatches({ found, isAlone, onOpenProgramme }: GuideMatchesProps) {
  const strings = useStrings();
  const now = useNow();
  if (found.programmes.length === 0) return null;
  return (
    <ul
      aria-label={strings.guide.programmes}
      className={`-mx-1 flex shrink-0 gap-2 px-1 pt-1 pb-3 ${isAlone ? "flex-wrap" : "no-scrollbar overflow-x-auto overscroll-x-contain"}`}
    >
      {found.programmes.map((entry) => (
        <li key={entry.programme.programmeId} className="shrink-0">
          <button
            type="button"
            className="flex min-h-12 flex-col justify-center rounded-xl bg-raised px-3.5 py-1.5 text-left transition-colors hover:bg-lifted"
            onClick={() => onOpenProgramme(entry.programme.programmeId)}
          >
            <span className="text-sm font-medium">{entry.programme.displayName}</span>
            <span className="text-xs text-muted tabular-nums">
              {[datedTimesLabel(entry, now, strings), found.channelNames.get(entry.programme.channelId)]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
