type Channels = [red: number, green: number, blue: number];

/** Returns a mix of two colours: `share` 0 gives the first, 1 the second. All colours are in the form `#rrggbb`. */
export function mix(from: string, to: string, share: number): string {
  const [a, b] = [channels(from), channels(to)];
  return hex(a.map((value, index) => value + ((b[index] ?? 0) - value) * share) as Channels);
}

/** Returns the WCAG contrast ratio of two colours, from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Returns the candidate with the highest contrast to a background colour. */
export function highestContrast(background: string, candidates: readonly string[]): string {
  return candidates.reduce((best, candidate) =>
    contrast(background, candidate) > contrast(background, best) ? candidate : best,
  );
}

/** Returns the relative luminance of a colour, from 0 to 1. */
export function luminance(colour: string): number {
  const [red, green, blue] = channels(colour).map((value) => {
    const channel = value / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as Channels;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Returns the colour of a hue (in degrees), a saturation and a lightness (from 0 to 1). */
export function hsl(hue: number, saturation: number, lightness: number): string {
  const channel = (shift: number) => {
    const position = (shift + hue / 30) % 12;
    const amplitude = saturation * Math.min(lightness, 1 - lightness);
    return 255 * (lightness - amplitude * Math.max(-1, Math.min(position - 3, 9 - position, 1)));
  };
  return hex([channel(0), channel(8), channel(4)]);
}

function channels(colour: string): Channels {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

function hex(values: Channels): string {
  return `#${values.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("")}`;
}
