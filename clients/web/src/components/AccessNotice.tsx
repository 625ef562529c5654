import { Link } from "@tanstack/react-router";
import { Lock } from "lucide-react";
import type { ReactNode } from "react";

import { accessHeading, optionSentence, reasonSentence } from "../format/access";
import type { AccessDecision } from "../gen/marquee/entitlement/v1/entitlement_pb";
import { OfferKind } from "../gen/marquee/entitlement/v1/entitlement_pb";
import { useStrings } from "../strings/useStrings";
import { buttons } from "./buttons";

interface AccessNoticeProps {
  decision: AccessDecision;
  /** Renders the button that stops a stream on another device. */
  stopStream?: (sessionId: string) => ReactNode;
}

/** Shows why a title or a channel is closed, and every way to open it. */
export function AccessNotice({ decision, stopStream }: AccessNoticeProps) {
  const strings = useStrings();
  const ways = decision.options.map((option) => option.way);
  return (
    <div className="w-full max-w-lg rounded-2xl border border-bulb/35 bg-ink/85 p-5 text-left backdrop-blur">
      <p className="flex items-center gap-2 font-semibold text-bulb-soft">
        <Lock aria-hidden="true" className="size-4" />
        {accessHeading(decision, strings)}
      </p>
      <ul className="mt-2 text-paper/90">
        {decision.reasons.map((reason) => (
          <li key={reason.code}>{reasonSentence(reason, decision, strings)}</li>
        ))}
      </ul>
      {decision.options.length === 0 ? (
        <p className="mt-2 text-sm text-muted">{strings.access.noOptions}</p>
      ) : (
        <ul className="mt-3 flex flex-col gap-2 border-t border-line pt-3">
          {decision.options.map((option, index) => (
            <li key={index} className="flex flex-wrap items-center justify-between gap-2 text-sm font-medium">
              {optionSentence(option, strings)}
              {option.way.case === "stopStream" ? stopStream?.(option.way.value.sessionId) : null}
            </li>
          ))}
        </ul>
      )}
      <div className="mt-4 flex flex-wrap gap-2 empty:hidden">
        {ways.some((way) => way.case === "offer" && way.value.kind === OfferKind.SUBSCRIBE) ? (
          <Link to="/plans" className={buttons.primary}>
            {strings.access.toPlans}
          </Link>
        ) : null}
        {ways.some((way) => way.case === "switchProfile") ? (
          <Link to="/profiles" className={buttons.secondary}>
            {strings.access.toProfiles}
          </Link>
        ) : null}
      </div>
    </div>
  );
}
