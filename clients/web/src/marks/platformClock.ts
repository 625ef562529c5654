/** How far the platform's clock is ahead of this one, in milliseconds, as far as it told. */
let ahead = 0;

/** Hears from an answer's headers what time it is. */
export function tellsTime(headers: Headers): void {
  const told = Date.parse(headers.get("date") ?? "");
  if (!Number.isNaN(told)) ahead = told - Date.now();
}

/** The platform's time in milliseconds, right to a second or two; this machine's while nothing was heard. */
export function platformNow(): number {
  return Date.now() + ahead;
}
