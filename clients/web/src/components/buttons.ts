const SHAPE =
  "inline-flex min-h-11 items-center justify-center gap-2 rounded-full px-5 py-2.5 text-sm font-semibold whitespace-nowrap transition-colors duration-200 disabled:opacity-60";

/** The CSS classes of buttons, and of links that look like buttons. */
export const buttons = {
  primary: `${SHAPE} bg-bulb text-ink hover:bg-bulb-soft`,
  secondary: `${SHAPE} bg-paper/12 text-paper backdrop-blur hover:bg-paper/22`,
  quiet: `${SHAPE} text-muted hover:bg-paper/8 hover:text-paper`,
};
