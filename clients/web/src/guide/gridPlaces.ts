import type { Place } from "./navigation";
import type { ScreenStart } from "./useGridView";

/** What is restored when the viewer returns to the guide. */
export interface GridPlace {
  screen: ScreenStart;
  active: Place;
}

/** The last place of each visit of the guide, by the key of its history entry. */
const places = new Map<string, GridPlace>();

/** Keeps the place of a history entry. */
export function keepPlace(entry: string, place: GridPlace): void {
  places.set(entry, place);
}

/** Returns the place of a history entry, if the viewer was there before. */
export function placeOf(entry: string): GridPlace | undefined {
  return places.get(entry);
}
