/** A picture of a moment: a part of a sheet of pictures. */
export interface Thumbnail {
  start: number;
  end: number;
  url: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Reads a WebVTT index of thumbnails, in which each cue names a part of a picture with `#xywh=`.
 *
 * Addresses are relative to the index, and carry its token where they have none of their own.
 */
export function readThumbnails(index: string, indexUrl: string): Thumbnail[] {
  return index.split(/\r?\n\r?\n/).flatMap((block) => {
    const lines = block.trim().split(/\r?\n/);
    const at = lines.findIndex((line) => line.includes("-->"));
    const [times, target] = [lines[at], lines[at + 1]];
    const part = /#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$/.exec(target ?? "");
    if (at < 0 || !times || !target || !part) return [];
    const [start, end] = times.split("-->").map((time) => secondsOf(time));
    const [x, y, width, height] = part.slice(1).map(Number);
    if (start === undefined || end === undefined || x === undefined || y === undefined || !width || !height) return [];
    return [{ start, end, url: sheetUrl(target.slice(0, part.index), indexUrl), x, y, width, height }];
  });
}

/** The picture of a moment. */
export function thumbnailAt(thumbnails: readonly Thumbnail[], position: number): Thumbnail | undefined {
  return thumbnails.find((each) => each.start <= position && position < each.end) ?? thumbnails.at(-1);
}

function sheetUrl(path: string, indexUrl: string): string {
  const base = new URL(indexUrl, window.location.href);
  const url = new URL(path, base);
  const token = base.searchParams.get("token");
  if (token && !url.searchParams.has("token")) url.searchParams.set("token", token);
  return url.href;
}

/** `01:02:03.500` and `02:03.500` in seconds. */
function secondsOf(time: string): number {
  const [clock = ""] = time.trim().split(/\s+/);
  return clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}
