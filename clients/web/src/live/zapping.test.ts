import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { ChannelSchema } from "../gen/marquee/epg/v1/epg_pb";
import { addDigit, canGrow, channelWithNumber, nextChannel, zapKey } from "./zapping";

const CHANNELS = [1, 2, 5, 12, 120].map((number) => create(ChannelSchema, { channelId: `c${number}`, number }));
const numberOf = (channel: { number: number } | undefined) => channel?.number;

describe("a key", () => {
  it("of a remote or a keyboard changes the channel", () => {
    expect(["ChannelUp", "PageUp"].map(zapKey)).toEqual(Array(2).fill({ kind: "step", by: 1 }));
    expect(["ChannelDown", "PageDown"].map(zapKey)).toEqual(Array(2).fill({ kind: "step", by: -1 }));
    expect(["MediaLast", "Backspace"].map(zapKey)).toEqual(Array(2).fill({ kind: "last" }));
    expect(zapKey("7")).toEqual({ kind: "digit", digit: "7" });
  });

  it("of another kind does not", () => {
    expect(["ArrowUp", "F1", "k", "12", "١"].map(zapKey)).toEqual(Array(5).fill(undefined));
  });
});

describe("the next channel", () => {
  const next = (number: number, by: 1 | -1) =>
    numberOf(nextChannel(CHANNELS, create(ChannelSchema, { channelId: `c${number}`, number }), by));

  it("is the one beside the current one, in a circle", () => {
    expect([next(2, 1), next(2, -1), next(120, 1), next(1, -1)]).toEqual([5, 1, 1, 120]);
  });

  it("is beside the number of a channel that is not in the list", () => {
    expect([next(3, 1), next(3, -1), next(500, 1), next(500, -1)]).toEqual([5, 2, 1, 120]);
  });

  it("is the first one if there is no current one", () => {
    expect(numberOf(nextChannel(CHANNELS, undefined, 1))).toBe(1);
  });

  it("does not exist without channels", () => {
    expect(nextChannel([], undefined, 1)).toBeUndefined();
    expect(nextChannel([], undefined, -1)).toBeUndefined();
  });
});

describe("a number", () => {
  it("is entered digit by digit, and begins again when it is full", () => {
    expect(["1", "2", "0"].reduce(addDigit, "")).toBe("120");
    expect(addDigit("12345", "6")).toBe("6");
  });

  it("names a channel, with or without zeros before it", () => {
    expect([numberOf(channelWithNumber(CHANNELS, "12")), numberOf(channelWithNumber(CHANNELS, "005"))]).toEqual([
      12, 5,
    ]);
    expect([channelWithNumber(CHANNELS, "3"), channelWithNumber(CHANNELS, "0")]).toEqual([undefined, undefined]);
  });

  it("is complete when no channel has more digits", () => {
    expect(["1", "12", "2", "120", "9", "00"].map((digits) => canGrow(CHANNELS, digits))).toEqual([
      true,
      true,
      false,
      false,
      false,
      true,
    ]);
  });
});
