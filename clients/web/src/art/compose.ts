import type { Genre, Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { contrast, highestContrast, hsl, luminance, mix } from "./colour";
import { ANY_MOTIFS, GENRE_MOTIFS, MOTIFS } from "./motifs";
import type { Random } from "./random";
import { between, pick, randomOf } from "./random";

/** The fields of a title that decide how its poster looks. */
export type ArtSource = Pick<Title, "titleId" | "displayName" | "artwork"> & {
  genres: readonly Pick<Genre, "genreId">[];
};

export const BACKGROUNDS = [
  "halo",
  "rays",
  "bands",
  "ripples",
  "hills",
  "dots",
  "diagonal",
  "arch",
  "swell",
  "sparks",
  "tiles",
  "blinds",
] as const;
export type Background = (typeof BACKGROUNDS)[number];

export const FACES = ["poster", "display", "literary", "classic", "playful", "plain"] as const;
export type Face = (typeof FACES)[number];

/** The colours of one poster. */
export interface Palette {
  ground: string;
  /** A darker and a lighter variant of `ground`, for the background drawing. */
  shade: string;
  tint: string;
  main: string;
  accent: string;
  deep: string;
  pale: string;
  /** The colour of text. Its contrast to `ground` is at least 4.5 : 1. */
  ink: string;
}

/** The design of a poster. The same title always has the same design. */
export interface Composition {
  palette: Palette;
  motif: string;
  background: Background;
  face: Face;
  /** Where the title's name is on the poster. */
  anchor: "top" | "bottom";
  align: "left" | "centre";
  /** Rotates and moves the motif a little, so that two posters with the same motif differ. From -1 to 1. */
  tilt: number;
  seed: string;
}

const GENRE_FACES: Record<string, readonly Face[]> = {
  action: ["poster", "display"],
  animated: ["playful"],
  comedy: ["playful", "plain", "display"],
  crime: ["poster", "display"],
  documentary: ["plain", "literary"],
  drama: ["literary", "classic", "plain"],
  family: ["playful", "literary"],
  fantasy: ["classic", "literary"],
  horror: ["display", "classic", "poster"],
  musical: ["classic", "playful"],
  mystery: ["classic", "literary", "display"],
  romance: ["classic", "literary"],
  "science-fiction": ["display", "plain"],
  sports: ["poster", "display"],
  thriller: ["poster", "plain", "display"],
  war: ["poster", "classic"],
  western: ["poster", "classic"],
};

/** The backgrounds that suit a genre. Other genres use all backgrounds. */
const GENRE_BACKGROUNDS: Record<string, readonly Background[]> = {
  comedy: ["rays", "tiles", "dots", "bands", "diagonal", "arch"],
  documentary: ["bands", "hills", "swell", "halo", "ripples"],
  drama: ["halo", "arch", "hills", "diagonal", "blinds", "swell"],
  family: ["hills", "rays", "sparks", "dots", "halo"],
  fantasy: ["sparks", "arch", "halo", "ripples", "hills"],
  horror: ["blinds", "ripples", "halo", "sparks", "arch"],
  mystery: ["blinds", "arch", "halo", "ripples", "diagonal"],
  "science-fiction": ["sparks", "ripples", "halo", "bands", "dots"],
  sports: ["diagonal", "rays", "dots", "tiles", "bands"],
  thriller: ["diagonal", "blinds", "dots", "ripples", "bands"],
};

/** Returns the design of a title's poster. */
export function compose(source: ArtSource): Composition {
  const random = randomOf(source.titleId || source.displayName);
  const genre = source.genres[0]?.genreId ?? "";
  const palette = paletteOf(source, random);
  const background = pick(random, GENRE_BACKGROUNDS[genre] ?? BACKGROUNDS);
  const face = pick(random, GENRE_FACES[genre] ?? FACES);
  return {
    palette,
    motif: motifOf(source, random),
    background,
    face,
    anchor: random() < 0.72 ? "bottom" : "top",
    align: face === "classic" || random() < 0.3 ? "centre" : "left",
    tilt: between(random, -1, 1),
    seed: source.titleId || source.displayName,
  };
}

/** Returns where a title's name is on its poster. */
export function anchorOf(source: ArtSource): Composition["anchor"] {
  return compose(source).anchor;
}

/**
 * Returns the font size with which a name fits the line width in three lines, or four. Both are percents of the
 * poster's width.
 */
export function titleSize(title: string, face: Face, lineWidth = 86): number {
  const width = LETTER_WIDTHS[face];
  const words = title.split(/\s+/);
  const longestWord = Math.max(...words.map((word) => word.length), 1);
  const wordLimit = lineWidth / (longestWord * width);
  const lineLimit = (3.3 * lineWidth) / (title.length * width * 1.18);
  return Math.min(wordLimit, lineLimit, MAX_SIZES[face]);
}

/** The average width of a letter of each face, relative to the font size. */
const LETTER_WIDTHS: Record<Face, number> = {
  poster: 0.53,
  display: 0.53,
  literary: 0.56,
  classic: 0.55,
  playful: 0.57,
  plain: 0.62,
};

const MAX_SIZES: Record<Face, number> = {
  poster: 22,
  display: 22,
  literary: 15.5,
  classic: 15.5,
  playful: 16,
  plain: 14,
};

function motifOf(source: ArtSource, random: Random): string {
  const artworkMotif = source.artwork?.motif;
  if (artworkMotif && artworkMotif in MOTIFS) return artworkMotif;
  const genreMotifs = source.genres.flatMap(({ genreId }) => GENRE_MOTIFS[genreId] ?? []);
  return pick(random, genreMotifs.length > 0 ? genreMotifs : ANY_MOTIFS);
}

function paletteOf(source: ArtSource, random: Random): Palette {
  const artworkColours = (source.artwork?.palette ?? []).filter((colour) => /^#[0-9a-f]{6}$/i.test(colour));
  const [ground, second, third] = artworkColours.length >= 2 ? artworkColours : generateColours(random);
  return paletteFrom(ground, second, third);
}

/** Returns the palette of a ground and one or two other colours, all in the form `#rrggbb`. */
export function paletteFrom(ground: string | undefined, second: string | undefined, third?: string): Palette {
  const base = ground ?? "#22202e";
  const others = [second ?? "#f4b942", third ?? mix(second ?? "#f4b942", "#ffffff", 0.5)] as const;
  const main = highestContrast(base, others);
  const accent = others[0] === main ? others[1] : others[0];
  const isDark = luminance(base) < 0.18;
  return {
    ground: base,
    shade: mix(base, "#000000", isDark ? 0.35 : 0.14),
    tint: mix(base, isDark ? main : "#ffffff", isDark ? 0.14 : 0.22),
    main,
    // An accent with too little contrast to the ground is mixed with the main colour.
    accent: contrast(base, accent) < 1.35 ? mix(accent, main, 0.35) : accent,
    deep: mix(base, "#000000", isDark ? 0.25 : 0.62),
    pale: mix(main, "#ffffff", 0.62),
    ink: inkColourOn(base, main),
  };
}

/** Returns the main colour if it is readable on the ground, else a light or a dark colour. */
function inkColourOn(ground: string, main: string): string {
  if (contrast(ground, main) >= 5) return main;
  const tinted = highestContrast(ground, [mix(main, "#ffffff", 0.9), mix(ground, "#000000", 0.88)]);
  return contrast(ground, tinted) >= 4.5 ? tinted : highestContrast(ground, ["#ffffff", "#000000"]);
}

/** Returns three colours that match: a ground, a colour of another hue, and one of a hue between them. */
function generateColours(random: Random): [string, string, string] {
  const hue = random() * 360;
  const hueShift = pick(random, [150, 180, 210, 32, 330]);
  const isDark = random() < 0.68;
  const ground = hsl(
    hue,
    between(random, 0.32, 0.62),
    isDark ? between(random, 0.11, 0.2) : between(random, 0.72, 0.84),
  );
  const second = hsl((hue + hueShift) % 360, between(random, 0.6, 0.85), isDark ? between(random, 0.56, 0.68) : 0.32);
  const third = hsl((hue + hueShift / 2) % 360, 0.4, isDark ? 0.78 : 0.24);
  return [ground, second, third];
}
