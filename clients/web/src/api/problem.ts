import { Code, ConnectError } from "@connectrpc/connect";

import { BadRequestSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb";
import type { AccessDecision } from "../gen/marquee/entitlement/v1/entitlement_pb";
import { AccessDecisionSchema } from "../gen/marquee/entitlement/v1/entitlement_pb";
import { reasonOf } from "./reason";

/** A failure, classified by what the app can do about it. */
export type Problem =
  | { kind: "closed"; decision: AccessDecision | undefined }
  | { kind: "too-many-streams"; decision: AccessDecision | undefined }
  | { kind: "rate-limited"; retryAfterSeconds: number }
  | { kind: "invalid"; fields: string[] }
  | { kind: PlainKind };

/** The kinds of problems without details. */
type PlainKind =
  | "bad-credentials"
  | "registration-refused"
  | "weak-password"
  | "signed-out"
  | "profile-required"
  | "not-allowed"
  | "not-found"
  | "not-in-guide"
  | "not-playable-yet"
  | "not-started"
  | "no-catch-up"
  | "time-not-available"
  | "device-not-supported"
  | "session-ended"
  | "changed-elsewhere"
  | "outdated"
  | "too-large"
  | "programme-ended"
  | "list-full"
  | "nothing-fits"
  | "starting-up"
  | "unavailable"
  | "unexpected";

/**
 * The kind of problem for each reason of the contracts. It includes the reasons that only administrators and
 * integrators meet: `strings.problems` has a text for each kind.
 */
export const KIND_OF_REASON: Readonly<Record<string, Problem["kind"]>> = {
  NOT_ENTITLED: "closed",
  TOO_MANY_STREAMS: "too-many-streams",
  RATE_LIMITED: "rate-limited",
  TOO_MANY_WATCHES: "rate-limited",
  TOO_MANY_ATTEMPTS: "rate-limited",
  SIGN_IN_BUSY: "rate-limited",

  REQUEST_INVALID: "invalid",
  FIELD_NOT_EDITABLE: "invalid",
  POSITION_BEYOND_END: "invalid",
  SNOOZE_IN_THE_PAST: "invalid",
  GUIDE_WINDOW_INVALID: "invalid",
  SCHEDULE_INVALID: "invalid",
  CHANNEL_NUMBER_TAKEN: "invalid",
  TIME_ZONE_UNKNOWN: "invalid",
  EPISODE_REQUIRED: "invalid",
  COLLECTION_TITLES_UNKNOWN: "invalid",
  SOURCE_NOT_ALLOWED: "invalid",
  SOURCE_HOST_FORBIDDEN: "invalid",
  IMPORT_UNREADABLE: "invalid",
  IMPORT_EMPTY: "invalid",
  IMPORT_OUT_OF_ORDER: "invalid",
  IMPORT_SHRINKS_GUIDE: "invalid",
  LICENSE_REQUEST_INVALID: "invalid",
  REQUEST_TOO_LARGE: "too-large",

  BAD_CREDENTIALS: "bad-credentials",
  EMAIL_TAKEN: "registration-refused",
  REGISTRATION_REFUSED: "registration-refused",
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
  SOURCE_UNREACHABLE: "not-found",
  ENCODER_NOT_FOUND: "not-found",
  MEDIA_NOT_FOUND: "not-found",
  MEDIA_RANGE_INVALID: "not-found",

  CHANNEL_NOT_FOUND: "not-in-guide",
  PROGRAMME_NOT_FOUND: "not-in-guide",
  PROGRAMME_ENDED: "programme-ended",

  NOT_PLAYABLE_YET: "not-playable-yet",
  NOTHING_PLAYABLE: "not-playable-yet",
  PROGRAMME_NOT_STARTED: "not-started",
  CATCH_UP_NOT_AVAILABLE: "no-catch-up",
  TIME_NOT_AVAILABLE: "time-not-available",
  DEVICE_NOT_SUPPORTED: "device-not-supported",
  SUBJECT_NOT_SUPPORTED: "device-not-supported",
  SESSION_NOT_FOUND: "session-ended",
  SESSION_ENDED: "session-ended",
  PLAYBACK_TOKEN_INVALID: "session-ended",
  PLAYLIST_NOT_FOUND: "session-ended",
  KEY_NOT_FOUND: "session-ended",

  ETAG_MISMATCH: "changed-elsewhere",
  SOURCE_REFRESHING: "changed-elsewhere",
  PAGE_TOKEN_INVALID: "changed-elsewhere",
  INPUT_GONE: "changed-elsewhere",
  METHOD_UNKNOWN: "outdated",
  PROTOCOL_NOT_SUPPORTED: "outdated",
  VERB_NOT_ALLOWED: "outdated",

  WATCHLIST_FULL: "list-full",
  FAVORITES_FULL: "list-full",
  REMINDERS_FULL: "list-full",
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
  OVERLOADED: "unavailable",
  PART_DOWN: "unavailable",
  REQUEST_ID_REUSED: "unexpected",
  INTERNAL: "unexpected",
};

/** Classifies a failure. This is the only place that knows the reasons of the contracts. */
export function problemOf(failure: unknown): Problem {
  const error = ConnectError.from(failure);
  const kind = KIND_OF_REASON[reasonOf(error) ?? ""];
  switch (kind) {
    case undefined:
      return problemOfCode(error);
    case "closed":
    case "too-many-streams":
      return { kind, decision: decisionOf(error) };
    case "rate-limited":
      return { kind, retryAfterSeconds: retryAfter(error) };
    case "invalid":
      return { kind, fields: violatedFields(error) };
    default:
      return { kind };
  }
}

/** Whether the failure is temporary, so that repeating the call may succeed. */
export function isPassing(problem: Problem): boolean {
  return problem.kind === "unavailable" || problem.kind === "starting-up";
}

function problemOfCode(error: ConnectError): Problem {
  switch (error.code) {
    case Code.Unauthenticated:
      return { kind: "signed-out" };
    case Code.NotFound:
      return { kind: "not-found" };
    case Code.ResourceExhausted:
      return { kind: "rate-limited", retryAfterSeconds: retryAfter(error) };
    case Code.Unavailable:
    case Code.DeadlineExceeded:
      return { kind: "unavailable" };
    case Code.Unknown:
      // A browser that is offline, or a platform that is down, fails the fetch itself.
      return { kind: error.cause instanceof TypeError ? "unavailable" : "unexpected" };
    default:
      return { kind: "unexpected" };
  }
}

function decisionOf(error: ConnectError): AccessDecision | undefined {
  return error.findDetails(AccessDecisionSchema)[0];
}

function retryAfter(error: ConnectError): number {
  return Number(error.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds ?? 5n);
}

function violatedFields(error: ConnectError): string[] {
  return error
    .findDetails(BadRequestSchema)
    .flatMap((badRequest) => badRequest.fieldViolations.map((each) => each.field));
}
