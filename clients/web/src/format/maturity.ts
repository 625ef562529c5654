import type { MaturityRating } from "../gen/marquee/type/v1/type_pb";

/** A rating as its system writes it, such as `PG-13`, or else as an age; empty where there is none. */
export function maturityLabel(rating: MaturityRating | undefined): string {
  return rating ? rating.label || ageLabel(rating.age) : "";
}

/** A minimum age as it is written on packages: `13+`. */
export function ageLabel(age: number): string {
  return `${age}+`;
}
