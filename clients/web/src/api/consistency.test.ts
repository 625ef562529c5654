import { createClient, createRouterTransport } from "@connectrpc/connect";
import { beforeEach, describe, expect, it } from "vitest";

import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { ViewingService } from "../gen/marquee/viewing/v1/viewing_service_pb";
import { attachConsistencyToken, NewestWrite } from "./consistency";

/** Returns clients of a platform that numbers its writes, and the list of the tokens in its home requests. */
function aPlatform(newest: NewestWrite) {
  const homeTokens: string[] = [];
  let writes = 0;
  const transport = createRouterTransport(
    ({ service }) => {
      service(ViewingService, {
        rateSubject: () => ({ consistencyToken: `write-${++writes}` }),
        listRatings: () => ({}),
      });
      service(RecommendationService, {
        getHome: ({ consistencyToken }) => {
          homeTokens.push(consistencyToken);
          return {};
        },
      });
    },
    { transport: { interceptors: [attachConsistencyToken(newest)] } },
  );
  return {
    viewing: createClient(ViewingService, transport),
    recommendation: createClient(RecommendationService, transport),
    homeTokens,
  };
}

beforeEach(() => window.sessionStorage.clear());

describe("the newest write", () => {
  it("is sent with the next home request", async () => {
    const { viewing, recommendation, homeTokens } = aPlatform(new NewestWrite(window.sessionStorage));
    await recommendation.getHome({});
    await viewing.rateSubject({});
    await viewing.rateSubject({});
    await viewing.listRatings({});
    await recommendation.getHome({});

    expect(homeTokens).toEqual(["", "write-2"]);
  });

  it("is still sent after a reload of the page", async () => {
    await aPlatform(new NewestWrite(window.sessionStorage)).viewing.rateSubject({});
    const { recommendation, homeTokens } = aPlatform(new NewestWrite(window.sessionStorage));
    await recommendation.getHome({});

    expect(homeTokens).toEqual(["write-1"]);
  });

  it("is not sent for another viewer", async () => {
    const newest = new NewestWrite(window.sessionStorage);
    const { viewing, recommendation, homeTokens } = aPlatform(newest);
    await viewing.rateSubject({});
    newest.forget();
    await recommendation.getHome({});

    expect(homeTokens).toEqual([""]);
  });
});
