import { createRouterTransport } from "@connectrpc/connect";
import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, renderHook, waitFor } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, it } from "vitest";

import { titleIdOf, titleSubject } from "../api/subjects";
import { RecommendationService } from "../gen/marquee/recommendation/v1/recommendation_service_pb";
import { usePick } from "./usePick";

afterEach(cleanup);

it("keeps the pick when the viewer comes back, and continues with titles that were not offered yet", async () => {
  const requests: string[][] = [];
  const transport = createRouterTransport(({ service }) => {
    service(RecommendationService, {
      pickForMood: ({ wish, excluded }) => {
        requests.push([wish.case ?? "", wish.value ?? "", ...excluded.map(titleIdOf)]);
        return { item: { subject: titleSubject(`t${requests.length}`) } };
      },
    });
  });
  const queries = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>{children}</QueryClientProvider>
    </TransportProvider>
  );
  const first = renderHook(usePick, { wrapper });
  act(() => first.result.current.change({ moodId: "tense", mood: "", minutes: 40 }));
  await waitFor(() => expect(first.result.current.request.moodId).toBe("tense"));
  act(() => first.result.current.first());
  await waitFor(() => expect(titleIdOf(first.result.current.item?.subject)).toBe("t1"));
  first.unmount();

  const { result } = renderHook(usePick, { wrapper });
  expect(titleIdOf(result.current.item?.subject)).toBe("t1");
  expect(result.current.request).toEqual({ moodId: "tense", mood: "", minutes: 40 });
  act(() => result.current.another());
  await waitFor(() => expect(titleIdOf(result.current.item?.subject)).toBe("t2"));

  act(() => result.current.change({ moodId: "", mood: "quiet, by the sea", minutes: 0 }));
  await waitFor(() => expect(result.current.request.mood).not.toBe(""));
  act(() => result.current.first());
  await waitFor(() => expect(titleIdOf(result.current.item?.subject)).toBe("t3"));

  expect(requests).toEqual([
    ["moodId", "tense"],
    ["moodId", "tense", "t1"],
    ["mood", "quiet, by the sea"],
  ]);
});
