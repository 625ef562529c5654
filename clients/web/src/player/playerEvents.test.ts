import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";

import { titleSubject } from "../api/subjects";
import type { NewEvent } from "../events/recorder";
import { SubjectSchema } from "../gen/marquee/type/v1/type_pb";
import { ViewingEventType } from "../gen/marquee/viewing/v1/viewing_pb";
import { reportEvents } from "./playerEvents";

/** Returns a video element without media, and a function that sets its state and dispatches an event. */
function fakeVideo() {
  const video = document.createElement("video");
  const state = { currentTime: 0, duration: 600, readyState: 4, seeking: false, ended: false };
  for (const name of Object.keys(state) as (keyof typeof state)[])
    Object.defineProperty(video, name, { get: () => state[name] });
  const dispatch = (event: string, change: Partial<typeof state> = {}) => {
    Object.assign(state, change);
    video.dispatchEvent(new Event(event));
  };
  const source = { onChannel: false, read: () => ({ position: state.currentTime, duration: state.duration }) };
  return { video, source, dispatch };
}

let reported: NewEvent[];
const names = () => reported.map((event) => ViewingEventType[event.type ?? 0]);
const context = { subject: create(SubjectSchema, titleSubject("t1")), sessionId: "s1", decisionId: "d1" };

beforeEach(() => (reported = []));

describe("reportEvents", () => {
  it("reports play, seek, rewind, pause and abandon", () => {
    const { video, source, dispatch } = fakeVideo();
    const stop = reportEvents(video, source, context, (event) => reported.push(event));
    dispatch("playing");
    dispatch("timeupdate", { currentTime: 30 });
    dispatch("seeking", { currentTime: 90, seeking: true });
    dispatch("seeked", { seeking: false });
    dispatch("seeking", { currentTime: 60, seeking: true });
    dispatch("seeked", { seeking: false });
    dispatch("pause");
    stop();

    expect(names()).toEqual(["PLAY", "SEEK", "REWIND", "PAUSE", "ABANDON"]);
    expect(reported[1]).toMatchObject({
      ...context,
      place: { case: "position", value: { seconds: 90n } },
      duration: { seconds: 600n },
    });
  });

  it("reports a video as complete at its end, and not as abandoned afterwards", () => {
    const { video, source, dispatch } = fakeVideo();
    const stop = reportEvents(video, source, context, (event) => reported.push(event));
    dispatch("playing");
    dispatch("pause", { currentTime: 600, ended: true });
    dispatch("ended");
    stop();

    expect(names()).toEqual(["PLAY", "COMPLETE"]);
  });

  it("does not report a video as abandoned that never played", () => {
    const { video, source } = fakeVideo();
    reportEvents(video, source, context, (event) => reported.push(event))();

    expect(names()).toEqual([]);
  });

  it("does not report play again after buffering", () => {
    const { video, source, dispatch } = fakeVideo();
    reportEvents(video, source, context, (event) => reported.push(event));
    dispatch("playing");
    dispatch("waiting");
    dispatch("playing");

    expect(names()).toEqual(["PLAY"]);
  });

  it("reports the times of a channel, which has no duration", () => {
    const { video, source, dispatch } = fakeVideo();
    reportEvents(
      video,
      { ...source, onChannel: true, read: () => ({ position: 1_000, duration: undefined }) },
      context,
      (event) => reported.push(event),
    );
    dispatch("playing");

    expect(reported).toMatchObject([{ place: { case: "liveTime", value: { seconds: 1_000n } } }]);
    expect(reported[0]).not.toHaveProperty("duration");
  });
});
