import { createClient, createRouterTransport } from "@connectrpc/connect";
import { beforeEach, describe, expect, it } from "vitest";

import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { consistent, NewestWrite } from "./consistency";

/** A platform whose writes are named one after the other, and that tells which one homes were asked with. */
function aPlatform(newest: NewestWrite) {
  const asked: string[] = [];
  let writes = 0;
  const transport = createRouterTransport(
    ({ service }) => {
      service(ViewingService, {
        rateSubject: () => ({ consistencyToken: `write-${++writes}` }),
        listRatings: () => ({}),
      });
      service(RecommendationService, {
        getHome: ({ consistencyToken }) => {
          asked.push(consistencyToken);
          return {};
        },
      });
    },
    { transport: { interceptors: [consistent(newest)] } },
  );
  return {
    viewing: createClient(ViewingService, transport),
    recommendation: createClient(RecommendationService, transport),
    asked,
  };
}

beforeEach(() => window.sessionStorage.clear());

describe("the newest write", () => {
  it("is handed on with the next home", async () => {
    const { viewing, recommendation, asked } = aPlatform(new NewestWrite(window.sessionStorage));
    await recommendation.getHome({});
    await viewing.rateSubject({});
    await viewing.rateSubject({});
    await viewing.listRatings({});
    await recommendation.getHome({});

    expect(asked).toEqual(["", "write-2"]);
  });

  it("survives a reload of the page", async () => {
    await aPlatform(new NewestWrite(window.sessionStorage)).viewing.rateSubject({});
    const { recommendation, asked } = aPlatform(new NewestWrite(window.sessionStorage));
    await recommendation.getHome({});

    expect(asked).toEqual(["write-1"]);
  });

  it("is not handed on for somebody else", async () => {
    const newest = new NewestWrite(window.sessionStorage);
    const { viewing, recommendation, asked } = aPlatform(newest);
    await viewing.rateSubject({});
    newest.forget();
    await recommendation.getHome({});

    expect(asked).toEqual([""]);
  });
});
