import { describe, expect, it } from "vitest";

import { contrast } from "./colour";
import type { ArtSource } from "./compose";
import { compose, FACES, titleSize } from "./compose";
import { ANY_MOTIFS, GENRE_MOTIFS, MOTIFS } from "./motifs";

function titleWith(titleId: string, fields: Partial<ArtSource> = {}): ArtSource {
  return { titleId, displayName: "A Title", genres: [{ genreId: "drama" }], artwork: undefined, ...fields };
}

function artwork(palette: string[], motif: string): ArtSource["artwork"] {
  return { $typeName: "marquee.catalog.v1.Artwork", palette, motif };
}

const titles = Array.from({ length: 200 }, (_, index) => titleWith(`title-${index}`));

describe("compose", () => {
  it("returns the same design for the same title", () => {
    expect(compose(titleWith("one"))).toEqual(compose(titleWith("one")));
  });

  it("uses the palette and the motif of the title's artwork", () => {
    const { palette, motif } = compose(
      titleWith("one", { artwork: artwork(["#0f2a3d", "#e8c468", "#7d8f99"], "lighthouse") }),
    );

    expect(motif).toBe("lighthouse");
    expect(palette).toMatchObject({ ground: "#0f2a3d", main: "#e8c468", accent: "#7d8f99" });
  });

  it("chooses a motif of the genre if the artwork names an unknown one", () => {
    const { motif } = compose(
      titleWith("one", { genres: [{ genreId: "western" }], artwork: artwork([], "unheard-of") }),
    );

    expect(GENRE_MOTIFS.western).toContain(motif);
  });

  it("gives readable text on generated colours", () => {
    for (const title of titles) {
      const { palette } = compose(title);
      expect(contrast(palette.ground, palette.ink)).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("gives readable text on a medium grey ground", () => {
    const { palette } = compose(titleWith("grey", { artwork: artwork(["#777777", "#808080"], "moon") }));

    expect(contrast(palette.ground, palette.ink)).toBeGreaterThanOrEqual(4.5);
  });

  it("returns different designs for most titles", () => {
    const designs = titles.map((title) => {
      const { motif, background, face, anchor, align } = compose(title);
      return [motif, background, face, anchor, align].join(" ");
    });

    expect(new Set(designs).size).toBeGreaterThan(120);
  });

  it("ignores artwork colours that are not in the form #rrggbb", () => {
    expect(compose(titleWith("one", { artwork: artwork(["red", "url(x)"], "moon") })).palette.ground).toMatch(
      /^#[0-9a-f]{6}$/,
    );
  });
});

describe("the motifs of each genre", () => {
  it("exist", () => {
    const motifs = [...Object.values(GENRE_MOTIFS).flat(), ...ANY_MOTIFS];

    expect(motifs.filter((word) => !(word in MOTIFS))).toEqual([]);
  });
});

describe("titleSize", () => {
  it("fits the longest word of a name into the line width", () => {
    for (const face of FACES) {
      const size = titleSize("Incomprehensibilities", face);

      expect(size * 0.5 * "Incomprehensibilities".length).toBeLessThanOrEqual(86);
    }
  });

  it("is smaller for a longer name", () => {
    const longName = "The Second Moon of Ibadan and the Very Long Way Home";

    expect(titleSize(longName, "poster")).toBeLessThan(titleSize("Leeward", "poster"));
  });
});
