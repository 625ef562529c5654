import type { AccessDecision, AccessOption, AccessReason } from "../gen/marquee/entitlement/v1/entitlement_pb";
import { AccessReasonCode, OfferKind } from "../gen/marquee/entitlement/v1/entitlement_pb";
import type { Strings } from "../strings";
import { ageLabel } from "./maturity";
import { money } from "./money";
import { day } from "./time";

/** Returns a label that is short enough for a tile: `Premium`, `From 3 March 2027`. */
export function lockLabel(decision: AccessDecision, strings: Strings): string {
  const way = decision.options[0]?.way;
  switch (way?.case) {
    case "offer":
      return way.value.displayName;
    case "wait":
      return way.value.availableTime
        ? strings.access.from(day(way.value.availableTime, strings.language))
        : strings.access.later;
    case "stopStream":
      return strings.access.screensBusy;
    case "switchProfile":
      return ageLabel(way.value.maturityAge);
    default:
      return strings.access.closed;
  }
}

/** Returns the heading above the reasons. */
export function accessHeading(decision: AccessDecision, strings: Strings): string {
  switch (decision.reasons[0]?.code) {
    case AccessReasonCode.TOO_MANY_STREAMS:
      return strings.access.headingBusy;
    case AccessReasonCode.NOT_YET:
      return strings.access.headingSoon;
    default:
      return strings.access.heading;
  }
}

/** Returns a reason of a decision as a sentence. */
export function reasonSentence(reason: AccessReason, { subject }: AccessDecision, strings: Strings): string {
  const isChannel = subject?.id.case === "channelId" || subject?.id.case === "programmeId";
  return (isChannel ? strings.channelAccess : strings.access.reasons)[reason.code] || reason.message;
}

/** Returns the first reason, which is the hardest to remove, as a sentence. */
export function leadingReason(decision: AccessDecision, strings: Strings): string {
  const [first] = decision.reasons;
  return first ? reasonSentence(first, decision, strings) : strings.access.reasons[AccessReasonCode.NOT_AVAILABLE];
}

/** Returns an option as a sentence, or undefined: `Included in Premium · 12.99 EUR a month`. */
export function optionSentence(option: AccessOption, strings: Strings): string | undefined {
  const { way } = option;
  switch (way.case) {
    case "offer": {
      if (way.value.kind !== OfferKind.SUBSCRIBE) return undefined;
      const included = strings.access.includedIn(way.value.displayName);
      const { price, billingPeriod } = way.value;
      return price ? `${included} · ${money(price, strings.language)} ${strings.plans.per[billingPeriod]}` : included;
    }
    case "wait":
      return way.value.availableTime
        ? strings.access.availableFrom(day(way.value.availableTime, strings.language))
        : strings.access.later;
    case "stopStream":
      return strings.access.playingOn(way.value.displayName, way.value.deviceDisplayName);
    case "switchProfile":
      return strings.access.switchProfile(ageLabel(way.value.maturityAge));
    default:
      return undefined;
  }
}
