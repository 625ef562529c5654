import { useStrings } from "../strings/useStrings";
import type { Lack } from "./useHome";

/** A quiet word where the home is less than it should be. */
export function LackLine({ lack }: { lack: Lack }) {
  const { degraded } = useStrings();
  if (lack === "none") return null;
  return (
    <p role="status" className="gutter relative py-2 text-sm text-muted">
      {lack === "popular" ? degraded.popular : degraded.simpler}
    </p>
  );
}
