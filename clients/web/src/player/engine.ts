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

/** Codes of Shaka for what was lost on the way: a bad status, no answer, an answer that was late. */
const BAD_HTTP_STATUS = 1001;
const LOST = [1002, 1003];

/** Codes of Shaka for a load that another one took the place of. */
const INTERRUPTED = [7000, 7001];

/** A video element serves one player at a time: the next one waits until the last is gone. */
let turn: Promise<unknown> = Promise.resolve();

/** Shaka Player on one video element. */
export class Engine {
  private state = IDLE;
  private player: shaka.Player | undefined;
  private closed = false;
  private programme: Programme | undefined;
  private retrying: ReturnType<typeof setTimeout> | undefined;
  /** Whether loading what is missing was tried already. */
  private retried = false;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly frame: HTMLElement,
    private readonly onChange: (state: EngineState) => void,
  ) {}

  /** Loads a programme and begins to play it. What goes wrong shows in the state. */
  open(programme: Programme): void {
    this.programme = programme;
    turn = turn.then(() => this.load(programme)).catch((failure: unknown) => this.fail(failure));
  }

  /** Takes the new addresses of the session: what is asked for from now on carries their token. */
  renew(session: Session): void {
    if (this.programme) this.programme = { ...this.programme, session };
  }

  /** Tries to go on after an outage: with what is missing, and where that is not enough from the start, at this place. */
  resume(): void {
    if (!this.state.outage || this.closed || !this.programme) return;
    clearTimeout(this.retrying);
    if (!this.retried && this.player?.retryStreaming()) {
      this.retried = true;
      this.retrying = setTimeout(() => this.resume(), RETRY_MS);
      return;
    }
    this.retried = false;
    const player = this.player;
    this.player = undefined;
    const startAt = this.video.currentTime || this.programme.startAt;
    const programme = { ...this.programme, startAt };
    // The last load may be still under way: this ends it.
    turn = Promise.resolve(player?.destroy())
      .then(() => this.load(programme))
      .catch((failure: unknown) => this.fail(failure));
  }

  /** Lets go of the video element. */
  close(): void {
    this.closed = true;
    clearTimeout(this.retrying);
    turn = turn.then(() => this.player?.destroy());
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

  private async load({ session, startAt, format }: Programme): Promise<void> {
    if (this.closed) return;
    const { default: library } = await import("shaka-player/dist/shaka-player.compiled-es2021");
    library.polyfill.installAll();
    // With a container, captions are elements of the page, which it can set in its own letters.
    const player = new library.Player(null, this.frame);
    this.player = player;
    await player.attach(this.video);
    const license = licenseUrl(session);
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
      request.uris = request.uris.map((uri) => currentUrl(uri, this.programme?.session ?? session));
    });
    this.listen(player);
    const type = format === "hls" ? "application/x-mpegurl" : "application/dash+xml";
    // A browser that plays HLS by itself asks for it by itself, past the filter.
    await player.load(manifestUrl(session, format), startAt, type);
    this.change({ loaded: true, outage: false });
    if (this.state.caption !== undefined) this.caption(this.state.caption);
    // A browser that wants a press first leaves the picture paused; the play button is there.
    await this.video.play().catch(() => undefined);
  }

  private listen(player: shaka.Player): void {
    player.addEventListener("error", (event) => {
      // Shaka goes on by itself after an error that is not critical (severity 2).
      const { detail } = event as unknown as { detail: { severity: number } };
      if (detail.severity === 2) this.fail(detail);
    });
    player.addEventListener("buffering", (event) => {
      const { buffering } = event as unknown as { buffering: boolean };
      if (!buffering) this.retried = false;
      this.change(buffering ? { buffering } : { buffering, outage: false });
    });
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

  private fail(failure: unknown): void {
    if (isInterruption(failure)) return;
    if (!isOutage(failure)) this.change({ failed: true, buffering: false });
    else {
      this.change({ outage: true, buffering: true });
      clearTimeout(this.retrying);
      this.retrying = setTimeout(() => this.resume(), RETRY_MS);
    }
  }

  private change(part: Partial<EngineState>): void {
    if (this.closed) return;
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
  if (code === BAD_HTTP_STATUS) return Number(data?.[1]) >= 500;
  return code !== undefined && LOST.includes(code);
}

function isInterruption(failure: unknown): boolean {
  const { code } = (failure ?? {}) as { code?: number };
  return code !== undefined && INTERRUPTED.includes(code);
}
