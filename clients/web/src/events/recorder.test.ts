import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { titleSubject } from "../api/subjects";
import { ViewingEventType } from "../gen/marquee/viewing/v1/viewing_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { Recorder } from "./recorder";

const { PLAY, PAUSE } = ViewingEventType;
const subject = titleSubject("t1");

/** A viewing service that writes down the batches it took. */
function aViewing() {
  const batches: string[][] = [];
  const answers: { failure?: ConnectError | undefined } = {};
  const transport = createRouterTransport(({ service }) => {
    service(ViewingService, {
      recordEvents: ({ events }) => {
        if (answers.failure) throw answers.failure;
        batches.push(events.map((event) => event.eventId));
        return { acceptedCount: events.length };
      },
    });
  });
  const viewing = createClient(ViewingService, transport);
  let last = 0;
  const recorder = new Recorder({ viewing, parting: viewing, newId: () => `e${++last}`, now: () => 0 });
  return { recorder, batches, answers };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("what happens", () => {
  it("is handed in together", async () => {
    const { recorder, batches } = aViewing();
    recorder.tell({ type: PLAY, subject });
    recorder.tell({ type: PAUSE, subject });
    await vi.advanceTimersByTimeAsync(6_000);

    expect(batches).toEqual([["e1", "e2"]]);
  });

  it("is sent again under the same ids when the platform was away", async () => {
    const { recorder, batches, answers } = aViewing();
    answers.failure = new ConnectError("away", Code.Unavailable);
    recorder.tell({ type: PLAY, subject });
    await vi.advanceTimersByTimeAsync(6_000);
    answers.failure = undefined;
    recorder.tell({ type: PAUSE, subject });
    await vi.advanceTimersByTimeAsync(6_000);

    expect(batches).toEqual([["e1", "e2"]]);
  });

  it("is dropped when the platform does not want it", async () => {
    const { recorder, batches, answers } = aViewing();
    answers.failure = new ConnectError("no", Code.InvalidArgument);
    recorder.tell({ type: PLAY, subject });
    await vi.advanceTimersByTimeAsync(6_000);
    answers.failure = undefined;
    await vi.advanceTimersByTimeAsync(60_000);

    expect(batches).toEqual([]);
  });

  it("goes in batches that the platform takes", async () => {
    const { recorder, batches } = aViewing();
    for (let index = 0; index < 250; index++) recorder.tell({ type: PLAY, subject });
    await vi.advanceTimersByTimeAsync(11_000);

    expect(batches.map((batch) => batch.length)).toEqual([200, 50]);
  });

  it("is handed in while the page goes away", async () => {
    const { recorder, batches } = aViewing();
    recorder.tell({ type: PLAY, subject });
    recorder.part();
    await vi.advanceTimersByTimeAsync(0);

    expect(batches).toEqual([["e1"]]);
  });

  it("is not told of somebody else", async () => {
    const { recorder, batches } = aViewing();
    recorder.tell({ type: PLAY, subject });
    recorder.forget();
    await vi.advanceTimersByTimeAsync(6_000);

    expect(batches).toEqual([]);
  });
});
