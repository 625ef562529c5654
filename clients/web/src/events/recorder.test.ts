import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { titleSubject } from "../api/subjects";
import { ViewingEventType } from "../gen/marquee/viewing/v1/viewing_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { Recorder } from "./recorder";

const { PLAY, PAUSE } = ViewingEventType;
const subject = titleSubject("t1");

/** Returns a recorder and the batches that its service accepts. The service fails while `outage.failure` is set. */
function aViewing() {
  const batches: string[][] = [];
  const outage: { failure?: ConnectError | undefined } = {};
  const transport = createRouterTransport(({ service }) => {
    service(ViewingService, {
      recordEvents: ({ events }) => {
        if (outage.failure) throw outage.failure;
        batches.push(events.map((event) => event.eventId));
        return { acceptedCount: events.length };
      },
    });
  });
  const viewing = createClient(ViewingService, transport);
  let last = 0;
  const recorder = new Recorder({ viewing, parting: viewing, newId: () => `e${++last}`, now: () => 0 });
  return { recorder, batches, outage };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a viewing event", () => {
  it("is sent together with other events", async () => {
    const { recorder, batches } = aViewing();
    recorder.record({ type: PLAY, subject });
    recorder.record({ type: PAUSE, subject });
    await vi.advanceTimersByTimeAsync(6_000);

    expect(batches).toEqual([["e1", "e2"]]);
  });

  it("is sent again under the same id after the platform was unavailable", async () => {
    const { recorder, batches, outage } = aViewing();
    outage.failure = new ConnectError("away", Code.Unavailable);
    recorder.record({ type: PLAY, subject });
    await vi.advanceTimersByTimeAsync(6_000);
    outage.failure = undefined;
    recorder.record({ type: PAUSE, subject });
    await vi.advanceTimersByTimeAsync(6_000);

    expect(batches).toEqual([["e1", "e2"]]);
  });

  it("is dropped if the platform rejects it", async () => {
    const { recorder, batches, outage } = aViewing();
    outage.failure = new ConnectError("no", Code.InvalidArgument);
    recorder.record({ type: PLAY, subject });
    await vi.advanceTimersByTimeAsync(6_000);
    outage.failure = undefined;
    await vi.advanceTimersByTimeAsync(60_000);

    expect(batches).toEqual([]);
  });

  it("is sent in a batch that the platform accepts", async () => {
    const { recorder, batches } = aViewing();
    for (let index = 0; index < 250; index++) recorder.record({ type: PLAY, subject });
    await vi.advanceTimersByTimeAsync(11_000);

    expect(batches.map((batch) => batch.length)).toEqual([200, 50]);
  });

  it("is sent while the page closes", async () => {
    const { recorder, batches } = aViewing();
    recorder.record({ type: PLAY, subject });
    recorder.part();
    await vi.advanceTimersByTimeAsync(0);

    expect(batches).toEqual([["e1"]]);
  });

  it("is not sent for another viewer", async () => {
    const { recorder, batches } = aViewing();
    recorder.record({ type: PLAY, subject });
    recorder.forget();
    await vi.advanceTimersByTimeAsync(6_000);

    expect(batches).toEqual([]);
  });
});
