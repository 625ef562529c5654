import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";

import { isPassing, problemOf } from "../api/problem";
import type { ViewingEventSchema } from "../gen/marquee/viewing/v1/viewing_pb";
import type { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";

/** An event as the page reports it. The recorder adds its id and its time. */
export type NewEvent = Omit<MessageInitShape<typeof ViewingEventSchema>, "$typeName" | "eventId" | "occurTime">;

type Event = MessageInitShape<typeof ViewingEventSchema>;

export interface RecorderNeeds {
  viewing: Client<typeof ViewingService>;
  /** The same service, for the last call of a page that is closing. */
  parting: Client<typeof ViewingService>;
  newId: () => string;
  now: () => number;
}

/** The recorder collects events for this many milliseconds before it sends them. */
const SEND_DELAY_MS = 5_000;

/** The largest batch that the platform accepts. */
const MAX_BATCH = 200;

/** The largest number of events that wait to be sent. The recorder drops the oldest ones. */
const MAX_WAITING = 1_000;

/**
 * Collects the events of the screen and of the player, and sends them in batches.
 *
 * Each event has its own id, so a batch whose response was lost can be sent again.
 */
export class Recorder {
  private waiting: Event[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sending = false;

  constructor(private readonly needs: RecorderNeeds) {}

  /** Adds an event to the waiting ones. */
  record(event: NewEvent): void {
    this.waiting.push({ ...event, eventId: this.needs.newId(), occurTime: timestampFromMs(this.needs.now()) });
    this.waiting = this.waiting.slice(-MAX_WAITING);
    this.timer ??= setTimeout(() => void this.flush(), SEND_DELAY_MS);
  }

  /** Sends the waiting events. If the failure is temporary, it keeps them for the next time. */
  async flush(viewing = this.needs.viewing): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.sending || this.waiting.length === 0) return;
    const events = this.waiting.splice(0, MAX_BATCH);
    this.sending = true;
    try {
      await viewing.recordEvents({ events });
    } catch (failure) {
      const problem = problemOf(failure);
      if (isPassing(problem) || problem.kind === "rate-limited") this.waiting = [...events, ...this.waiting];
    } finally {
      this.sending = false;
    }
    if (this.waiting.length > 0) this.timer ??= setTimeout(() => void this.flush(), SEND_DELAY_MS);
  }

  /** Sends the waiting events while the page closes. */
  part(): void {
    this.sending = false;
    void this.flush(this.needs.parting);
  }

  /** Drops the waiting events, because another viewer takes over. */
  forget(): void {
    this.waiting = [];
  }
}
