import { describe, expect, it } from "vitest";

import { readThumbnails, thumbnailAt } from "./thumbnails";

const INDEX = `WEBVTT

00:00:00.000 --> 00:00:05.000
sheet-1.jpg#xywh=0,0,160,90

1
00:05.000 --> 00:10.500
sheet-1.jpg?token=own#xywh=160,0,160,90

00:10.500 --> 00:12.000
not a picture
`;

describe("readThumbnails", () => {
  const thumbnails = readThumbnails(INDEX, "https://edge.test/media/p/thumbnails/index.vtt?token=abc");

  it("reads an area of a sheet for each time range", () => {
    expect(thumbnails).toHaveLength(2);
    expect(thumbnails[0]).toMatchObject({ start: 0, end: 5, x: 0, y: 0, width: 160, height: 90 });
    expect(thumbnailAt(thumbnails, 7)).toMatchObject({ start: 5, end: 10.5, x: 160 });
  });

  it("adds the token of the index to sheet URLs without a token", () => {
    expect(thumbnails.map(({ url }) => url)).toEqual([
      "https://edge.test/media/p/thumbnails/sheet-1.jpg?token=abc",
      "https://edge.test/media/p/thumbnails/sheet-1.jpg?token=own",
    ]);
  });

  it("gives the last picture for a position beyond the end, and none for an empty index", () => {
    expect(thumbnailAt(thumbnails, 99)).toBe(thumbnails[1]);
    expect(thumbnailAt([], 3)).toBeUndefined();
  });

  it("returns no thumbnails for a file that is not an index", () => {
    expect(readThumbnails("<html>", "https://edge.test/")).toEqual([]);
  });
});
