import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";

import { ChannelSchema } from "../gen/marquee/epg/v1/epg_pb";
import { PersonalGuideService } from "../gen/marquee/epg/v1/personal_guide_service_pb";
import { snapshot } from "../toasts/toasts";
import { FavoriteButton } from "./FavoriteButton";

// A busy machine renders slowly.
configure({ asyncUtilTimeout: 20_000 });
afterEach(cleanup);

/** Renders the button of channel `c`, on a platform that refuses to add favourites if `failure` is stated. */
function aButton(favorites: string[], failure?: Code) {
  const transport = createRouterTransport(({ service }) => {
    service(PersonalGuideService, {
      listFavoriteChannels: () => ({ channelIds: favorites }),
      addFavoriteChannel: ({ channelId }) => {
        if (failure) throw new ConnectError("no", failure);
        favorites.push(channelId);
        return { channelIds: favorites };
      },
      removeFavoriteChannel: ({ channelId }) => {
        favorites.splice(favorites.indexOf(channelId), 1);
        return { channelIds: favorites };
      },
    });
  });
  render(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <FavoriteButton channel={create(ChannelSchema, { channelId: "c", displayName: "News" })} />
      </QueryClientProvider>
    </TransportProvider>,
  );
}

const button = (pressed: boolean) => screen.findByRole("button", { name: "Favourite", pressed });
const press = async (pressed: boolean) => {
  const element = (await button(pressed)) as HTMLButtonElement;
  await waitFor(() => expect(element.disabled).toBe(false));
  fireEvent.click(element);
};

describe("the button of a favourite", () => {
  it("adds the channel and takes it back, and says both", async () => {
    const favorites = ["other"];
    aButton(favorites);

    await press(false);
    await button(true);
    await waitFor(() => expect(snapshot()?.text).toBe("News is a favourite."));
    expect(favorites).toEqual(["other", "c"]);
    await press(true);
    await button(false);
    await waitFor(() => expect(snapshot()?.text).toBe("News is not a favourite any more."));
    expect(favorites).toEqual(["other"]);
  });

  it("shows what is true after a failure", async () => {
    aButton([], Code.Internal);

    await press(false);
    await waitFor(() => expect(snapshot()?.text).toBe("That did not go through."));
    expect(await button(false)).toBeTruthy();
  });
});
