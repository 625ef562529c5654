import { AccessReasonCode } from "../../gen/marquee/entitlement/v1/entitlement_pb";

/** The English texts of live television. */
export const live = {
  live: {
    page: (channel: string) => `Watching ${channel}`,
    watchLive: "Watch live",
    startOver: "Start over",
    watchCatchUp: "Watch",
    timeline: "Timeline of the programme",
    at: (time: string, start: string, end: string) => `${time} of ${start} to ${end}`,
    isLive: "Live",
    goLive: "Back to live",
    behind: (length: string) => `${length} behind live`,
    nothingScheduled: "Nothing scheduled",
    nextAt: (time: string, name: string) => `Next, ${time}: ${name}`,
    joined: (minutes: number) => (minutes === 1 ? "This began a minute ago." : `This began ${minutes} minutes ago.`),
    stayLive: "Stay live",
    miniGuide: "Channels",
    onNow: "Now",
    onNext: "Next",
    noChannel: (digits: string) => `There is no channel ${digits}`,
    channelNumber: "Channel number",
    seekFailed: "That part cannot be played now.",
    toGuide: "To the guide",
    startsAt: (time: string) => `Begins ${time}.`,
  },

  channelAccess: {
    [AccessReasonCode.UNSPECIFIED]: "",
    [AccessReasonCode.NOT_AVAILABLE]: "This channel is not available.",
    [AccessReasonCode.TERRITORY]: "This channel may not be shown in your country.",
    [AccessReasonCode.MATURITY]: "This is rated above what this profile may watch.",
    [AccessReasonCode.NOT_YET]: "This has not begun yet.",
    [AccessReasonCode.NOT_IN_SUBSCRIPTION]: "Your plan does not include this channel.",
    [AccessReasonCode.TOO_MANY_STREAMS]: "Your account is playing on all the screens it may.",
  } satisfies Record<AccessReasonCode, string>,
};
