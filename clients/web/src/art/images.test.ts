import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { ImageKind, ImageSchema } from "../gen/marquee/type/v1/type_pb";
import { backdropOf, logoOf, posterOf, stillOf } from "./images";

const images = (...kinds: ImageKind[]) => kinds.map((kind) => create(ImageSchema, { kind, uri: ImageKind[kind] }));

describe("the picture of a title", () => {
  it("is of the kind that its place needs", () => {
    const all = images(ImageKind.POSTER, ImageKind.BACKDROP, ImageKind.LOGO, ImageKind.STILL);

    expect([posterOf(all), backdropOf(all), logoOf(all), stillOf(all)]).toEqual([
      "POSTER",
      "BACKDROP",
      "LOGO",
      "STILL",
    ]);
  });

  it("is a poster in a wide place only if there is no wide one", () => {
    expect(backdropOf(images(ImageKind.POSTER, ImageKind.STILL))).toBe("STILL");
    expect(backdropOf(images(ImageKind.POSTER))).toBe("POSTER");
    expect(stillOf(images(ImageKind.POSTER))).toBeUndefined();
  });

  it("is drawn where there is none", () => {
    expect([posterOf([]), backdropOf([]), logoOf([])]).toEqual([undefined, undefined, undefined]);
  });
});
