import type { Client } from "@connectrpc/connect";

import { isPassing, problemOf } from "../api/problem";
import { durationOf, seconds } from "../format/time";
import type { PlaybackService, Session } from "../gen/marquee/playback/v1/playback_pb";
import { PlayerState } from "../gen/marquee/playback/v1/playback_pb";

/** Where a playback session stands. */
export type PlaybackState =
  | { phase: "starting" }
  | { phase: "open"; session: Session; startAt: number }
  | { phase: "refused"; error: unknown }
  /** The platform took the slot back; `at` is where the picture was. */
  | { phase: "ended"; at: number };

/** Where a playback session stopped, in seconds. */
export interface Place {
  titleId: string;
  episodeId: string;
  position: number;
  /** Zero where it was never known. */
  duration: number;
}

/** What the player is at, in seconds. */
export interface PlayerReport {
  position: number;
  /** Zero while it is not known. */
  duration: number;
  state: PlayerState;
}

export interface PlaybackSessionNeeds {
  playback: Client<typeof PlaybackService>;
  /** The same service, for the last call of a page that is closing. */
  parting: Client<typeof PlaybackService>;
  titleId: string;
  /** Empty for what is no episode, and for the episode where the profile stopped. */
  episodeId: string;
  deviceName: string;
  newRequestId: () => string;
  /** Called when the session was stopped. */
  onStopped: (place: Place) => void;
}

/**
 * One playback session: holds a session of the playback service from the first picture to the last.
 *
 * React may unmount and mount the page again at once, so the slot is given back a moment after leaving, and kept when
 * somebody enters again before that.
 */
export class PlaybackSession {
  private state: PlaybackState = { phase: "starting" };
  private report: () => PlayerReport | undefined = () => undefined;
  private readonly listeners = new Set<() => void>();
  private begun = false;
  /** Whether the platform could not be told lately where the player is. */
  private unheard = false;
  private leaving: ReturnType<typeof setTimeout> | undefined;
  private beating: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly needs: PlaybackSessionNeeds) {}

  readonly snapshot = (): PlaybackState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Tells the playback session whom to ask where the player is. */
  observe(report: () => PlayerReport | undefined): void {
    this.report = report;
  }

  enter(): void {
    clearTimeout(this.leaving);
    if (this.begun) return;
    this.begun = true;
    void this.start(undefined);
  }

  leave(): void {
    this.leaving = setTimeout(() => {
      this.begun = false;
      void this.stop(this.needs.playback);
      this.state = { phase: "starting" };
    });
  }

  /** Starts again, at a place in seconds, or where the profile stopped. */
  async restart(at?: number): Promise<void> {
    await this.stop(this.needs.playback);
    this.change({ phase: "starting" });
    await this.start(at);
  }

  /** Stops a stream that plays elsewhere, and starts in its place. */
  async takeOver(sessionId: string): Promise<void> {
    await this.needs.playback.stopSession({ sessionId });
    await this.restart();
  }

  /** Says where the player is, now. */
  async beat(): Promise<void> {
    if (this.state.phase !== "open") return;
    const { sessionId } = this.state.session;
    const { position, state } = this.place();
    try {
      await this.needs.playback.heartbeat({ sessionId, position: durationOf(position), state });
      this.unheard = false;
    } catch (refused) {
      const problem = problemOf(refused);
      if (isPassing(problem)) this.unheard = true;
      // A heartbeat that is lost on the way is made good by the next one.
      if (problem.kind !== "session-ended" || !this.isOpen(sessionId)) return;
      this.quiet();
      this.change({ phase: "ended", at: position });
      // It ended because the platform did not hear of it: nobody else took it, so it goes on.
      if (this.unheard) {
        this.unheard = false;
        await this.restart(position);
      }
    }
  }

  /** Goes on once the platform can be reached again. */
  async reconnect(): Promise<void> {
    if (this.state.phase === "open") await this.beat();
    else if (this.state.phase === "refused" && isPassing(problemOf(this.state.error))) await this.restart();
  }

  /** Gives the slot back while the page goes away. */
  part(): void {
    const { position } = this.place();
    void this.stop(this.needs.parting);
    this.change({ phase: "ended", at: position });
  }

  private async start(at: number | undefined): Promise<void> {
    const { playback, titleId, episodeId, deviceName, newRequestId } = this.needs;
    try {
      const { session } = await playback.startSession({
        titleId,
        episodeId,
        device: { displayName: deviceName },
        requestId: newRequestId(),
      });
      if (!session) throw new Error("the answer holds no session");
      if (!this.begun) {
        // The page was left meanwhile. Without a position the platform keeps the one it knows.
        await playback.stopSession({ sessionId: session.sessionId });
        return;
      }
      this.change({ phase: "open", session, startAt: at ?? seconds(session.resumePosition) });
      this.beating = setInterval(() => void this.beat(), 1000 * (seconds(session.heartbeatInterval) || 10));
    } catch (error) {
      this.change({ phase: "refused", error });
    }
  }

  private async stop(playback: Client<typeof PlaybackService>): Promise<void> {
    this.quiet();
    if (this.state.phase !== "open") return;
    const { sessionId, episodeId } = this.state.session;
    const { position, duration } = this.place();
    await playback.stopSession({ sessionId, position: durationOf(position) }).catch(() => undefined);
    this.needs.onStopped({ titleId: this.needs.titleId, episodeId, position, duration });
  }

  /** Where the player is; before it says so, where it was told to begin. */
  private place(): PlayerReport {
    const startAt = this.state.phase === "open" ? this.state.startAt : 0;
    return this.report() ?? { position: startAt, duration: 0, state: PlayerState.BUFFERING };
  }

  private isOpen(sessionId: string): boolean {
    return this.state.phase === "open" && this.state.session.sessionId === sessionId;
  }

  private quiet(): void {
    clearInterval(this.beating);
  }

  private change(next: PlaybackState): void {
    this.state = next;
    this.listeners.forEach((listener) => listener());
  }
}
