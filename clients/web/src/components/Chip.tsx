import type { ReactNode } from "react";

interface ChipProps {
  /** Whether it is chosen. */
  set: boolean;
  onClick: () => void;
  children: ReactNode;
  disabled?: boolean;
}

/** A button that turns one value of a group on or off. */
export function Chip({ set, onClick, children, disabled = false }: ChipProps) {
  return (
    <button
      type="button"
      aria-pressed={set}
      disabled={disabled}
      className="inline-flex min-h-11 scroll-my-28 items-center rounded-full border border-line px-4.5 text-sm text-paper/90 transition-colors hover:border-muted disabled:opacity-50 aria-pressed:border-bulb aria-pressed:bg-bulb aria-pressed:font-semibold aria-pressed:text-ink"
      onClick={onClick}
    >
      {children}
    </button>
  );
}
