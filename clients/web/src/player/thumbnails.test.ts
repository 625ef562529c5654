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

describe("an index of thumbnails", () => {
  const thumbnails = readThumbnails(INDEX, "https://edge.test/media/p/thumbnails/index.vtt?token=abc");

  it("names a part of a sheet for each moment", () => {
    expect(thumbnails).toHaveLength(2);
    expect(thumbnails[0]).toMatchObject({ start: 0, end: 5, x: 0, y: 0, width: 160, height: 90 });
    expect(thumbnailAt(thumbnails, 7)).toMatchObject({ start: 5, end: 10.5, x: 160 });
  });

  it("passes its token on to sheets that have none", () => {
    expect(thumbnails.map(({ url }) => url)).toEqual([
      "https://edge.test/media/p/thumbnails/sheet-1.jpg?token=abc",
      "https://edge.test/media/p/thumbnails/sheet-1.jpg?token=own",
    ]);
  });

  it("shows the last picture beyond its end, and none where there are none", () => {
    expect(thumbnailAt(thumbnails, 99)).toBe(thumbnails[1]);
    expect(thumbnailAt([], 3)).toBeUndefined();
  });

  it("survives a file that is no index", () => {
    expect(readThumbnails("<html>", "https://edge.test/")).toEqual([]);
  });
});
