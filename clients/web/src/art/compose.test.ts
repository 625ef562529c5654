import { describe, expect, it } from "vitest";

import { contrast } from "./colour";
import type { ArtSource } from "./compose";
import { compose, FACES, titleSize } from "./compose";
import { ANY_MOTIFS, GENRE_MOTIFS, MOTIFS } from "./motifs";

function aTitle(titleId: string, part: Partial<ArtSource> = {}): ArtSource {
  return { titleId, displayName: "A Title", genres: [{ genreId: "drama" }], artwork: undefined, ...part };
}

function artwork(palette: string[], motif: string): ArtSource["artwork"] {
  return { $typeName: "marquee.catalog.v1.Artwork", palette, motif };
}

const many = Array.from({ length: 200 }, (_, index) => aTitle(`title-${index}`));

describe("a poster", () => {
  it("is always drawn the same for the same title", () => {
    expect(compose(aTitle("one"))).toEqual(compose(aTitle("one")));
  });

  it("takes the palette and the motif that the title brings", () => {
    const { palette, motif } = compose(
      aTitle("one", { artwork: artwork(["#0f2a3d", "#e8c468", "#7d8f99"], "lighthouse") }),
    );

    expect(motif).toBe("lighthouse");
    expect(palette).toMatchObject({ ground: "#0f2a3d", main: "#e8c468", accent: "#7d8f99" });
  });

  it("finds a shape by the genre where the title's word has none", () => {
    const { motif } = compose(aTitle("one", { genres: [{ genreId: "western" }], artwork: artwork([], "unheard-of") }));

    expect(GENRE_MOTIFS.western).toContain(motif);
  });

  it("can be read, whatever its colours", () => {
    for (const title of many) {
      const { palette } = compose(title);
      expect(contrast(palette.ground, palette.ink)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("can be read on a ground of middle grey too", () => {
    const { palette } = compose(aTitle("grey", { artwork: artwork(["#777777", "#808080"], "moon") }));

    expect(contrast(palette.ground, palette.ink)).toBeGreaterThanOrEqual(4.5);
  });

  it("seldom looks like another one", () => {
    const looks = many.map((title) => {
      const { motif, ground, face, anchor, align } = compose(title);
      return [motif, ground, face, anchor, align].join(" ");
    });

    expect(new Set(looks).size).toBeGreaterThan(120);
  });

  it("ignores colours that are none", () => {
    expect(compose(aTitle("one", { artwork: artwork(["red", "url(x)"], "moon") })).palette.ground).toMatch(
      /^#[0-9a-f]{6}$/,
    );
  });
});

describe("every genre", () => {
  it("names only shapes that exist", () => {
    const named = [...Object.values(GENRE_MOTIFS).flat(), ...ANY_MOTIFS];

    expect(named.filter((word) => !(word in MOTIFS))).toEqual([]);
  });
});

describe("a name on a poster", () => {
  it("keeps its longest word within the measure", () => {
    for (const face of FACES) {
      const size = titleSize("Incomprehensibilities", face);

      expect(size * 0.5 * "Incomprehensibilities".length).toBeLessThanOrEqual(86);
    }
  });

  it("is set smaller the longer it is", () => {
    const long = "The Second Moon of Ibadan and the Very Long Way Home";

    expect(titleSize(long, "poster")).toBeLessThan(titleSize("Leeward", "poster"));
  });
});
