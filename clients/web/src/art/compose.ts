import type { Genre, Title } from "../gen/marquee/catalog/v1/catalog_pb";
import { contrast, hsl, luminance, mix, strongest } from "./colour";
import { ANY_MOTIFS, GENRE_MOTIFS, MOTIFS } from "./motifs";
import type { Random } from "./random";
import { between, pick, randomOf } from "./random";

/** What a poster is made from. */
export type ArtSource = Pick<Title, "titleId" | "displayName" | "artwork"> & {
  genres: readonly Pick<Genre, "genreId">[];
};

export const GROUNDS = [
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
export type Ground = (typeof GROUNDS)[number];

export const FACES = ["poster", "display", "literary", "classic", "playful", "plain"] as const;
export type Face = (typeof FACES)[number];

/** The colours of one poster. */
export interface Palette {
  ground: string;
  /** The ground, a step darker and a step lighter, for what lies behind. */
  shade: string;
  tint: string;
  main: string;
  accent: string;
  deep: string;
  pale: string;
  /** For letters: reaches 4.5 : 1 on the ground. */
  ink: string;
}

/** A poster, decided: the same title is always drawn the same. */
export interface Composition {
  palette: Palette;
  motif: string;
  ground: Ground;
  face: Face;
  /** Where the name stands. */
  anchor: "top" | "bottom";
  align: "left" | "centre";
  /** Turns and moves the motif a little, so that two posters with one motif differ. */
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

/** Calm grounds carry busy motifs; a quiet genre does not shout. */
const GENRE_GROUNDS: Record<string, readonly Ground[]> = {
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

/** Decides how a title's poster looks. */
export function compose(source: ArtSource): Composition {
  const random = randomOf(source.titleId || source.displayName);
  const genre = source.genres[0]?.genreId ?? "";
  const palette = paletteOf(source, random);
  const ground = pick(random, GENRE_GROUNDS[genre] ?? GROUNDS);
  const face = pick(random, GENRE_FACES[genre] ?? FACES);
  return {
    palette,
    motif: motifOf(source, random),
    ground,
    face,
    anchor: random() < 0.72 ? "bottom" : "top",
    align: face === "classic" || random() < 0.3 ? "centre" : "left",
    tilt: between(random, -1, 1),
    seed: source.titleId || source.displayName,
  };
}

/** Where a title's name stands on its poster. */
export function anchorOf(source: ArtSource): Composition["anchor"] {
  return compose(source).anchor;
}

/** How large a name may be, in hundredths of the poster's width, so that it fits its measure in three lines, four at most. */
export function titleSize(title: string, face: Face, measure = 86): number {
  const width = LETTER_WIDTHS[face];
  const words = title.split(/\s+/);
  const longest = Math.max(...words.map((word) => word.length), 1);
  const byWord = measure / (longest * width);
  const byLines = (3.3 * measure) / (title.length * width * 1.18);
  return Math.min(byWord, byLines, LARGEST[face]);
}

/** The average advance of a letter, in parts of its size, as the faces are set here. */
const LETTER_WIDTHS: Record<Face, number> = {
  poster: 0.53,
  display: 0.53,
  literary: 0.56,
  classic: 0.55,
  playful: 0.57,
  plain: 0.62,
};

const LARGEST: Record<Face, number> = {
  poster: 22,
  display: 22,
  literary: 15.5,
  classic: 15.5,
  playful: 16,
  plain: 14,
};

function motifOf(source: ArtSource, random: Random): string {
  const named = source.artwork?.motif;
  if (named && named in MOTIFS) return named;
  const fitting = source.genres.flatMap(({ genreId }) => GENRE_MOTIFS[genreId] ?? []);
  return pick(random, fitting.length > 0 ? fitting : ANY_MOTIFS);
}

function paletteOf(source: ArtSource, random: Random): Palette {
  const given = (source.artwork?.palette ?? []).filter((colour) => /^#[0-9a-f]{6}$/i.test(colour));
  const [ground, second, third] = given.length >= 2 ? given : inventedPalette(random);
  const base = ground ?? "#22202e";
  const others = [second ?? "#f4b942", third ?? mix(second ?? "#f4b942", "#ffffff", 0.5)] as const;
  const main = strongest(base, others);
  const accent = others[0] === main ? others[1] : others[0];
  const isDark = luminance(base) < 0.18;
  return {
    ground: base,
    shade: mix(base, "#000000", isDark ? 0.35 : 0.14),
    tint: mix(base, isDark ? main : "#ffffff", isDark ? 0.14 : 0.22),
    main,
    // An accent that drowns in the ground is lifted towards the main colour.
    accent: contrast(base, accent) < 1.35 ? mix(accent, main, 0.35) : accent,
    deep: mix(base, "#000000", isDark ? 0.25 : 0.62),
    pale: mix(main, "#ffffff", 0.62),
    ink: inkOn(base, main),
  };
}

/** The poster's own colour where it can be read, else a light or a dark one. */
function inkOn(ground: string, main: string): string {
  if (contrast(ground, main) >= 5) return main;
  const tinted = strongest(ground, [mix(main, "#ffffff", 0.9), mix(ground, "#000000", 0.88)]);
  return contrast(ground, tinted) >= 4.5 ? tinted : strongest(ground, ["#ffffff", "#000000"]);
}

/** Three colours that go together: a ground, its distant neighbour, and a light one between. */
function inventedPalette(random: Random): [string, string, string] {
  const hue = random() * 360;
  const turn = pick(random, [150, 180, 210, 32, 330]);
  const dark = random() < 0.68;
  const ground = hsl(hue, between(random, 0.32, 0.62), dark ? between(random, 0.11, 0.2) : between(random, 0.72, 0.84));
  const second = hsl((hue + turn) % 360, between(random, 0.6, 0.85), dark ? between(random, 0.56, 0.68) : 0.32);
  const third = hsl((hue + turn / 2) % 360, 0.4, dark ? 0.78 : 0.24);
  return [ground, second, third];
}
