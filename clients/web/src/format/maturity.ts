import type { MaturityRating } from "../gen/marquee/type/v1/type_pb";

/** Returns a rating as its system writes it, such as `PG-13`, or else as an age; empty if there is no rating. */
export function maturityLabel(rating: MaturityRating | undefined): string {
  return rating ? rating.label || ageLabel(rating.age) : "";
}

/** Returns a minimum age as it is printed on packages: `13+`. */
export function ageLabel(age: number): string {
  return `${age}+`;
}
