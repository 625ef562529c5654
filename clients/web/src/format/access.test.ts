import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";

import { programmeSubject } from "../api/subjects";
import type { AccessOption } from "../gen/marquee/entitlement/v1/entitlement_pb";
import {
  AccessDecisionSchema,
  AccessOptionSchema,
  AccessReasonCode,
  AccessReasonSchema,
  BillingPeriod,
  OfferKind,
} from "../gen/marquee/entitlement/v1/entitlement_pb";
import { MoneySchema, SubjectSchema } from "../gen/marquee/type/v1/type_pb";
import { en } from "../strings/en";
import { leadingReason, lockLabel, optionSentence, reasonSentence } from "./access";

const premium = create(AccessOptionSchema, {
  way: {
    case: "offer",
    value: {
      kind: OfferKind.SUBSCRIBE,
      displayName: "Premium",
      billingPeriod: BillingPeriod.MONTH,
      price: create(MoneySchema, { minorUnits: 1299n, currencyCode: "EUR" }),
    },
  },
});
const inMarch = create(AccessOptionSchema, {
  way: { case: "wait", value: { availableTime: timestampFromDate(new Date("2027-03-03T12:00:00Z")) } },
});

function decision(...options: AccessOption[]) {
  return create(AccessDecisionSchema, {
    reasons: [{ code: AccessReasonCode.NOT_IN_SUBSCRIPTION, message: "Not in your plan." }],
    options,
  });
}

describe("an option", () => {
  it("names the package and its price per month", () => {
    expect(optionSentence(premium, en)).toBe("Included in Premium · 12.99 EUR a month");
  });

  it("names the day from which a title is open", () => {
    expect(optionSentence(inMarch, en)).toBe("Available from 3 March 2027");
  });

  it("names the stream that has to stop", () => {
    const stream = create(AccessOptionSchema, {
      way: {
        case: "stopStream",
        value: { sessionId: "s", deviceDisplayName: "Living room", displayName: "Night Courier" },
      },
    });

    expect(optionSentence(stream, en)).toBe("Night Courier is playing on Living room");
  });

  it("names the age that another profile must allow", () => {
    const profile = create(AccessOptionSchema, {
      way: { case: "switchProfile", value: { maturityAge: 17 } },
    });

    expect(optionSentence(profile, en)).toBe("Open to profiles that may watch 17+");
  });

  it("of an unknown kind has no sentence", () => {
    expect(optionSentence(create(AccessOptionSchema), en)).toBeUndefined();
  });
});

describe("a lock", () => {
  it("has a short label for the first option", () => {
    expect(lockLabel(decision(premium, inMarch), en)).toBe("Premium");
    expect(lockLabel(decision(inMarch), en)).toBe("From 3 March 2027");
    expect(lockLabel(decision(), en)).toBe("Not available");
  });
});

describe("a reason", () => {
  it("is translated by its code", () => {
    expect(leadingReason(decision(premium), en)).toBe("Your plan does not include this title.");
  });

  it("with an unknown code has the platform's message", () => {
    const newer = Object.assign(create(AccessReasonSchema, { message: "The moon is wrong." }), { code: 99 });

    expect(reasonSentence(newer, decision(), en)).toBe("The moon is wrong.");
  });

  it("for a channel or a programme names the channel", () => {
    const [reason] = decision(premium).reasons;
    const onProgramme = { ...decision(premium), subject: create(SubjectSchema, programmeSubject("p1")) };

    expect(reason && reasonSentence(reason, onProgramme, en)).toBe("Your plan does not include this channel.");
  });
});
