import { clone } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";

const KEY = "marquee.newest-write";

/** The field for the token of a write, in the responses of writes and in the requests that must see that write. */
const FIELD = "consistencyToken";

/** Stores the token of the viewer's newest write for as long as the tab is open. */
export class NewestWrite {
  constructor(private readonly storage: Storage) {}

  get token(): string {
    return this.storage.getItem(KEY) ?? "";
  }

  note(token: string): void {
    if (token) this.storage.setItem(KEY, token);
  }

  /** Removes the token, because another viewer takes over. */
  forget(): void {
    this.storage.removeItem(KEY);
  }
}

/** Stores the token of each write, and adds the newest one to each request that has the field. */
export function attachConsistencyToken(newest: NewestWrite): Interceptor {
  return (next) => async (request) => {
    const needsToken = !request.stream && FIELD in request.method.input.field && newest.token !== "";
    const response = await next(
      needsToken
        ? {
            ...request,
            message: Object.assign(clone(request.method.input, request.message), { [FIELD]: newest.token }),
          }
        : request,
    );
    if (!response.stream && FIELD in response.method.output.field) {
      const token: unknown = (response.message as unknown as Record<string, unknown>)[FIELD];
      if (typeof token === "string") newest.note(token);
    }
    return response;
  };
}

/** The newest write of this tab. */
export const newestWrite = new NewestWrite(window.sessionStorage);
