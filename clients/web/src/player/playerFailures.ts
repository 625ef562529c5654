/** Shaka's error codes for failed requests: a bad status, no response, a late response. */
const BAD_HTTP_STATUS = 1001;
const UNREACHABLE = [1002, 1003];
/** Shaka's error code for a failed license request. The first item of its data is the error of the request. */
const LICENSE_REQUEST_FAILED = 6007;

/** Temporary statuses below 500: the request took too long, or there were too many requests. */
const TEMPORARY_STATUSES = [408, 429];

/** Shaka's error codes for a load that another load replaced, and for a player that was destroyed meanwhile. */
const INTERRUPTED = [7000, 7001, 7003];

/**
 * Returns whether a failure of Shaka means that the platform could not be reached. It is false if the platform refused.
 */
export function isOutage(failure: unknown): boolean {
  const { code, data } = (failure ?? {}) as { code?: number; data?: unknown[] };
  if (code === LICENSE_REQUEST_FAILED) return isOutage(data?.[0]);
  if (code === BAD_HTTP_STATUS) return Number(data?.[1]) >= 500 || TEMPORARY_STATUSES.includes(Number(data?.[1]));
  return code !== undefined && UNREACHABLE.includes(code);
}

/** Returns whether a failure of Shaka means that a load was replaced or its player destroyed. */
export function isInterruption(failure: unknown): boolean {
  const { code } = (failure ?? {}) as { code?: number };
  return code !== undefined && INTERRUPTED.includes(code);
}
