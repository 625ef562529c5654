import { useEffect, useRef, useState } from "react";

import type { Channel } from "../gen/marquee/epg/v1/epg_pb";
import { addDigit, canGrow, channelWithNumber, nextChannel, zapKey } from "./zapping";

/** Further digits are awaited for this time. */
const DIGIT_MS = 1_500;
/** A number without a channel is shown for this time. */
const MISSING_MS = 2_500;
/** Steps that follow each other faster count as browsing: only the last channel is played, after this time. */
const BROWSE_MS = 350;

interface ZappingOptions {
  channels: readonly Channel[];
  current: Channel | undefined;
  /** Returns the channel before the current one; empty if there is none. */
  previousId: () => string;
  onZap: (channelId: string) => void;
}

export interface Zapping {
  /** The channel that was chosen and does not play yet. */
  target: Channel | undefined;
  /** The digits that were typed; empty if no number is being typed. */
  digits: string;
  /** The channel with that number, if there is one. */
  numbered: Channel | undefined;
  /** Handles a key. Returns whether it changes the channel. */
  onKey: (key: string) => boolean;
}

/** Changes channels by the keys of a keyboard or a remote: up, down, back to the last one, and by number. */
export function useZapping({ channels, current, previousId, onZap }: ZappingOptions): Zapping {
  const [chosen, setChosen] = useState<Channel>();
  const [digits, setDigits] = useState("");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const lastStepAt = useRef(-Infinity);
  useEffect(() => () => clearTimeout(timer.current), []);
  const target = chosen?.channelId === current?.channelId ? undefined : chosen;

  const zap = (channelId: string) => {
    setDigits("");
    onZap(channelId);
  };
  const later = (action: () => void, milliseconds: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(action, milliseconds);
  };
  const step = (by: 1 | -1) => {
    const channel = nextChannel(channels, target ?? current, by);
    if (!channel) return;
    setDigits("");
    setChosen(channel);
    const now = performance.now();
    const isBrowsing = now - lastStepAt.current < BROWSE_MS;
    lastStepAt.current = now;
    clearTimeout(timer.current);
    if (isBrowsing) later(() => zap(channel.channelId), BROWSE_MS);
    else zap(channel.channelId);
  };
  const enterNumber = (typed: string) => {
    const channel = channelWithNumber(channels, typed);
    if (!channel) {
      later(() => setDigits(""), MISSING_MS);
      return;
    }
    clearTimeout(timer.current);
    setChosen(channel);
    zap(channel.channelId);
  };
  const enterDigit = (digit: string) => {
    const typed = addDigit(digits, digit);
    setDigits(typed);
    if (canGrow(channels, typed)) later(() => enterNumber(typed), DIGIT_MS);
    else enterNumber(typed);
  };
  const onKey = (key: string): boolean => {
    if (digits && key === "Enter") {
      enterNumber(digits);
      return true;
    }
    const command = zapKey(key);
    if (command?.kind === "step") step(command.by);
    if (command?.kind === "digit") enterDigit(command.digit);
    const lastId = command?.kind === "last" ? previousId() : "";
    if (lastId) {
      setChosen(channels.find(({ channelId }) => channelId === lastId));
      zap(lastId);
    }
    return command !== undefined;
  };
  return { target, digits, numbered: channelWithNumber(channels, digits), onKey };
}
