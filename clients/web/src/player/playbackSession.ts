import type { Client } from "@connectrpc/connect";

import { isPassing, problemOf } from "../api/problem";
import type { episodeSubject, titleSubject } from "../api/subjects";
import { durationOf, seconds } from "../format/time";
import type { Instruction, Session } from "../gen/marquee/playback/v1/playback_pb";
import type { PlaybackService } from "../gen/marquee/playback/v1/playback_service_pb";
import { EndReason, PlayerState } from "../gen/marquee/playback/v1/playback_pb";
import type { DeviceCapabilities } from "./deviceCapabilities";
import type { Subject } from "../gen/marquee/type/v1/type_pb";

/** Where a playback session stands. */
export type PlaybackState =
  | { phase: "starting" }
  | { phase: "open"; session: Session; startAt: number }
  | { phase: "refused"; error: unknown }
  /**
   * The platform took the slot back; `at` is where the picture was. `takenOverBy` is the name of the device that has it
   * now, empty where that has no name; undefined where no device took it over.
   */
  | { phase: "ended"; at: number; takenOverBy?: string | undefined };

/** Where a playback session stopped, in seconds. */
export interface Place {
  subject: Subject;
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
  /** What to play; a series plays the episode where the profile stopped. */
  subject: ReturnType<typeof titleSubject | typeof episodeSubject>;
  deviceName: string;
  /** What the device can play. */
  capabilities: () => Promise<DeviceCapabilities>;
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

  /** Sets the function that reports the state of the player. */
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

  /** Stops a session that plays elsewhere, and starts in its place: its device is told. */
  async takeOver(sessionId: string): Promise<void> {
    this.change({ phase: "starting" });
    await this.start(undefined, sessionId);
  }

  /** Says where the player is, now. */
  async beat(): Promise<void> {
    if (this.state.phase !== "open") return;
    const { sessionId } = this.state.session;
    const { position, state } = this.place();
    try {
      const place = { case: "position" as const, value: durationOf(position) };
      const { instructions } = await this.needs.playback.heartbeat({ sessionId, place, state });
      for (const instruction of instructions) await this.follow(instruction, sessionId, position);
      this.unheard = false;
    } catch (refused) {
      const problem = problemOf(refused);
      if (isPassing(problem)) this.unheard = true;
      // A heartbeat that is lost on the way is made good by the next one.
      if (problem.kind === "session-ended") this.end(sessionId, position);
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

  /** Does what the platform says in answer to a heartbeat. */
  private async follow({ instruction }: Instruction, sessionId: string, position: number): Promise<void> {
    if (instruction.case === "renewed" && this.state.phase === "open" && this.isOpen(sessionId)) {
      const { manifests, keySystems, thumbnailsUrl, expireTime } = instruction.value;
      const { session } = this.state;
      // The platform repeats itself for a while, in case a response is lost.
      if (expireTime?.seconds === session.expireTime?.seconds) return;
      const renewed = { ...session, manifests, keySystems, thumbnailsUrl, ...(expireTime ? { expireTime } : {}) };
      this.change({ ...this.state, session: renewed });
    } else if (instruction.case === "takenOver") {
      this.end(sessionId, position, instruction.value.deviceDisplayName);
    } else if (instruction.case === "ended") {
      const isOurs = this.end(sessionId, position);
      // It lapsed because heartbeats were lost, and no other device took the slot: restart it.
      if (isOurs && this.unheard && instruction.value.reason === EndReason.LAPSED) await this.restart(position);
    }
  }

  /** Notes that the platform ended the session. Returns whether it was still open here. */
  private end(sessionId: string, at: number, takenOverBy?: string): boolean {
    if (!this.isOpen(sessionId)) return false;
    this.quiet();
    this.change({ phase: "ended", at, takenOverBy });
    return true;
  }

  private async start(at: number | undefined, replaceSessionId = ""): Promise<void> {
    const { playback, subject, deviceName, capabilities, newRequestId } = this.needs;
    try {
      const { session } = await playback.startSession({
        subject,
        device: { displayName: deviceName, capabilities: await capabilities() },
        requestId: newRequestId(),
        replaceSessionId,
      });
      if (!session) throw new Error("the answer holds no session");
      if (!this.begun) {
        // The page was left meanwhile. Without a position the platform keeps the one it knows.
        await playback.stopSession({ sessionId: session.sessionId });
        return;
      }
      this.change({ phase: "open", session, startAt: at ?? startOf(session) });
      this.beating = setInterval(() => void this.beat(), 1000 * (seconds(session.heartbeatInterval) || 10));
    } catch (error) {
      this.change({ phase: "refused", error });
    }
  }

  private async stop(playback: Client<typeof PlaybackService>): Promise<void> {
    this.quiet();
    if (this.state.phase !== "open") return;
    const { sessionId, subject } = this.state.session;
    const { position, duration } = this.place();
    const place = { case: "position" as const, value: durationOf(position) };
    await playback.stopSession({ sessionId, place }).catch(() => undefined);
    if (subject) this.needs.onStopped({ subject, position, duration });
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

/** Where a session begins, in seconds. */
function startOf({ start }: Session): number {
  return start.case === "resumePosition" ? seconds(start.value) : 0;
}
