import { create } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, it } from "vitest";

import { titleSubject } from "../api/subjects";
import type { Told } from "../events/recorder";
import { SubjectSchema } from "../gen/marquee/type/v1/type_pb";
import { ViewingEventType } from "../gen/marquee/viewing/v1/viewing_pb";
import { reportEvents } from "./playerEvents";

/** A picture without a film: what it says of itself is set by hand. */
function aPicture() {
  const video = document.createElement("video");
  const state = { currentTime: 0, duration: 600, readyState: 4, seeking: false, ended: false };
  for (const name of Object.keys(state) as (keyof typeof state)[])
    Object.defineProperty(video, name, { get: () => state[name] });
  const happens = (event: string, change: Partial<typeof state> = {}) => {
    Object.assign(state, change);
    video.dispatchEvent(new Event(event));
  };
  return { video, happens };
}

let told: Told[];
const names = () => told.map((event) => ViewingEventType[event.type ?? 0]);
const showing = { subject: create(SubjectSchema, titleSubject("t1")), sessionId: "s1", decisionId: "d1" };

beforeEach(() => (told = []));

describe("a picture", () => {
  it("tells of playing, pausing, jumping and leaving", () => {
    const { video, happens } = aPicture();
    const letGo = reportEvents(video, showing, (event) => told.push(event));
    happens("playing");
    happens("timeupdate", { currentTime: 30 });
    happens("seeking", { currentTime: 90, seeking: true });
    happens("seeked", { seeking: false });
    happens("seeking", { currentTime: 60, seeking: true });
    happens("seeked", { seeking: false });
    happens("pause");
    letGo();

    expect(names()).toEqual(["PLAY", "SEEK", "REWIND", "PAUSE", "ABANDON"]);
    expect(told[1]).toMatchObject({
      ...showing,
      place: { case: "position", value: { seconds: 90n } },
      duration: { seconds: 600n },
    });
  });

  it("is completed at its end, and not left afterwards", () => {
    const { video, happens } = aPicture();
    const letGo = reportEvents(video, showing, (event) => told.push(event));
    happens("playing");
    happens("pause", { currentTime: 600, ended: true });
    happens("ended");
    letGo();

    expect(names()).toEqual(["PLAY", "COMPLETE"]);
  });

  it("is not left when it never began", () => {
    const { video } = aPicture();
    reportEvents(video, showing, (event) => told.push(event))();

    expect(names()).toEqual([]);
  });

  it("does not tell of buffering as of playing anew", () => {
    const { video, happens } = aPicture();
    reportEvents(video, showing, (event) => told.push(event));
    happens("playing");
    happens("waiting");
    happens("playing");

    expect(names()).toEqual(["PLAY"]);
  });
});
