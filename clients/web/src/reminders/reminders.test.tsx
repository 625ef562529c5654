import { create } from "@bufbuild/protobuf";
import { durationFromMs, durationMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { TransportProvider } from "@connectrpc/connect-query";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, configure, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";

import type { Reminder } from "../gen/marquee/epg/v1/epg_pb";
import { ProgrammeSchema, ReminderSchema, ReminderState } from "../gen/marquee/epg/v1/epg_pb";
import { PersonalGuideService } from "../gen/marquee/epg/v1/personal_guide_service_pb";
import { HOUR, MINUTE } from "../guide/guideTime";
import { snapshot } from "../toasts/toasts";
import { ReminderButton } from "./ReminderButton";
import { ShownReminders } from "./shownReminders";
import { DEFAULT_LEAD_MS, delayOfCheck, isUpcoming } from "./useReminders";

const NOW = new Date(2026, 10, 30, 20, 30).getTime();

// A busy machine renders slowly.
configure({ asyncUtilTimeout: 20_000 });
afterEach(cleanup);

function aReminder(remindAt: number, state = ReminderState.PENDING): Reminder {
  const [startTime, endTime] = [timestampFromMs(remindAt + 5 * MINUTE), timestampFromMs(remindAt + HOUR)];
  return create(ReminderSchema, {
    reminderId: `r${remindAt}`,
    programme: { programmeId: "p", displayName: "Film", startTime, endTime },
    remindTime: timestampFromMs(remindAt),
    state,
  });
}

describe("reminders", () => {
  it("are loaded again when the next one is due", () => {
    const reminders = [aReminder(NOW + 2 * MINUTE), aReminder(NOW + MINUTE), aReminder(NOW - HOUR, ReminderState.DUE)];

    expect(delayOfCheck(reminders, NOW)).toBeGreaterThan(MINUTE);
    expect(delayOfCheck(reminders, NOW)).toBeLessThan(MINUTE + 2_000);
  });

  it("are loaded again soon while a due one is still pending, and seldom if none is near", () => {
    expect(delayOfCheck([aReminder(NOW - MINUTE)], NOW)).toBeLessThanOrEqual(2_000);
    expect(delayOfCheck([aReminder(NOW + 5 * HOUR)], NOW)).toBe(5 * MINUTE);
    expect(delayOfCheck([], NOW)).toBe(5 * MINUTE);
  });

  it("are upcoming until the programme has ended, unless it was removed", () => {
    expect(isUpcoming(aReminder(NOW), NOW)).toBe(true);
    expect(isUpcoming(aReminder(NOW - HOUR / 2, ReminderState.DUE), NOW)).toBe(true);
    expect(isUpcoming(aReminder(NOW - HOUR, ReminderState.DUE), NOW)).toBe(false);
    expect(isUpcoming(aReminder(NOW, ReminderState.MISSED), NOW)).toBe(false);
    expect(isUpcoming(aReminder(NOW, ReminderState.PROGRAMME_REMOVED), NOW)).toBe(false);
  });
});

describe("shown reminders", () => {
  it("are shown once, in one tab", () => {
    window.localStorage.clear();
    const [tab, other] = [new ShownReminders(window.localStorage), new ShownReminders(window.localStorage)];

    expect(tab.claim("one")).toBe(true);
    expect(tab.claim("one")).toBe(false);
    expect(other.claim("one")).toBe(false);
    expect(other.claim("two")).toBe(true);
  });

  it("are shown once by a page without storage", () => {
    const refuse = () => {
      throw new DOMException("blocked");
    };
    const blocked = { getItem: refuse, setItem: refuse } as unknown as Storage;
    const page = new ShownReminders(blocked);

    expect([page.claim("one"), page.claim("one"), page.claim("two")]).toEqual([true, false, true]);
  });
});

describe("the button of a reminder", () => {
  const programme = create(ProgrammeSchema, {
    programmeId: "p",
    displayName: "Film",
    startTime: timestampFromMs(Date.now() + HOUR),
    endTime: timestampFromMs(Date.now() + 2 * HOUR),
  });

  function aButton(failure?: Code) {
    let reminders: Reminder[] = [];
    const leads: number[] = [];
    const transport = createRouterTransport(({ service }) => {
      service(PersonalGuideService, {
        listReminders: () => ({ reminders }),
        createReminder: ({ leadTime }) => {
          if (failure) throw new ConnectError("no", failure);
          leads.push(durationMs(leadTime ?? durationFromMs(0)));
          const reminder = create(ReminderSchema, { reminderId: "r", programme, state: ReminderState.PENDING });
          reminders = [reminder];
          return { reminder };
        },
        deleteReminder: () => {
          reminders = [];
          return {};
        },
      });
    });
    render(
      <TransportProvider transport={transport}>
        <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
          <ReminderButton programme={programme} />
        </QueryClientProvider>
      </TransportProvider>,
    );
    return { leads };
  }
  const press = async (name: string) => {
    const button = await screen.findByRole("button", { name });
    await waitFor(() => expect((button as HTMLButtonElement).disabled).toBe(false));
    fireEvent.click(button);
  };

  it("sets the reminder and deletes it, and says both", async () => {
    const { leads } = aButton();

    await press("Remind me");
    await screen.findByRole("button", { name: "Reminder set" });
    expect(leads).toEqual([DEFAULT_LEAD_MS]);
    expect(snapshot()?.text).toBe("You will be reminded of Film.");
    await press("Reminder set");
    await screen.findByRole("button", { name: "Remind me" });
    expect(snapshot()?.text).toBe("No reminder of Film any more.");
  });

  it("says that it failed", async () => {
    aButton(Code.Internal);

    await press("Remind me");
    await waitFor(() => expect(snapshot()?.text).toBe("That did not go through."));
    expect(await screen.findByRole("button", { name: "Remind me" })).toBeTruthy();
  });
});
