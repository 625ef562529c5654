import { clone } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";

const KEY = "marquee.newest-write";

/** The field that names a write to who reads next: in the answers of writes, and in the questions that heed it. */
const FIELD = "consistencyToken";

/** The newest write of whoever is watching, as the platform named it. It lasts as long as the tab. */
export class NewestWrite {
  constructor(private readonly storage: Storage) {}

  get token(): string {
    return this.storage.getItem(KEY) ?? "";
  }

  note(token: string): void {
    if (token) this.storage.setItem(KEY, token);
  }

  /** Somebody else watches from now on. */
  forget(): void {
    this.storage.removeItem(KEY);
  }
}

/** Notes what writes answer, and hands the newest one on with each question that takes it. */
export function consistent(newest: NewestWrite): Interceptor {
  return (next) => async (request) => {
    const asks = !request.stream && FIELD in request.method.input.field && newest.token !== "";
    const answer = await next(
      asks
        ? {
            ...request,
            message: Object.assign(clone(request.method.input, request.message), { [FIELD]: newest.token }),
          }
        : request,
    );
    if (!answer.stream && FIELD in answer.method.output.field) {
      const token: unknown = (answer.message as unknown as Record<string, unknown>)[FIELD];
      if (typeof token === "string") newest.note(token);
    }
    return answer;
  };
}

/** The newest write of this tab. */
export const newestWrite = new NewestWrite(window.sessionStorage);
