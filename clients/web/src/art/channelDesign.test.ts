import { describe, expect, it } from "vitest";

import type { ChannelMarkSource } from "./channelDesign";
import { designMark, lettersOf } from "./channelDesign";
import { contrast } from "./colour";
import { MOTIFS } from "./motifs";

function aChannel(fields: Partial<ChannelMarkSource> = {}): ChannelMarkSource {
  return { displayName: "Northern Radio", number: 7, genreId: "", ...fields };
}

describe("designMark", () => {
  it("returns the same design for the same channel", () => {
    expect(designMark(aChannel())).toEqual(designMark(aChannel()));
  });

  it("draws a motif of the genre, with the number at the end of the name", () => {
    const design = designMark(aChannel({ displayName: "Sport 2", genreId: "sport" }));

    expect(design.motif && design.motif in MOTIFS).toBe(true);
    expect(design.letters).toBe("2");
  });

  it("writes the letters of a channel without a genre, or with one that has no motifs", () => {
    for (const genreId of ["", "shopping"])
      expect(designMark(aChannel({ genreId }))).toMatchObject({ motif: undefined, letters: "NR" });
  });

  it("gives readable letters on the ground", () => {
    for (let number = 0; number < 300; number++) {
      const { palette } = designMark(aChannel({ displayName: `Channel ${number}`, number }));
      expect(contrast(palette.ground, palette.ink)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("gives channels that follow each other different grounds", () => {
    const grounds = Array.from({ length: 12 }, (_, number) => designMark(aChannel({ number })).palette.ground);

    expect(new Set(grounds).size).toBe(12);
  });
});

describe("lettersOf", () => {
  it.each([
    ["Marquee One", "ONE"],
    ["Northern Radio", "NR"],
    ["Sport 2", "S2"],
    ["Das Erste - Nord West", "WEST"],
    ["Quizchannel", "Q"],
    ["3sat", "3SAT"],
    ["एक दो", "दो"],
    ["—", ""],
    ["", ""],
  ])("writes %j as %j", (name, letters) => {
    expect(lettersOf(name)).toBe(letters);
  });
});
