import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { hsl } from "./colour";
import type { Face, Palette } from "./compose";
import { FACES, paletteFrom } from "./compose";
import { GENRE_MOTIFS, MOTIFS } from "./motifs";
import { between, pick, randomOf } from "./random";

/** The fields of a channel that decide how its mark looks. */
export type ChannelMarkSource = Pick<Channel, "displayName" | "number" | "genreId">;

export const EMBLEMS = ["disc", "ring", "diamond", "slash", "arch", "bars", "sunrise", "corner"] as const;
export type Emblem = (typeof EMBLEMS)[number];

/** The design of a channel's mark. The same channel always has the same design. */
export interface ChannelMarkDesign {
  palette: Palette;
  emblem: Emblem;
  /** The drawing of a channel with a genre; a channel without one has its letters. */
  motif: string | undefined;
  /** What is written on the mark: the letters of the name, or beside a drawing only the number at its end. */
  letters: string;
  face: Face;
}

/** The motifs of the genres that only channels have. */
const CHANNEL_MOTIFS: Record<string, readonly string[]> = {
  film: ["reel", "spotlight", "moon", "skyline"],
  kids: ["duck", "fox", "cloud", "rocket", "bird"],
  movies: ["reel", "spotlight", "moon", "skyline"],
  music: ["record", "guitar", "trumpet", "microphone", "cello"],
  news: ["microphone", "envelope", "skyline"],
  series: ["door", "lamp", "chair", "bench"],
  travel: ["compass", "aeroplane", "train", "mesa"],
};

/** Neighbours on the remote have hues that are this many degrees apart: the golden angle repeats none for long. */
const HUE_STEP = 137.508;
const MOST_LETTERS = 4;

/** Returns the design of a channel's mark. */
export function designMark({ displayName, number, genreId }: ChannelMarkSource): ChannelMarkDesign {
  const random = randomOf(displayName);
  const anyHue = random() * 360;
  const hue = number > 0 ? (number * HUE_STEP) % 360 : anyHue;
  const ground = hsl(hue, between(random, 0.48, 0.68), between(random, 0.2, 0.32));
  const second = hsl((hue + pick(random, [35, 150, 180, 325])) % 360, between(random, 0.65, 0.9), 0.7);
  const third = hsl((hue + 20) % 360, 0.5, 0.82);
  const motifs = CHANNEL_MOTIFS[genreId] ?? GENRE_MOTIFS[genreId];
  const motif = motifs && pick(random, motifs);
  return {
    palette: paletteFrom(ground, second, third),
    emblem: pick(random, EMBLEMS),
    motif: motif && motif in MOTIFS ? motif : undefined,
    letters: motif ? (/\d{1,2}$/.exec(displayName)?.[0] ?? "") : lettersOf(displayName),
    face: pick(random, FACES),
  };
}

/** Returns the letters of a channel's name: `ONE` for `Marquee One`, `S2` for `Sport 2`, `NR` for `Northern Radio`. */
export function lettersOf(name: string): string {
  const words = name.split(/[\s-]+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const last = words.at(-1) ?? "";
  if (Array.from(last).length <= MOST_LETTERS && !/^\d+$/.test(last)) return last.toUpperCase();
  const first = (word: string) => String.fromCodePoint(word.codePointAt(0) ?? 0).toUpperCase();
  if (/^\d+$/.test(last)) return (words.length > 1 ? first(words.at(-2) ?? "") : "") + last.slice(0, MOST_LETTERS - 1);
  return words.slice(0, 2).map(first).join("");
}
