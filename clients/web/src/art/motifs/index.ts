import type { Motif } from "../shapes";
import { JOURNEYS } from "./journeys";
import { NATURE } from "./nature";
import { PLACES } from "./places";
import { THINGS } from "./things";

/** All motifs, by the name that a title's artwork gives. */
export const MOTIFS: Record<string, Motif> = { ...PLACES, ...NATURE, ...THINGS, ...JOURNEYS };

/** The motifs that suit a genre, by genre id, for titles without artwork. */
export const GENRE_MOTIFS: Record<string, readonly string[]> = {
  action: ["car", "aeroplane", "road", "badge", "rocket"],
  adventure: ["compass", "mountain", "sailboat", "sword", "mesa"],
  animated: ["cloud", "fox", "rocket", "duck", "castle"],
  biography: ["book", "candle", "microphone", "envelope"],
  comedy: ["mask", "shoe", "duck", "hat", "teapot", "trumpet"],
  crime: ["skyline", "badge", "keyhole", "car", "magnifier"],
  dance: ["shoe", "record", "spotlight"],
  documentary: ["reel", "aurora", "river", "leaf"],
  drama: ["door", "chair", "envelope", "lamp", "bench", "candle", "rose"],
  family: ["leaf", "duck", "sun", "bird", "kettle"],
  fantasy: ["castle", "sword", "moth", "moon", "goblet"],
  historical: ["candle", "castle", "book", "sword", "steeple"],
  horror: ["eye", "keyhole", "doll", "banyan", "steeple", "moth"],
  musical: ["spotlight", "record", "guitar", "trumpet", "microphone", "cello"],
  mystery: ["magnifier", "keyhole", "door", "lamp", "clock"],
  noir: ["skyline", "lamp", "hat", "car"],
  romance: ["heart", "rose", "moon", "envelope", "goblet"],
  "science-fiction": ["planet", "rocket", "porthole", "moon", "sun"],
  short: ["reel", "mask", "clock"],
  silent: ["reel", "mask", "hat", "train"],
  sport: ["football", "boxing-glove", "wheel"],
  sports: ["football", "boxing-glove", "wheel", "oar"],
  spy: ["eye", "train", "envelope", "aeroplane"],
  superhero: ["skyline", "badge", "diamond"],
  supernatural: ["eye", "candle", "moon", "door"],
  thriller: ["eye", "pawn", "clock", "road", "diamond"],
  war: ["aeroplane", "badge", "mountain", "candle"],
  western: ["mesa", "hat", "horse", "badge", "sun"],
};

/** Motifs for a title of any genre. */
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
