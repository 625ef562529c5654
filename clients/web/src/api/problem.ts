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
  | { kind: PlainKind };

/** The problems of which nothing more is to be known. */
type PlainKind =
  | "bad-credentials"
  | "email-taken"
  | "weak-password"
  | "signed-out"
  | "profile-required"
  | "not-allowed"
  | "not-found"
  | "not-playable-yet"
  | "device-not-supported"
  | "session-ended"
  | "changed-elsewhere"
  | "outdated"
  | "too-large"
  | "list-full"
  | "nothing-fits"
  | "starting-up"
  | "unavailable"
  | "unexpected";

/**
 * What each reason of the contracts means to the app. Reasons that only administrators and integrators meet are here
 * too: `strings.problems` has a text for each kind.
 */
export const KIND_OF_REASON: Readonly<Record<string, Problem["kind"]>> = {
  NOT_ENTITLED: "closed",
  TOO_MANY_STREAMS: "too-many-streams",
  RATE_LIMITED: "rate-limited",
  TOO_MANY_ATTEMPTS: "rate-limited",
  SIGN_IN_BUSY: "rate-limited",

  REQUEST_INVALID: "invalid",
  FIELD_NOT_EDITABLE: "invalid",
  POSITION_BEYOND_END: "invalid",
  SNOOZE_IN_THE_PAST: "invalid",
  EPISODE_REQUIRED: "invalid",
  COLLECTION_TITLES_UNKNOWN: "invalid",
  SOURCE_NOT_ALLOWED: "invalid",
  IMPORT_UNREADABLE: "invalid",
  IMPORT_EMPTY: "invalid",
  IMPORT_OUT_OF_ORDER: "invalid",
  LICENSE_REQUEST_INVALID: "invalid",
  REQUEST_TOO_LARGE: "too-large",

  BAD_CREDENTIALS: "bad-credentials",
  EMAIL_TAKEN: "email-taken",
  WEAK_PASSWORD: "weak-password",
  TOKEN_REQUIRED: "signed-out",
  TOKEN_INVALID: "signed-out",
  TOKEN_EXPIRED: "signed-out",
  SIGNED_OUT: "signed-out",
  REFRESH_TOKEN_INVALID: "signed-out",
  REFRESH_TOKEN_REUSED: "signed-out",
  ACCOUNT_NOT_FOUND: "signed-out",
  PROFILE_REQUIRED: "profile-required",
  PROFILE_NOT_FOUND: "profile-required",
  ROLE_REQUIRED: "not-allowed",
  CALLER_NOT_ALLOWED: "not-allowed",

  TITLE_NOT_FOUND: "not-found",
  EPISODE_NOT_FOUND: "not-found",
  COLLECTION_NOT_FOUND: "not-found",
  PACKAGE_NOT_FOUND: "not-found",
  SIGNAL_NOT_FOUND: "not-found",
  DECISION_NOT_FOUND: "not-found",
  RUN_NOT_FOUND: "not-found",
  ASSET_NOT_FOUND: "not-found",
  SOURCE_NOT_FOUND: "not-found",
  MEDIA_NOT_FOUND: "not-found",

  NOT_PLAYABLE_YET: "not-playable-yet",
  NOTHING_PLAYABLE: "not-playable-yet",
  DEVICE_NOT_SUPPORTED: "device-not-supported",
  SUBJECT_NOT_SUPPORTED: "device-not-supported",
  SESSION_NOT_FOUND: "session-ended",
  SESSION_ENDED: "session-ended",
  PLAYBACK_TOKEN_INVALID: "session-ended",
  PLAYLIST_NOT_FOUND: "session-ended",
  KEY_NOT_FOUND: "session-ended",

  ETAG_MISMATCH: "changed-elsewhere",
  PAGE_TOKEN_INVALID: "changed-elsewhere",
  INPUT_GONE: "changed-elsewhere",
  METHOD_UNKNOWN: "outdated",
  PROTOCOL_NOT_SUPPORTED: "outdated",
  VERB_NOT_ALLOWED: "outdated",

  WATCHLIST_FULL: "list-full",
  NOTHING_FITS: "nothing-fits",
  TITLES_NOT_READY: "starting-up",
  SEARCH_NOT_READY: "starting-up",
  FACTS_NOT_READY: "starting-up",

  DATABASE_UNAVAILABLE: "unavailable",
  DATABASE_TIMEOUT: "unavailable",
  REDIS_UNAVAILABLE: "unavailable",
  SERVICE_UNAVAILABLE: "unavailable",
  RATE_LIMIT_UNAVAILABLE: "unavailable",
  MEANING_UNAVAILABLE: "unavailable",
  DEADLINE_EXCEEDED: "unavailable",
  PART_DOWN: "unavailable",
  REQUEST_ID_REUSED: "unexpected",
  INTERNAL: "unexpected",
};

/** Reads any failure. This is the one place that knows the reasons of the contracts. */
export function problemOf(failure: unknown): Problem {
  const refused = ConnectError.from(failure);
  const kind = KIND_OF_REASON[reasonOf(refused) ?? ""];
  switch (kind) {
    case undefined:
      return byCode(refused);
    case "closed":
    case "too-many-streams":
      return { kind, decision: decisionOf(refused) };
    case "rate-limited":
      return { kind, retryAfterSeconds: retryAfter(refused) };
    case "invalid":
      return { kind, fields: violatedFields(refused) };
    default:
      return { kind };
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
