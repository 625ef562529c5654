import { Lock } from "lucide-react";

import { lockLabel } from "../format/access";
import type { AccessDecision } from "../gen/marquee/entitlement/v1/entitlement_pb";
import { useStrings } from "../strings/useStrings";

/** A lock with a short label for what opens the title. Renders nothing if the title is open. */
export function LockBadge({ decision, at = "top" }: { decision: AccessDecision | undefined; at?: "top" | "bottom" }) {
  const strings = useStrings();
  if (!decision || decision.allowed) return null;
  return (
    <span
      aria-hidden="true"
      className={`absolute right-2 ${at === "top" ? "top-2" : "bottom-2"} inline-flex items-center gap-1 rounded-full bg-ink/85 px-2 py-1 text-[0.7rem] font-semibold text-bulb-soft`}
    >
      <Lock className="size-3" strokeWidth={2.6} />
      {lockLabel(decision, strings)}
    </span>
  );
}
