import { Code, ConnectError } from "@connectrpc/connect";

import { BadRequestSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb";
import type { AccessDecision } from "../gen/marquee/entitlement/v1/entitlement_pb";
import { AccessDecisionSchema } from "../gen/marquee/entitlement/v1/entitlement_pb";
import { reasonOf } from "./reason";

/** What went wrong, in the terms in which the app can do something about it. */
export type Problem =
  | { kind: "closed"; decision: AccessDecision | undefined }
  | { kind: "too-many-streams"; decision: AccessDecision | undefined }
  | { kind: "rate-limited"; retryAfterSeconds: number }
  | { kind: "invalid"; fields: string[] }
  | {
      kind:
        | "bad-credentials"
        | "email-taken"
        | "weak-password"
        | "signed-out"
        | "profile-required"
        | "not-found"
        | "not-playable-yet"
        | "session-ended"
        | "list-full"
        | "nothing-fits"
        | "starting-up"
        | "unavailable"
        | "unexpected";
    };

/** Reads any failure. This is the one place that switches on the reasons of the contracts. */
export function problemOf(failure: unknown): Problem {
  const refused = ConnectError.from(failure);
  switch (reasonOf(refused)) {
    case "NOT_ENTITLED":
      return { kind: "closed", decision: decisionOf(refused) };
    case "TOO_MANY_STREAMS":
      return { kind: "too-many-streams", decision: decisionOf(refused) };
    case "RATE_LIMITED":
    case "TOO_MANY_ATTEMPTS":
    case "SIGN_IN_BUSY":
      return { kind: "rate-limited", retryAfterSeconds: retryAfter(refused) };
    case "REQUEST_INVALID":
      return { kind: "invalid", fields: violatedFields(refused) };
    case "BAD_CREDENTIALS":
      return { kind: "bad-credentials" };
    case "EMAIL_TAKEN":
      return { kind: "email-taken" };
    case "WEAK_PASSWORD":
      return { kind: "weak-password" };
    case "TOKEN_REQUIRED":
    case "TOKEN_INVALID":
    case "TOKEN_EXPIRED":
    case "REFRESH_TOKEN_INVALID":
    case "REFRESH_TOKEN_REUSED":
      return { kind: "signed-out" };
    case "PROFILE_REQUIRED":
    case "PROFILE_NOT_FOUND":
      return { kind: "profile-required" };
    case "TITLE_NOT_FOUND":
    case "EPISODE_NOT_FOUND":
      return { kind: "not-found" };
    case "NOT_PLAYABLE_YET":
      return { kind: "not-playable-yet" };
    case "SESSION_NOT_FOUND":
    case "SESSION_ENDED":
    case "PLAYBACK_TOKEN_INVALID":
      return { kind: "session-ended" };
    case "WATCHLIST_FULL":
      return { kind: "list-full" };
    case "NOTHING_FITS":
      return { kind: "nothing-fits" };
    case "TITLES_NOT_READY":
    case "SEARCH_NOT_READY":
    case "FACTS_NOT_READY":
      return { kind: "starting-up" };
    default:
      return byCode(refused);
  }
}

/** Whether asking again may help. */
export function isPassing(problem: Problem): boolean {
  return problem.kind === "unavailable" || problem.kind === "starting-up";
}

function byCode(refused: ConnectError): Problem {
  switch (refused.code) {
    case Code.Unauthenticated:
      return { kind: "signed-out" };
    case Code.NotFound:
      return { kind: "not-found" };
    case Code.ResourceExhausted:
      return { kind: "rate-limited", retryAfterSeconds: retryAfter(refused) };
    case Code.Unavailable:
    case Code.DeadlineExceeded:
      return { kind: "unavailable" };
    case Code.Unknown:
      // A browser that is offline, or a platform that is down, fails the fetch itself.
      return { kind: refused.cause instanceof TypeError ? "unavailable" : "unexpected" };
    default:
      return { kind: "unexpected" };
  }
}

function decisionOf(refused: ConnectError): AccessDecision | undefined {
  return refused.findDetails(AccessDecisionSchema)[0];
}

function retryAfter(refused: ConnectError): number {
  return Number(refused.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds ?? 5n);
}

function violatedFields(refused: ConnectError): string[] {
  return refused.findDetails(BadRequestSchema).flatMap((broken) => broken.fieldViolations.map((each) => each.field));
}
