/** The filters in the URL of the guide, and the channel or the programme whose sheet is open. */
export interface GuideParameters {
  genre?: string;
  q?: string;
  channel?: string;
  programme?: string;
}

/** Returns the parameters of a URL without invalid ones. */
export function parseGuideParameters(parameters: Record<string, unknown>): GuideParameters {
  const [genre, q] = [textOf(parameters.genre, 60), textOf(parameters.q, 100)];
  const [channel, programme] = [textOf(parameters.channel, 36), textOf(parameters.programme, 36)];
  return {
    ...(genre ? { genre } : {}),
    ...(q ? { q } : {}),
    ...(channel ? { channel } : {}),
    ...(programme ? { programme } : {}),
  };
}

function textOf(value: unknown, length: number): string {
  // The router reads a number in the address as a number; a channel is also found by its number.
  return typeof value === "string" || typeof value === "number" ? String(value).slice(0, length) : "";
}
