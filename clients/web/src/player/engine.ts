import type shaka from "shaka-player/dist/shaka-player.compiled-es2021";

import type { Session } from "../gen/marquee/playback/v1/playback_pb";
import { SessionKind } from "../gen/marquee/playback/v1/playback_pb";
import type { Span } from "../guide/guideTime";
import { prefersHls } from "./browser";
import { isOnChannel } from "./place";
import { isInterruption, isOutage } from "./playerFailures";
import type { Format } from "./sessionAddresses";
import { CLEAR_KEY, currentUrl, licenseUrl, manifestUrl } from "./sessionAddresses";

/** The height of a rendition, in pixels. */
export type Quality = number;

/** What the engine plays: the session, its start position, as in `place.ts`, and its format. */
export interface Media {
  session: Session;
  startAt: number;
  format: Format;
}

/** The state of the engine that the controls show. */
export interface EngineState {
  loaded: boolean;
  buffering: boolean;
  failed: boolean;
  /** True while the platform cannot be reached. The engine retries by itself. */
  outage: boolean;
  /** The available heights, the highest first. They include heights that the engine avoids for a while. */
  qualities: Quality[];
  /** The height that is currently shown. */
  height: number | undefined;
  /** The height that the viewer chose; undefined if the engine chooses. */
  chosen: Quality | undefined;
  /** The languages of the available captions. */
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

/** The delay before a retry, in milliseconds. */
const RETRY_MS = 4_000;

/** Events of a video element that has a picture to show. */
const READY_EVENTS = ["loadeddata", "canplay", "seeked"];

/** A video element can have one player at a time. A new player waits until the previous one is destroyed. */
let playerQueue: Promise<unknown> = Promise.resolve();

/** Plays media with Shaka Player on one video element. */
export class Engine {
  private state = IDLE;
  private player: shaka.Player | undefined;
  private readonly closeController = new AbortController();
  private media: Media | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the video plays after it is loaded. It does not if the viewer paused it before an outage. */
  private autoplay = true;
  /** The end of the loaded media when the outage began, in seconds. */
  private loadedEndAtOutage = 0;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly container: HTMLElement,
    private readonly onChange: (state: EngineState) => void,
  ) {
    const { signal } = this.closeController;
    for (const event of READY_EVENTS) video.addEventListener(event, () => this.readBuffer(), { signal });
  }

  /** Makes the player before there is media, so that the media is loaded faster. */
  prepare(): void {
    this.replacePlayer(() => this.createPlayer());
  }

  /** Loads media and starts to play it, in place of the media before. The state shows failures. */
  open(media: Media): void {
    clearTimeout(this.retryTimer);
    this.media = media;
    this.autoplay = true;
    this.setState({ ...IDLE, chosen: this.state.chosen, caption: this.state.caption });
    // A player that loads already is interrupted by the next load.
    if (this.player) this.load(media).catch((failure: unknown) => this.media === media && this.fail(failure));
    else this.replacePlayer(() => this.load(media));
  }

  /** Replaces the session by its renewed version. Later requests contain the new token. */
  renew(session: Session): void {
    if (this.media) Object.assign(this.media, { session });
  }

  /**
   * Tries to end an outage. If the video still plays from its buffer, the engine only requests the missing media again.
   * If the video has stopped, the engine loads the media again at the current position, because Shaka's own retry
   * does not request a segment index again that it could not load.
   */
  resume(): void {
    if (!this.state.outage || this.closeController.signal.aborted || !this.media) return;
    clearTimeout(this.retryTimer);
    const { outage, buffering, loaded } = this.readBuffer();
    if (!outage) return;
    if (!buffering) {
      this.player?.retryStreaming();
      this.retryLater();
      return;
    }
    if (loaded) this.autoplay = !this.video.paused;
    // A destroyed player empties the element. The media keeps the position for later attempts, too.
    const media = {
      ...this.media,
      startAt: (this.video.currentTime > 0 ? this.position : undefined) ?? this.media.startAt,
    };
    this.media = media;
    this.loadedEndAtOutage = 0;
    this.setState({ loaded: false });
    this.replacePlayer(() => this.load(media));
  }

  /** Stops the media. The player stays for the next one. */
  stop(): void {
    clearTimeout(this.retryTimer);
    this.media = undefined;
    this.player?.unload().catch(() => undefined);
    this.setState({ loaded: false });
  }

  /** Releases the video element. */
  close(): void {
    this.closeController.abort();
    clearTimeout(this.retryTimer);
    this.replacePlayer(() => undefined);
  }

  /** Destroys the player, which interrupts its load, and calls `next` afterwards. */
  private replacePlayer(next: () => unknown): void {
    const destroyed = this.player?.destroy();
    this.player = undefined;
    playerQueue = playerQueue
      .then(() => destroyed)
      .then(next)
      .catch((failure: unknown) => this.fail(failure));
  }

  /** Selects a height; undefined selects the height that suits the connection. */
  chooseQuality(quality: Quality | undefined): void {
    const player = this.player;
    if (!player) return;
    player.configure("abr.enabled", quality === undefined);
    this.setState({ chosen: quality });
    this.showChosen(player);
  }

  /**
   * Selects the track of the chosen height, if Shaka offers it: Shaka bans a track that drops frames for 30 seconds.
   */
  private showChosen(player: shaka.Player): void {
    if (this.state.chosen === undefined) return;
    const track = player.getVideoTracks().find((candidate) => candidate.height === this.state.chosen);
    if (track && !track.active) player.selectVideoTrack(track, true);
  }

  /** Shows captions in a language; undefined hides captions. */
  caption(language: string | undefined): void {
    const track = this.player?.getTextTracks().find((candidate) => candidate.language === language);
    this.player?.selectTextTrack(track ?? null);
    this.setState({ caption: track?.language });
  }

  /** The position, as in `place.ts`; undefined while it is not known. */
  get position(): number | undefined {
    const [time, offset] = [this.video.currentTime, this.offset];
    // Before a channel has media, its element is at its beginning, which is no time of the channel.
    if (offset === undefined || (time === 0 && this.isOnChannel)) return undefined;
    return time + offset;
  }

  /** The duration of the media in seconds; undefined while it is not known, and on a channel. */
  get duration(): number | undefined {
    return this.isOnChannel || !Number.isFinite(this.video.duration) ? undefined : this.video.duration;
  }

  /** The positions that the player has a manifest of; undefined while there is none. */
  get seekRange(): Span | undefined {
    const [range, offset] = [this.player?.seekRange(), this.offset];
    if (!range || offset === undefined || range.end <= range.start) return undefined;
    return { start: range.start + offset, end: range.end + offset };
  }

  /** Seeks to a position, as in `place.ts`, that the player has a manifest of. */
  seekTo(position: number): void {
    const offset = this.offset;
    if (offset !== undefined) this.video.currentTime = Math.max(0, position - offset);
  }

  /** The difference of positions and the times of the video element; undefined while it is not known. */
  private get offset(): number | undefined {
    if (!this.isOnChannel) return 0;
    if (!this.media || !this.state.loaded) return undefined;
    // The DASH manifests of channels count their times since the Unix epoch.
    if (this.media.format === "dash") return 0;
    const start = this.player?.getPresentationStartTimeAsDate();
    return start ? start.getTime() / 1000 : undefined;
  }

  private get isOnChannel(): boolean {
    return this.media !== undefined && isOnChannel(this.media.session);
  }

  private async createPlayer(): Promise<shaka.Player | undefined> {
    const { default: shakaLibrary } = await import("shaka-player/dist/shaka-player.compiled-es2021");
    if (this.closeController.signal.aborted) return undefined;
    shakaLibrary.polyfill.installAll();
    // With a container, Shaka renders captions as elements of the page, so the page can style them.
    const player = new shakaLibrary.Player(null, this.container);
    this.player = player;
    player.getNetworkingEngine()?.registerRequestFilter((_, request) => {
      const session = this.media?.session;
      if (session) request.uris = request.uris.map((uri) => currentUrl(uri, session));
    });
    this.addListeners(player);
    await player.attach(this.video);
    return player;
  }

  private async load(media: Media): Promise<void> {
    const player = this.player ?? (await this.createPlayer());
    if (!player || this.media !== media) return;
    const license = licenseUrl(media.session);
    player.configure({
      drm: { servers: license ? { [CLEAR_KEY]: license } : {} },
      abr: { enabled: this.state.chosen === undefined, restrictToElementSize: true },
      streaming: {
        bufferingGoal: 30,
        rebufferingGoal: 1,
        // Other browsers also play HLS natively, but not encrypted HLS.
        preferNativeHls: prefersHls(navigator.userAgent),
      },
    });
    const type = media.format === "hls" ? "application/x-mpegurl" : "application/dash+xml";
    // A browser that plays HLS natively requests it without the filter.
    await player.load(manifestUrl(media.session, media.format), startTimeOf(media), type);
    this.setState({ loaded: true });
    if (this.state.caption !== undefined) this.caption(this.state.caption);
    // The promise is pending until there is media. If the browser requires a user gesture, the video stays paused.
    if (this.autoplay) void this.video.play().catch(() => undefined);
  }

  private addListeners(player: shaka.Player): void {
    player.addEventListener("error", (event) => {
      // Severity 2 is critical. Shaka itself recovers from other errors.
      const { detail } = event as unknown as { detail: { severity: number } };
      if (detail.severity === 2 && player === this.player) this.fail(detail);
    });
    player.addEventListener("buffering", () => this.readBuffer());
    const readTracks = () => {
      const tracks = player.getVideoTracks();
      this.setState({
        qualities: mergeQualities(this.state.qualities, tracks),
        height: tracks.find((track) => track.active)?.height ?? undefined,
        captions: [...new Set(player.getTextTracks().map((track) => track.language))],
      });
      this.showChosen(player);
    };
    for (const event of ["trackschanged", "adaptation", "variantchanged"]) player.addEventListener(event, readTracks);
  }

  /**
   * Updates and returns the state of the buffer. New media ends an outage. The method also reads the ready state of
   * the element, because Shaka reports a filled buffer when only the audio is loaded.
   */
  private readBuffer(): EngineState {
    const isReady = this.video.readyState >= this.video.HAVE_CURRENT_DATA;
    const buffering = !isReady || (this.player?.isBuffering() ?? true);
    this.setState({
      buffering,
      outage: this.state.outage && (buffering || bufferedEndOf(this.video) <= this.loadedEndAtOutage),
    });
    return this.state;
  }

  private fail(failure: unknown): void {
    if (this.closeController.signal.aborted || isInterruption(failure)) return;
    if (!isOutage(failure)) this.setState({ failed: true, buffering: false });
    else {
      this.loadedEndAtOutage = bufferedEndOf(this.video);
      this.setState({ outage: true });
      this.retryLater();
    }
  }

  private retryLater(): void {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.resume(), RETRY_MS);
  }

  private setState(changes: Partial<EngineState>): void {
    if (this.closeController.signal.aborted) return;
    this.state = { ...this.state, ...changes };
    this.onChange(this.state);
  }
}

/** Returns the known heights and those of the tracks, the highest first. */
export function mergeQualities(
  knownHeights: readonly Quality[],
  tracks: readonly { height?: number | null }[],
): Quality[] {
  const heights = tracks.flatMap(({ height }) => (height ? [height] : []));
  return [...new Set([...knownHeights, ...heights])].sort((a, b) => b - a);
}

/** Returns where Shaka begins to play; null for the live edge. */
function startTimeOf({ session, startAt, format }: Media): number | Date | null {
  if (session.kind === SessionKind.LIVE) return null;
  // The times of HLS media begin at its first segment, which Shaka reads from the manifest.
  return isOnChannel(session) && format === "hls" ? new Date(startAt * 1000) : startAt;
}

/** Returns the end of the loaded media, in seconds. */
function bufferedEndOf({ buffered }: HTMLVideoElement): number {
  return buffered.length ? buffered.end(buffered.length - 1) : 0;
}
