import type { Channel } from "../gen/marquee/epg/v1/epg_pb";

/** The most digits of a channel number. */
const MAX_DIGITS = 5;

/** A key that changes the channel. */
export type ZapKey =
  | { kind: "step"; by: 1 | -1 }
  | { kind: "digit"; digit: string }
  /** Back to the channel before. */
  | { kind: "last" };

/** Returns what a key of a keyboard or a remote does to the channel; undefined if it does nothing to it. */
export function zapKey(key: string): ZapKey | undefined {
  switch (key) {
    case "ChannelUp":
    case "PageUp":
      return { kind: "step", by: 1 };
    case "ChannelDown":
    case "PageDown":
      return { kind: "step", by: -1 };
    case "MediaLast":
    case "Backspace":
      return { kind: "last" };
    default:
      return /^[0-9]$/.test(key) ? { kind: "digit", digit: key } : undefined;
  }
}

/** Returns the digits of a channel number after one more. A digit that does not fit begins another number. */
export function addDigit(digits: string, digit: string): string {
  return digits.length < MAX_DIGITS ? digits + digit : digit;
}

/** Returns the channel with a number; undefined if there is none. */
export function channelWithNumber(channels: readonly Channel[], digits: string): Channel | undefined {
  const number = Number(digits);
  return number > 0 ? channels.find((channel) => channel.number === number) : undefined;
}

/** Whether a further digit can lead to a channel. If not, the number is complete. */
export function canGrow(channels: readonly Channel[], digits: string): boolean {
  if (Number(digits) === 0) return channels.length > 0;
  const begin = String(Number(digits));
  return channels.some(({ number }) => String(number).length > begin.length && String(number).startsWith(begin));
}

/**
 * Returns the next channel up or down; behind the last one comes the first one. `current` may be a channel that is not
 * in the list, such as one that the viewer's plan does not include.
 */
export function nextChannel(
  channels: readonly Channel[],
  current: Pick<Channel, "channelId" | "number"> | undefined,
  by: 1 | -1,
): Channel | undefined {
  const index = channels.findIndex(({ channelId }) => channelId === current?.channelId);
  if (index >= 0) return channels[(index + by + channels.length) % channels.length];
  const number = current?.number ?? 0;
  const above = channels.findIndex((channel) => channel.number > number);
  const higher = above < 0 ? channels.length : above;
  return by > 0 ? channels[higher % channels.length] : channels.at(higher - 1);
}
