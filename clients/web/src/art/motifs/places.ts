import type { Motif } from "../shapes";
import { box, disc, oval, spokes, star } from "../shapes";

/** Buildings, landscapes and objects in the sky. */
export const PLACES: Record<string, Motif> = {
  lighthouse: [
    ["accent", "M50 24 L104 6 V46 Z"],
    ["accent", "M50 24 L-4 12 V38 Z"],
    ["main", "M39 34 H61 L68 96 H32 Z"],
    ["deep", "M37.6 48 H62.4 L64 62 H36 Z M34.6 76 H65.4 L67 88 H33 Z"],
    ["main", box(36, 28, 28, 6, 1)],
    ["pale", box(42, 16, 16, 12)],
    ["main", "M38 16 L50 5 L62 16 Z"],
  ],
  steeple: [
    ["main", "M50 2 L60 44 H40 Z"],
    ["main", box(36, 42, 28, 40)],
    ["deep", "M45 70 V58 a5 5 0 0 1 10 0 V70 Z"],
    ["accent", "M0 74 Q12 68 25 74 T50 74 T75 74 T100 74 V100 H0 Z"],
    ["pale", "M8 86 Q20 81 32 86 T56 86 T80 86 T96 86", 1.6],
    ["main", "M50 -6 V6 M46 -1 H54", 2],
  ],
  "clock-tower": [
    ["main", "M34 34 H66 V100 H34 Z"],
    ["accent", "M30 34 L50 4 L70 34 Z"],
    ["pale", disc(50, 50, 12)],
    ["deep", "M50 50 V41 M50 50 L56 54", 2.4],
    ["deep", "M44 100 V86 a6 6 0 0 1 12 0 V100 Z"],
    ["deep", box(40, 68, 5, 9, 2)],
    ["deep", box(55, 68, 5, 9, 2)],
  ],
  "glass-tower": [
    ["main", "M34 100 V14 L58 2 V100 Z"],
    ["accent", "M58 100 V22 L78 34 V100 Z"],
    ["deep", "M34 28 L58 18 M34 42 L58 34 M34 56 L58 50 M34 70 L58 66 M34 84 L58 82 M46 8 V100", 1.4],
    ["pale", "M14 100 V58 H30 V100 Z"],
    ["deep", "M14 70 H30 M14 82 H30", 1.4],
  ],
  dam: [
    ["pale", "M0 30 H100 V44 H0 Z"],
    ["main", "M6 40 H94 L82 96 H18 Z"],
    ["deep", "M26 40 L32 96 M50 40 V96 M74 40 L68 96", 2],
    ["accent", "M40 56 h20 l4 40 h-28 Z"],
    ["pale", "M45 62 L43 96 M50 62 V96 M55 62 L57 96", 1.6],
  ],
  mountain: [
    ["accent", disc(70, 26, 13)],
    ["main", "M-4 96 L42 14 L88 96 Z"],
    ["pale", "M42 14 L56 39 L48 35 L42 43 L35 35 L29 38 Z"],
    ["deep", "M42 14 L88 96 H52 L46 62 Z"],
    ["main", "M48 96 L78 48 L106 96 Z"],
  ],
  river: [
    ["main", "M58 4 C80 24 14 34 44 54 C74 72 22 80 30 100 H74 C58 82 104 72 70 50 C46 34 92 22 70 4 Z"],
    ["accent", "M8 40 l10 -20 l10 20 Z M80 88 l9 -18 l9 18 Z M4 72 l8 -16 l8 16 Z"],
    ["pale", "M60 16 Q66 26 54 34 M52 60 Q66 68 56 78", 1.8],
  ],
  wave: [
    ["main", "M0 92 C8 44 40 8 78 18 C96 24 98 46 82 50 C88 40 78 32 66 36 C46 42 44 72 66 92 Z"],
    ["accent", "M14 92 C20 60 38 36 62 30 C40 44 38 74 56 92 Z"],
    ["pale", "M78 18 C90 20 98 30 92 42 C92 32 84 26 72 26 Z"],
    ["pale", "M0 92 Q12 84 25 92 T50 92 T75 92 T100 92 V100 H0 Z"],
  ],
  aurora: [
    [
      "main",
      "M4 70 C10 20 28 54 38 18 C44 54 60 6 68 34 C76 4 90 40 96 16 L96 60 C84 74 78 48 68 74 C58 50 46 82 38 60 C28 84 16 60 4 90 Z",
    ],
    ["pale", "M16 62 V40 M30 58 V32 M46 56 V30 M60 54 V26 M76 52 V28 M88 50 V30", 1.6],
    ["accent", "M0 100 L22 78 L40 92 L62 72 L100 100 Z"],
  ],
  moon: [
    ["main", disc(50, 50, 38)],
    ["accent", disc(36, 40, 8)],
    ["accent", disc(60, 62, 11)],
    ["accent", disc(62, 32, 5)],
    ["accent", disc(34, 66, 4)],
    ["pale", disc(88, 18, 7)],
  ],
  sun: [
    ["main", disc(50, 50, 26)],
    ["main", spokes(50, 50, 24, 33, 46), 3],
    ["accent", "M24 50 a26 26 0 0 0 52 0 Z"],
    ["deep", disc(76, 40, 4)],
  ],
  cloud: [
    ["pale", disc(70, 30, 14)],
    ["main", "M24 72 a18 18 0 0 1 0 -36 a26 26 0 0 1 48 -2 a19 19 0 0 1 4 38 Z"],
    ["accent", "M24 72 a18 18 0 0 1 -16 -12 H92 a19 19 0 0 1 -16 12 Z"],
    ["accent", "M30 80 l-5 12 M48 80 l-5 12 M66 80 l-5 12", 3],
  ],
  snowflake: [
    ["main", spokes(50, 50, 6, 0, 44), 4.5],
    [
      "main",
      "M50 20 l-9 -9 M50 20 l9 -9 M50 80 l-9 9 M50 80 l9 9 M24 35 l-12 3 M24 35 l-3 -12 M76 65 l12 -3 M76 65 l3 12 M76 35 l12 3 M76 35 l3 -12 M24 65 l-12 -3 M24 65 l-3 12",
      3.5,
    ],
    ["accent", star(50, 50, 6, 15, 8)],
    ["pale", disc(50, 50, 4)],
  ],
  porthole: [
    ["main", disc(50, 50, 46)],
    ["deep", disc(50, 50, 35)],
    ["accent", "M15 58 Q32 48 50 58 T85 58 A35 35 0 0 1 15 58 Z"],
    ["pale", disc(62, 36, 7)],
    ["pale", disc(36, 30, 1.6)],
    ["pale", disc(46, 42, 1.2)],
    [
      "deep",
      [0, 1, 2, 3, 4, 5, 6, 7]
        .map((n) => disc(50 + 40.5 * Math.cos((n * Math.PI) / 4), 50 + 40.5 * Math.sin((n * Math.PI) / 4), 2.2))
        .join(""),
    ],
  ],
  skyline: [
    ["accent", disc(68, 34, 20)],
    ["main", "M2 100 V52 H16 V40 H28 V60 H36 V22 L44 12 L52 22 V66 H60 V44 H76 V72 H84 V58 H98 V100 Z"],
    [
      "pale",
      "M8 60 h3 v4 h-3 Z M20 50 h3 v4 h-3 Z M41 32 h3 v4 h-3 Z M41 46 h3 v4 h-3 Z M64 54 h3 v4 h-3 Z M70 66 h3 v4 h-3 Z M88 68 h3 v4 h-3 Z M20 72 h3 v4 h-3 Z",
    ],
  ],
  mesa: [
    ["accent", disc(34, 40, 24)],
    ["main", "M0 100 V84 H14 L20 44 H44 L52 84 H60 L64 62 H84 L90 84 H100 V100 Z"],
    ["deep", "M26 44 L22 84 M36 44 L38 84 M72 62 L70 84", 2],
  ],
  planet: [
    ["main", disc(50, 50, 30)],
    ["accent", "M21 44 Q50 54 79 42 L80 52 Q50 64 20 54 Z"],
    ["pale", "M23 62 C-10 82 -2 88 40 70 C82 52 112 26 100 18 C94 14 84 20 74 27", 3.4],
    ["pale", disc(14, 20, 4)],
  ],
  castle: [
    ["main", "M14 96 V36 h6 v6 h6 v-6 h6 v22 h8 V26 h5 v5 h10 v-5 h5 V58 h8 V36 h6 v6 h6 v-6 h6 V96 Z"],
    ["deep", "M42 96 V82 a8 8 0 0 1 16 0 V96 Z"],
    ["accent", "M50 26 V4 L66 11 L50 18 Z"],
    ["pale", box(47, 42, 6, 12, 3)],
  ],
  road: [
    ["accent", disc(50, 34, 20)],
    ["main", "M44 40 H56 L92 100 H8 Z"],
    ["pale", "M50 44 V52 M50 58 V70 M50 78 V94", 3],
    ["deep", "M0 40 H100", 2.4],
  ],
  door: [
    ["main", "M24 98 V34 a26 26 0 0 1 52 0 V98 Z"],
    ["deep", "M32 98 V36 a18 18 0 0 1 36 0 V98 Z"],
    ["accent", "M32 98 V36 a18 18 0 0 1 18 -18 L58 26 V98 Z"],
    ["pale", disc(53, 62, 2.6)],
    ["pale", oval(50, 99, 34, 2)],
  ],
};
