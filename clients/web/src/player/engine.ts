import type shaka from "shaka-player/dist/shaka-player.compiled-es2021";

import type { Session } from "../gen/marquee/playback/v1/playback_pb";
import { prefersHls } from "./browser";
import type { Format } from "./sessionAddresses";
import { CLEAR_KEY, currentUrl, licenseUrl, manifestUrl } from "./sessionAddresses";

/** A rung of the quality ladder. */
export type Quality = number;

/** What is played, and how. */
export interface Programme {
  session: Session;
  startAt: number;
  format: Format;
}

/** What the controls show of the engine. */
export interface EngineState {
  loaded: boolean;
  buffering: boolean;
  failed: boolean;
  /** The platform cannot be reached; the engine tries again by itself. */
  outage: boolean;
  /** The heights on offer, the highest first. One that the engine avoids for a while is on offer all the same. */
  qualities: Quality[];
  /** The height that is shown now. */
  height: number | undefined;
  /** The height that the viewer chose; undefined lets the engine choose. */
  chosen: Quality | undefined;
  /** The languages of the captions on offer. */
  captions: string[];
  caption: string | undefined;
}

export const IDLE: EngineState = {
  loaded: false,
  buffering: true,
  failed: false,
  outage: false,
  qualities: [],
  height: undefined,
  chosen: undefined,
  captions: [],
  caption: undefined,
};

/** How long the engine waits before it tries again, in milliseconds. */
const RETRY_MS = 4_000;

/** What a video element says once it has a picture to show. */
const READY_EVENTS = ["loadeddata", "canplay", "seeked"];

/** Codes of Shaka for requests that failed: a bad status, no response, a response that was late. */
const BAD_HTTP_STATUS = 1001;
const UNREACHABLE = [1002, 1003];
/** Code of Shaka for a license request that failed; its data begins with the failure of the request. */
const LICENSE_REQUEST_FAILED = 6007;

/** Statuses below 500 that pass by themselves: the request took too long, or there were too many. */
const PASSING_STATUSES = [408, 429];

/** Codes of Shaka for a load that another one took the place of, and for a player that was destroyed meanwhile. */
const INTERRUPTED = [7000, 7001, 7003];

/** A video element serves one player at a time: the next one waits until the last is gone. */
let turn: Promise<unknown> = Promise.resolve();

/** Shaka Player on one video element. */
export class Engine {
  private state = IDLE;
  private player: shaka.Player | undefined;
  private readonly closing = new AbortController();
  private programme: Programme | undefined;
  private retrying: ReturnType<typeof setTimeout> | undefined;
  /** Whether the picture is to play once it is loaded: not if the viewer paused it before an outage. */
  private autoplay = true;
  /** Up to where media was loaded when the outage began, in seconds. */
  private loadedTo = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly frame: HTMLElement,
    private readonly onChange: (state: EngineState) => void,
  ) {}

  /** Loads a programme and begins to play it. Failures show in the state. */
  open(programme: Programme): void {
    const { signal } = this.closing;
    for (const event of READY_EVENTS) this.video.addEventListener(event, () => this.readBuffer(), { signal });
    this.programme = programme;
    this.replacePlayer(() => this.load(programme));
  }

  /** Takes the new addresses of the session: later requests carry their token. */
  renew(session: Session): void {
    if (this.programme) Object.assign(this.programme, { session });
  }

  /**
   * Tries to end an outage. A picture that still plays from its buffer is not interrupted: only the missing media is
   * requested again. A picture that stands still is loaded anew, at its place: Shaka's own retry does not request an
   * index of segments again that could not be loaded.
   */
  resume(): void {
    if (!this.state.outage || this.closing.signal.aborted || !this.programme) return;
    clearTimeout(this.retrying);
    const { outage, buffering, loaded } = this.readBuffer();
    if (!outage) return;
    if (!buffering) {
      this.player?.retryStreaming();
      this.retryLater();
      return;
    }
    if (loaded) this.autoplay = !this.video.paused;
    // A player that is destroyed empties the element, so the place is kept for the next attempt as well.
    const programme = { ...this.programme, startAt: this.video.currentTime || this.programme.startAt };
    this.programme = programme;
    this.loadedTo = 0;
    this.change({ loaded: false });
    this.replacePlayer(() => this.load(programme));
  }

  /** Releases the video element. */
  close(): void {
    this.closing.abort();
    clearTimeout(this.retrying);
    this.replacePlayer(() => undefined);
  }

  /** Destroys the player, which interrupts its load, and does `next` afterwards. */
  private replacePlayer(next: () => unknown): void {
    const destroyed = this.player?.destroy();
    this.player = undefined;
    turn = turn
      .then(() => destroyed)
      .then(next)
      .catch((failure: unknown) => this.fail(failure));
  }

  /** Shows one height, or with undefined whatever suits the connection. */
  choose(quality: Quality | undefined): void {
    const player = this.player;
    if (!player) return;
    player.configure("abr.enabled", quality === undefined);
    this.change({ chosen: quality });
    this.showChosen(player);
  }

  /** Shows the chosen height, now or once the engine offers it again: it bans one that drops frames for half a minute. */
  private showChosen(player: shaka.Player): void {
    if (this.state.chosen === undefined) return;
    const track = player.getVideoTracks().find((each) => each.height === this.state.chosen);
    if (track && !track.active) player.selectVideoTrack(track, true);
  }

  /** Shows captions in one language, or with undefined none. */
  caption(language: string | undefined): void {
    const track = this.player?.getTextTracks().find((each) => each.language === language);
    this.player?.selectTextTrack(track ?? null);
    this.change({ caption: track?.language });
  }

  private async load(programme: Programme): Promise<void> {
    const { default: library } = await import("shaka-player/dist/shaka-player.compiled-es2021");
    if (this.closing.signal.aborted || this.programme !== programme) return;
    library.polyfill.installAll();
    // With a container, captions are elements of the page, which it can set in its own letters.
    const player = new library.Player(null, this.frame);
    this.player = player;
    await player.attach(this.video);
    const license = licenseUrl(programme.session);
    player.configure({
      drm: { servers: license ? { [CLEAR_KEY]: license } : {} },
      abr: { enabled: this.state.chosen === undefined, restrictToElementSize: true },
      streaming: {
        bufferingGoal: 30,
        rebufferingGoal: 1,
        // Other browsers play HLS by themselves too, but none that is encrypted.
        preferNativeHls: prefersHls(navigator.userAgent),
      },
    });
    player.getNetworkingEngine()?.registerRequestFilter((_, request) => {
      request.uris = request.uris.map((uri) => currentUrl(uri, programme.session));
    });
    this.listen(player);
    const type = programme.format === "hls" ? "application/x-mpegurl" : "application/dash+xml";
    // A browser that plays HLS by itself asks for it by itself, past the filter.
    await player.load(manifestUrl(programme.session, programme.format), programme.startAt, type);
    this.change({ loaded: true });
    if (this.state.caption !== undefined) this.caption(this.state.caption);
    // This promise is pending until there is media. A browser that wants a press first leaves the picture paused.
    if (this.autoplay) void this.video.play().catch(() => undefined);
  }

  private listen(player: shaka.Player): void {
    player.addEventListener("error", (event) => {
      // Shaka recovers by itself from errors that are not critical (severity 2).
      const { detail } = event as unknown as { detail: { severity: number } };
      if (detail.severity === 2 && player === this.player) this.fail(detail);
    });
    player.addEventListener("buffering", () => this.readBuffer());
    const look = () => {
      const tracks = player.getVideoTracks();
      this.change({
        qualities: offered(this.state.qualities, tracks),
        height: tracks.find((track) => track.active)?.height ?? undefined,
        captions: [...new Set(player.getTextTracks().map((track) => track.language))],
      });
      this.showChosen(player);
    };
    for (const event of ["trackschanged", "adaptation", "variantchanged"]) player.addEventListener(event, look);
  }

  /**
   * Reads whether there is a picture, and whether more of it came, which ends an outage. Shaka counts what is loaded of
   * the sound alone; without a picture the element is not ready.
   */
  private readBuffer(): EngineState {
    const isReady = this.video.readyState >= this.video.HAVE_CURRENT_DATA;
    const buffering = !isReady || (this.player?.isBuffering() ?? true);
    this.change({ buffering, outage: this.state.outage && (buffering || bufferedTo(this.video) <= this.loadedTo) });
    return this.state;
  }

  private fail(failure: unknown): void {
    if (this.closing.signal.aborted || isInterruption(failure)) return;
    if (!isOutage(failure)) this.change({ failed: true, buffering: false });
    else {
      this.loadedTo = bufferedTo(this.video);
      this.change({ outage: true });
      this.retryLater();
    }
  }

  private retryLater(): void {
    clearTimeout(this.retrying);
    this.retrying = setTimeout(() => this.resume(), RETRY_MS);
  }

  private change(part: Partial<EngineState>): void {
    if (this.closing.signal.aborted) return;
    this.state = { ...this.state, ...part };
    this.onChange(this.state);
  }
}

/** Returns the heights that were on offer at any time, the highest first. */
export function offered(known: readonly Quality[], tracks: readonly { height?: number | null }[]): Quality[] {
  const heights = tracks.flatMap(({ height }) => (height ? [height] : []));
  return [...new Set([...known, ...heights])].sort((a, b) => b - a);
}

/** Whether a failure of Shaka means that the platform could not be reached, rather than that it refused. */
export function isOutage(failure: unknown): boolean {
  const { code, data } = (failure ?? {}) as { code?: number; data?: unknown[] };
  if (code === LICENSE_REQUEST_FAILED) return isOutage(data?.[0]);
  if (code === BAD_HTTP_STATUS) return Number(data?.[1]) >= 500 || PASSING_STATUSES.includes(Number(data?.[1]));
  return code !== undefined && UNREACHABLE.includes(code);
}

/** Returns up to where media is loaded, in seconds. */
function bufferedTo({ buffered }: HTMLVideoElement): number {
  return buffered.length ? buffered.end(buffered.length - 1) : 0;
}

function isInterruption(failure: unknown): boolean {
  const { code } = (failure ?? {}) as { code?: number };
  return code !== undefined && INTERRUPTED.includes(code);
}
