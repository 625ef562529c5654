/** The picture of a time range: an area of a sheet of pictures. */
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
 * Reads a WebVTT index of thumbnails, in which each cue names an area of a picture with `#xywh=`.
 *
 * URLs are relative to the index. A URL without a token gets the token of the index.
 */
export function readThumbnails(index: string, indexUrl: string): Thumbnail[] {
  return index.split(/\r?\n\r?\n/).flatMap((block) => {
    const lines = block.trim().split(/\r?\n/);
    const timesLine = lines.findIndex((line) => line.includes("-->"));
    const [times, target] = [lines[timesLine], lines[timesLine + 1]];
    const area = /#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)$/.exec(target ?? "");
    if (timesLine < 0 || !times || !target || !area) return [];
    const [start, end] = times.split("-->").map((time) => secondsOf(time));
    const [x, y, width, height] = area.slice(1).map(Number);
    if (start === undefined || end === undefined || x === undefined || y === undefined || !width || !height) return [];
    return [{ start, end, url: sheetUrl(target.slice(0, area.index), indexUrl), x, y, width, height }];
  });
}

/** Returns the thumbnail of a position, or the last thumbnail if the position is beyond the index. */
export function thumbnailAt(thumbnails: readonly Thumbnail[], position: number): Thumbnail | undefined {
  return thumbnails.find(({ start, end }) => start <= position && position < end) ?? thumbnails.at(-1);
}

function sheetUrl(path: string, indexUrl: string): string {
  const base = new URL(indexUrl, window.location.href);
  const url = new URL(path, base);
  const token = base.searchParams.get("token");
  if (token && !url.searchParams.has("token")) url.searchParams.set("token", token);
  return url.href;
}

/** Returns a time such as `01:02:03.500` or `02:03.500` in seconds. */
function secondsOf(time: string): number {
  const [clock = ""] = time.trim().split(/\s+/);
  return clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}
