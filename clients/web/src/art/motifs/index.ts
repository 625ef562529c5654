import type { Motif } from "../marks";
import { JOURNEYS } from "./journeys";
import { NATURE } from "./nature";
import { PLACES } from "./places";
import { THINGS } from "./things";

/** Every shape that a poster can carry, by the word that a title's artwork names it with. */
export const MOTIFS: Record<string, Motif> = { ...PLACES, ...NATURE, ...THINGS, ...JOURNEYS };

/** What suits a genre, for titles that come without artwork. */
export const GENRE_MOTIFS: Record<string, readonly string[]> = {
  Action: ["car", "aeroplane", "road", "badge", "rocket"],
  Adventure: ["compass", "mountain", "sailboat", "sword", "mesa"],
  Animated: ["cloud", "fox", "rocket", "duck", "castle"],
  Biography: ["book", "candle", "microphone", "envelope"],
  Comedy: ["mask", "shoe", "duck", "hat", "teapot", "trumpet"],
  Crime: ["skyline", "badge", "keyhole", "car", "magnifier"],
  Dance: ["shoe", "record", "spotlight"],
  Documentary: ["reel", "aurora", "river", "leaf"],
  Drama: ["door", "chair", "envelope", "lamp", "bench", "candle", "rose"],
  Family: ["leaf", "duck", "sun", "bird", "kettle"],
  Fantasy: ["castle", "sword", "moth", "moon", "goblet"],
  Historical: ["candle", "castle", "book", "sword", "steeple"],
  Horror: ["eye", "keyhole", "doll", "banyan", "steeple", "moth"],
  Musical: ["spotlight", "record", "guitar", "trumpet", "microphone", "cello"],
  Mystery: ["magnifier", "keyhole", "door", "lamp", "clock"],
  Noir: ["skyline", "lamp", "hat", "car"],
  Romance: ["heart", "rose", "moon", "envelope", "goblet"],
  "Science Fiction": ["planet", "rocket", "porthole", "moon", "sun"],
  Short: ["reel", "mask", "clock"],
  Silent: ["reel", "mask", "hat", "train"],
  Sport: ["football", "boxing-glove", "wheel"],
  Sports: ["football", "boxing-glove", "wheel", "oar"],
  Spy: ["eye", "train", "envelope", "aeroplane"],
  Superhero: ["skyline", "badge", "diamond"],
  Supernatural: ["eye", "candle", "moon", "door"],
  Thriller: ["eye", "pawn", "clock", "road", "diamond"],
  War: ["aeroplane", "badge", "mountain", "candle"],
  Western: ["mesa", "hat", "horse", "badge", "sun"],
};

/** What suits anything. */
export const ANY_MOTIFS: readonly string[] = [
  "reel",
  "moon",
  "sun",
  "door",
  "road",
  "eye",
  "mountain",
  "clock",
  "mask",
];
