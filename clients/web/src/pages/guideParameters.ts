/** The filters and the order of channels in the URL of the guide. */
export interface ChannelFilters {
  genre?: string;
  language?: string;
  q?: string;
  /** Only the channels of the account's packages. */
  included?: true;
  /** The channels by number instead of those of the viewer first. */
  order?: "number";
}

/** The filters in the URL of the guide, and the channel or the programme whose sheet is open. */
export interface GuideParameters extends ChannelFilters {
  channel?: string;
  programme?: string;
}

/** Returns the parameters of a URL without invalid ones. */
export function parseGuideParameters(parameters: Record<string, unknown>): GuideParameters {
  const [genre, language, q] = [
    textOf(parameters.genre, 60),
    textOf(parameters.language, 35),
    textOf(parameters.q, 100),
  ];
  const [channel, programme] = [textOf(parameters.channel, 36), textOf(parameters.programme, 36)];
  const isIncluded = parameters.included === true || parameters.included === "true";
  return {
    ...(genre ? { genre } : {}),
    ...(language ? { language } : {}),
    ...(q ? { q } : {}),
    ...(isIncluded ? { included: true } : {}),
    ...(parameters.order === "number" ? { order: "number" } : {}),
    ...(channel ? { channel } : {}),
    ...(programme ? { programme } : {}),
  };
}

/** Returns the parameters without the open sheet. */
export function filtersOf(parameters: GuideParameters): ChannelFilters {
  const filters = { ...parameters };
  delete filters.channel;
  delete filters.programme;
  return filters;
}

/** Whether fewer channels than all are shown. */
export function isFiltered({ genre, language, q, included }: ChannelFilters): boolean {
  return Boolean(genre ?? language ?? q ?? included);
}

/** Returns the filters as one text: the same filters have the same one. */
export function filterKey({ genre = "", language = "", q = "", included, order }: ChannelFilters): string {
  return [genre, language, q, included ? "included" : "", order ?? ""].join(" ");
}

function textOf(value: unknown, length: number): string {
  // The router reads a number in the address as a number; a channel is also found by its number.
  return typeof value === "string" || typeof value === "number" ? String(value).slice(0, length) : "";
}
