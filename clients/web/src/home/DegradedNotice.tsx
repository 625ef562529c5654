import { useStrings } from "../strings/useStrings";
import type { DegradedState } from "./useHome";

interface DegradedNoticeProps {
  degradedState: DegradedState;
  /** Shows the viewer's own home. Undefined unless that home is available again while a fallback is shown. */
  onShow: (() => void) | undefined;
}

/** A short notice above a degraded home. */
export function DegradedNotice({ degradedState, onShow }: DegradedNoticeProps) {
  const { degraded } = useStrings();
  if (degradedState === "none") return null;
  return (
    <div className="gutter relative flex min-h-13 flex-wrap items-center gap-x-2 text-sm text-muted">
      <p role="status">{onShow ? degraded.back : degradedState === "popular" ? degraded.popular : degraded.simpler}</p>
      {onShow ? (
        <button
          type="button"
          className="inline-flex min-h-11 items-center rounded-full px-3 font-semibold text-bulb transition-colors hover:bg-bulb/15"
          onClick={onShow}
        >
          {degraded.show}
        </button>
      ) : null}
    </div>
  );
}
