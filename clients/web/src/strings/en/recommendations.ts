import { hoursAndMinutes } from "../../format/time";
import { ContributionSource, TasteSignalKind } from "../../gen/marquee/recommendation/v1/recommendation_pb";
import { SuggestionKind } from "../../gen/marquee/catalog/v1/catalog_service_pb";
import type { SnoozeOption } from "../../feedback/snooze";

/** The English texts of the home, feedback, My List, history, taste, search and the pick. */
export const recommendations = {
  degraded: {
    popular: "Showing what’s popular; your recommendations will be back.",
    simpler: "Recommendations are a little simpler than usual right now.",
    back: "Your recommendations are back.",
    show: "Show them",
  },

  item: {
    more: (title: string) => `More for ${title}`,
    moreShort: "More",
    loading: "Loading a title",
    details: "Details",
    whyNot: "The reason could not be loaded.",
  },

  feedback: {
    up: "I like this",
    upTaken: "You like this",
    down: "Not for me",
    downTaken: "Not for you",
    list: "My List",
    listAdd: "Add to My List",
    listRemove: "Remove from My List",
    hide: "Not interested",
    dismiss: "Remove from row",
    hidden: (title: string) => `${title} will not be recommended any more.`,
    dismissed: (title: string) => `${title} is out of the row. Your place is kept.`,
    snoozeUntil: "Put off until",
    snoozeTo: { tomorrow: "Tomorrow", weekend: "Next weekend", month: "In a month" } satisfies Record<
      SnoozeOption,
      string
    >,
    snoozed: (title: string, day: string) => `${title} is put off until ${day}.`,
    listed: (title: string) => `${title} is on your list.`,
    unlisted: (title: string) => `${title} is off your list.`,
    liked: "Noted. There will be more like it.",
    disliked: "Noted. There will be less like it.",
    cleared: "Taken back.",
    undo: "Undo",
    failed: "That did not go through.",
  },

  why: {
    heading: "Why this?",
    open: "Why this?",
    close: "Close",
    sum: "All of it",
    share: (share: number) => `${share < 0 ? "−" : ""}${Math.abs(share)} %`,
    notBecause: (label: string) => `Not because of ${label}`,
    paused: (label: string) => `${label} no longer counts.`,
    signal: "what you did",
    about: {
      [ContributionSource.UNSPECIFIED]: () => "Something else",
      [ContributionSource.CONTENT]: (label: string) => (label ? `Close in meaning to ${label}` : "Close to your taste"),
      [ContributionSource.COLLABORATIVE]: (label: string) =>
        label ? `Watched by people who watched ${label}` : "Watched by people with your taste",
      [ContributionSource.POPULARITY]: () => "Popular now",
      [ContributionSource.NEWNESS]: () => "New",
      [ContributionSource.PREFERENCE]: (label: string) => (label ? `You asked for ${label}` : "You asked for it"),
      [ContributionSource.CURATION]: () => "Chosen by our editors",
      [ContributionSource.OWN]: () => "You put it here yourself",
      [ContributionSource.HOUSEHOLD]: () => "Watched in your household",
      [ContributionSource.DIVERSITY]: () => "Makes room for other kinds",
      [ContributionSource.MOOD]: () => "It suits the mood",
      [ContributionSource.AVAILABILITY]: () => "When it can be watched",
    } satisfies Record<ContributionSource, (label: string) => string>,
  },

  myList: {
    page: "My List",
    empty: "Nothing on your list yet.",
    emptyHint: "Put titles here to find them again: open one and choose “My List”.",
    toBrowse: "Look around",
    remove: (title: string) => `Remove ${title} from My List`,
  },

  history: {
    page: "History",
    empty: "You have not watched anything yet.",
    emptyHint: "What you play is kept here until you delete it.",
    finished: "Watched",
    begun: "Begun",
    share: (share: number) => `${Math.round(share * 100)} % watched`,
    gone: "A title that is not available any more",
    remove: (title: string) => `Delete ${title} from the history`,
    clear: "Clear all",
    clearHeading: "Clear your whole history?",
    clearBody: "Every title here is forgotten, with your place in it. Your thumbs and your list stay.",
    clearConfirm: "Clear history",
    keep: "Keep it",
    cleared: "Your history is empty.",
    removed: (title: string) => `${title} is deleted from your history.`,
  },

  taste: {
    page: "Your taste",
    lead: "What recommendations to you rest on. Pause what should not count, or forget it altogether.",
    stats: "So far",
    hours: "Watched",
    time: (length: number) => {
      const { hours, minutes } = hoursAndMinutes(length);
      if (length < 60) return "0 min";
      return hours >= 10 || minutes === 0
        ? `${Math.max(1, Math.round(length / 3600))} h`
        : hours > 0
          ? `${hours} h ${minutes} min`
          : `${minutes} min`;
    },
    titles: "Titles begun",
    finished: "Watched to the end",
    topGenres: "Most-watched genres",
    topTitles: "Most-watched titles",
    statsEmpty: "Watch something, and this fills by itself.",
    preferences: "What you asked for",
    signals: "What counts",
    kinds: "Kind of signal",
    all: "All",
    kind: {
      [TasteSignalKind.UNSPECIFIED]: "All",
      [TasteSignalKind.WATCHED]: "Watched",
      [TasteSignalKind.RATED]: "Thumbs",
      [TasteSignalKind.LISTED]: "My List",
      [TasteSignalKind.VIEWED]: "Looked at",
      [TasteSignalKind.SUPPRESSED]: "Hidden",
      [TasteSignalKind.GENRE]: "Genres",
      [TasteSignalKind.LANGUAGE]: "Languages",
    } satisfies Record<TasteSignalKind, string>,
    did: {
      [TasteSignalKind.UNSPECIFIED]: "",
      [TasteSignalKind.WATCHED]: "You watched it",
      [TasteSignalKind.RATED]: "You gave it a thumb",
      [TasteSignalKind.LISTED]: "It is on your list",
      [TasteSignalKind.VIEWED]: "You looked at it",
      [TasteSignalKind.SUPPRESSED]: "You are not interested",
      [TasteSignalKind.GENRE]: "A genre you asked for",
      [TasteSignalKind.LANGUAGE]: "A language you asked for",
    } satisfies Record<TasteSignalKind, string>,
    liked: "You like it",
    disliked: "Not for you",
    weight: (weight: number) => `Counts ${weight < 0 ? "−" : "+"}${Math.abs(weight).toFixed(2)}`,
    paused: "Paused",
    pause: "Pause",
    pauseOf: (label: string) => `Pause: ${label}`,
    resume: "Resume",
    resumeOf: (label: string) => `Resume: ${label}`,
    forget: "Forget",
    forgetOf: (label: string) => `Forget: ${label}`,
    forgotten: (label: string) => `${label} is forgotten.`,
    empty: "Nothing counts yet.",
    emptyHint: "Watch something, give it a thumb, or say below what you like.",
    emptyKind: "There is nothing of this kind.",
    count: (count: number) => (count === 1 ? "1 signal" : `${count.toLocaleString("en")} signals`),
    export: "Download as a file",
    exporting: "Preparing…",
    fileName: (profile: string) => `marquee-taste-${profile}.json`,
  },

  preferences: {
    page: "What do you like?",
    heading: (name: string) => `What do you like, ${name}?`,
    lead: "A few words to begin with. What you watch counts for more, soon enough.",
    genres: "Genres",
    languages: "Languages",
    mostGenres: "Twelve at most",
    mostLanguages: "Eight at most",
    save: "Save",
    saving: "Saving…",
    saved: "Noted.",
    start: "Show me something",
    pass: "Skip for now",
  },

  pick: {
    page: "Just play something",
    short: "Pick for me",
    lead: "Say how you feel and how long you have. One title comes back.",
    mood: "The mood",
    anyMood: "Surprise me",
    ownMood: "Or in your own words",
    ownMoodExample: "Something quiet about the sea",
    time: "You have",
    minutes: (minutes: number) => (minutes === 0 ? "All evening" : `${minutes} min`),
    go: "Pick something",
    picking: "Looking…",
    play: "Play",
    another: "Another one",
    details: "Details",
    seenAll: "That was everything that fits.",
    seenAllHint: "Take another mood, or a little more time.",
    startOver: "Start over",
  },

  similar: "More like this",
  machineWrote: "Written by a machine",

  find: {
    suggestions: "Suggestions",
    kinds: {
      [SuggestionKind.UNSPECIFIED]: "",
      [SuggestionKind.TITLE]: "Title",
      [SuggestionKind.PERSON]: "Person",
      [SuggestionKind.GENRE]: "Genre",
    } satisfies Record<SuggestionKind, string>,
    includedOnly: "Included in my plan",
    inGuide: "On television",
    wordsOnly: "Found by words alone; meaning will be back.",
    recent: "You searched for",
    browsed: "Recently looked at",
    forgetRecent: "Clear what I searched and looked at",
    emptyFiltered: "Nothing matches with these filters.",
  },

  postPlay: {
    heading: "What next?",
    playTitle: (title: string) => `Play ${title}`,
  },
};
