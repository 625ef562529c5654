import { createContext, useContext, useMemo } from "react";

import { isUpcoming, useReminders } from "../reminders/useReminders";
import { useFavorites } from "./useFavorites";

/** What the viewer has marked in the guide, by the ids of channels and programmes. */
export interface GuideMarks {
  favorites: ReadonlySet<string>;
  reminded: ReadonlySet<string>;
}

const NOTHING: ReadonlySet<string> = new Set();

/** The marks of the guide that contains a component. */
export const GuideMarksContext = createContext<GuideMarks>({ favorites: NOTHING, reminded: NOTHING });

/** Returns the marks of the guide that contains the component. */
export function useGuideMarks(): GuideMarks {
  return useContext(GuideMarksContext);
}

/** Loads the marks of the viewer. */
export function useLoadedMarks(now: number): GuideMarks {
  const favorites = useFavorites() ?? NOTHING;
  const { reminders } = useReminders();
  const ids = reminders?.flatMap((each) => (isUpcoming(each, now) ? (each.programme?.programmeId ?? []) : [])).join();
  return useMemo(() => ({ favorites, reminded: new Set(ids?.split(",")) }), [favorites, ids]);
}
