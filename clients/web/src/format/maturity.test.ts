import { create } from "@bufbuild/protobuf";
import { expect, it } from "vitest";

import { MaturityRatingSchema } from "../gen/marquee/type/v1/type_pb";
import { maturityLabel } from "./maturity";

it("shows the label of a rating, or its age where there is no label", () => {
  expect(maturityLabel(create(MaturityRatingSchema, { age: 13, system: "MPA", label: "PG-13" }))).toBe("PG-13");
  expect(maturityLabel(create(MaturityRatingSchema, { age: 16 }))).toBe("16+");
  expect(maturityLabel(create(MaturityRatingSchema, { age: 0 }))).toBe("0+");
  expect(maturityLabel(undefined)).toBe("");
});
