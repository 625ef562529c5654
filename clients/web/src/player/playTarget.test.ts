import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { episodeSubject, titleSubject } from "../api/subjects";
import { EpisodeSchema } from "../gen/marquee/catalog/v1/catalog_pb";
import { BookmarkSchema } from "../gen/marquee/viewing/v1/viewing_pb";
import { findPlayTarget } from "./playTarget";

const episodes = ["1-1", "1-2", "2-1"].map((episodeId) => create(EpisodeSchema, { episodeId }));

function bookmark(episodeId: string, position: number, watched = false) {
  return create(BookmarkSchema, {
    subject: episodeId ? episodeSubject(episodeId) : titleSubject("film"),
    position: { seconds: BigInt(position) },
    duration: { seconds: 100n },
    watched,
  });
}

describe("the play button", () => {
  it("starts a new series with its first episode", () => {
    expect(findPlayTarget([], episodes)).toMatchObject({ state: "fresh", episode: { episodeId: "1-1" } });
  });

  it("continues the episode that was started", () => {
    expect(findPlayTarget([bookmark("1-2", 40)], episodes)).toMatchObject({
      state: "begun",
      episode: { episodeId: "1-2" },
      share: 0.4,
      left: 60,
    });
  });

  it("continues with the next season after the last episode of a season", () => {
    const next = findPlayTarget([bookmark("1-2", 99, true), bookmark("1-1", 99, true)], episodes);

    expect(next).toMatchObject({ state: "fresh", episode: { episodeId: "2-1" } });
  });

  it("starts again after everything was watched", () => {
    expect(findPlayTarget([bookmark("2-1", 99, true)], episodes)).toMatchObject({
      state: "watched",
      episode: { episodeId: "1-1" },
    });
    expect(findPlayTarget([bookmark("", 99, true)], [])).toMatchObject({ state: "watched", episode: undefined });
  });

  it("does not resume a film that was closed at its beginning", () => {
    expect(findPlayTarget([bookmark("", 0)], [])).toMatchObject({ state: "fresh" });
  });
});
