import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";

import { ImageKind, ImageSchema } from "../gen/marquee/type/v1/type_pb";
import { backdropOf, logoOf, posterOf, stillOf } from "./images";

const imagesOf = (...kinds: ImageKind[]) => kinds.map((kind) => create(ImageSchema, { kind, uri: ImageKind[kind] }));

describe("the picture of a title", () => {
  it("has the kind that was requested", () => {
    const allImages = imagesOf(ImageKind.POSTER, ImageKind.BACKDROP, ImageKind.LOGO, ImageKind.STILL);

    expect([posterOf(allImages), backdropOf(allImages), logoOf(allImages), stillOf(allImages)]).toEqual([
      "POSTER",
      "BACKDROP",
      "LOGO",
      "STILL",
    ]);
  });

  it("is a poster instead of a backdrop only if there is no wide picture", () => {
    expect(backdropOf(imagesOf(ImageKind.POSTER, ImageKind.STILL))).toBe("STILL");
    expect(backdropOf(imagesOf(ImageKind.POSTER))).toBe("POSTER");
    expect(stillOf(imagesOf(ImageKind.POSTER))).toBeUndefined();
  });

  it("is undefined if the title has no pictures", () => {
    expect([posterOf([]), backdropOf([]), logoOf([])]).toEqual([undefined, undefined, undefined]);
  });
});
