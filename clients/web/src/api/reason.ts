import type { ConnectError } from "@connectrpc/connect";

import { ErrorInfoSchema } from "../gen/google/rpc/error_details_pb";

/** The machine-readable reason of a refusal, such as `NOT_ENTITLED`, if the platform stated one. */
export function reasonOf(refused: ConnectError): string | undefined {
  return refused.findDetails(ErrorInfoSchema)[0]?.reason;
}
