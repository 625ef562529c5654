import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";

import { isPassing, problemOf } from "../api/problem";
import type { ViewingEventSchema } from "../gen/marquee/viewing/v1/viewing_pb";
import type { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";

/** An event as the page tells it; its id and its time are added here. */
export type Told = Omit<MessageInitShape<typeof ViewingEventSchema>, "$typeName" | "eventId" | "occurTime">;

type Event = MessageInitShape<typeof ViewingEventSchema>;

export interface RecorderNeeds {
  viewing: Client<typeof ViewingService>;
  /** The same service, for the last call of a page that is closing. */
  parting: Client<typeof ViewingService>;
  newId: () => string;
  now: () => number;
}

/** What happens together goes together. */
const PAUSE_MS = 5_000;

/** The platform takes so many at once. */
const MOST_AT_ONCE = 200;

/** Events that could not be handed in for this long are too many to keep. */
const MOST_KEPT = 1_000;

/**
 * Collects what happens on the screen and in the player, and hands it in by batches.
 *
 * Each event carries an id of its own, so a batch whose answer was lost can be sent again.
 */
export class Recorder {
  private waiting: Event[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sending = false;

  constructor(private readonly needs: RecorderNeeds) {}

  tell(event: Told): void {
    this.waiting.push({ ...event, eventId: this.needs.newId(), occurTime: timestampFromMs(this.needs.now()) });
    this.waiting = this.waiting.slice(-MOST_KEPT);
    this.timer ??= setTimeout(() => void this.flush(), PAUSE_MS);
  }

  /** Hands in what waits. What fails in passing is kept for the next time. */
  async flush(viewing = this.needs.viewing): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.sending || this.waiting.length === 0) return;
    const events = this.waiting.splice(0, MOST_AT_ONCE);
    this.sending = true;
    try {
      await viewing.recordEvents({ events });
    } catch (failure) {
      const problem = problemOf(failure);
      if (isPassing(problem) || problem.kind === "rate-limited") this.waiting = [...events, ...this.waiting];
    } finally {
      this.sending = false;
    }
    if (this.waiting.length > 0) this.timer ??= setTimeout(() => void this.flush(), PAUSE_MS);
  }

  /** Hands in what waits while the page goes away. */
  part(): void {
    this.sending = false;
    void this.flush(this.needs.parting);
  }

  /** Somebody else watches from now on. */
  forget(): void {
    this.waiting = [];
  }
}
