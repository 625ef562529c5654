import type { Client } from "@connectrpc/connect";

import { isPassing, problemOf } from "../api/problem";
import type { PlayableSubject } from "../api/subjects";
import { seconds } from "../format/time";
import type { Instruction, Session } from "../gen/marquee/playback/v1/playback_pb";
import type { PlaybackService } from "../gen/marquee/playback/v1/playback_service_pb";
import { EndReason, PlayerState, SessionKind } from "../gen/marquee/playback/v1/playback_pb";
import type { DeviceCapabilities } from "./deviceCapabilities";
import type { Subject } from "../gen/marquee/type/v1/type_pb";
import { isOnChannel, liveTimeOf, placeOf, startOf } from "./place";

/** A session that plays. */
export interface OpenPlayback {
  phase: "open";
  session: Session;
  startAt: number;
  /** Differs if the player has to load the media again: for each session, and for each move of one. */
  loadNumber: number;
}

/** The state of a playback session. Positions are those of `place.ts`. */
export type PlaybackState =
  | { phase: "starting" }
  | OpenPlayback
  | { phase: "refused"; error: unknown }
  /**
   * The platform ended the session. `at` is the position; undefined at the live edge. `takenOverBy` is the name of the device that took
   * the stream slot, empty if that device has no name; undefined if no device took it.
   */
  | { phase: "ended"; at: number | undefined; takenOverBy?: string | undefined };

/** The position at which a playback session stopped. */
export interface StopPosition {
  subject: Subject;
  position: number;
  /** Zero if the player never reported it. */
  duration: number;
}

/** The state of the player. */
export interface PlayerReport {
  position: number;
  /** The duration of the media in seconds; zero until the player has loaded it, and on a channel. */
  duration: number;
  state: PlayerState;
}

export interface PlaybackSessionOptions {
  playback: Client<typeof PlaybackService>;
  /** The same service over a transport whose calls complete after the page is closed. */
  playbackOnPageHide: Client<typeof PlaybackService>;
  /** What to play. A series starts with the episode at which the profile stopped. */
  subject: PlayableSubject;
  deviceName: string;
  /** Returns what the device can play. */
  capabilities: () => Promise<DeviceCapabilities>;
  newRequestId: () => string;
  /** Called after the session was stopped. */
  onStopped: (stopPosition: StopPosition) => void;
}

/**
 * Starts a session of the playback service, keeps it open with heartbeats, and stops it.
 *
 * React may unmount a page and mount it again at once. Therefore `leave` stops the session only after a moment, and
 * `enter` cancels that.
 */
export class PlaybackSession {
  private state: PlaybackState = { phase: "starting" };
  private reporter: () => PlayerReport | undefined = () => undefined;
  private readonly listeners = new Set<() => void>();
  private isMounted = false;
  /** Whether the last heartbeat did not reach the platform. */
  private isHeartbeatLost = false;
  private stopTimer: ReturnType<typeof setTimeout> | undefined;
  private heartbeatTimer: ReturnType<typeof setInterval> | undefined;
  private subject: PlayableSubject;
  private loadNumber = 0;
  private moveNumber = 0;
  /** The session that has the stream slot; empty if none has. */
  private slotHolderId = "";
  /** Sessions are started one after another, so that each replaces the one before. */
  private starts: Promise<void> = Promise.resolve();

  constructor(private readonly options: PlaybackSessionOptions) {
    this.subject = options.subject;
  }

  readonly snapshot = (): PlaybackState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Sets the function that returns the state of the player; it returns undefined while there is none. */
  setReporter(reporter: () => PlayerReport | undefined): void {
    this.reporter = reporter;
  }

  /** Starts the session when the page is mounted. */
  enter(): void {
    clearTimeout(this.stopTimer);
    if (this.isMounted) return;
    this.isMounted = true;
    this.starts = this.start(undefined);
  }

  /** Stops the session after the page was unmounted. */
  leave(): void {
    this.stopTimer = setTimeout(() => {
      this.isMounted = false;
      void this.stop(this.options.playback);
      this.state = { phase: "starting" };
    });
  }

  /** Stops the session and starts another one: at a position, or where the profile stopped, or at the live edge. */
  async restart(at?: number): Promise<void> {
    await this.stop(this.options.playback);
    this.setState({ phase: "starting" });
    await this.start(at);
  }

  /** Plays something else in the stream slot of the session. If it is called again meanwhile, the last call wins. */
  async switchTo(subject: PlayableSubject): Promise<void> {
    this.subject = subject;
    this.stopHeartbeats();
    this.setState({ phase: "starting" });
    this.starts = this.starts.then(async () => {
      if (this.subject === subject && this.isMounted) await this.start(undefined, this.slotHolderId);
    });
    await this.starts;
  }

  /**
   * Moves a session on a channel to another time; undefined is the live edge. Rejects if the platform refuses; the
   * session then stays where it is.
   */
  async moveTo(position: number | undefined): Promise<void> {
    if (this.state.phase !== "open") return;
    const { sessionId } = this.state.session;
    const moveNumber = (this.moveNumber += 1);
    const session = await this.seek(sessionId, position);
    // The viewer may have moved on meanwhile.
    if (moveNumber === this.moveNumber && this.isOpen(sessionId)) this.open(session);
  }

  /** Starts a session in place of one on another device. The platform stops that one and informs its device. */
  async takeOver(sessionId: string): Promise<void> {
    this.setState({ phase: "starting" });
    await this.start(undefined, sessionId);
  }

  /** Sends a heartbeat with the position of the player, and applies the instructions of the response. */
  async sendHeartbeat(): Promise<void> {
    if (this.state.phase !== "open") return;
    const { sessionId } = this.state.session;
    const { position, state } = this.currentReport();
    try {
      const place = placeOf(isOnChannel(this.state.session), position);
      const { instructions, programme, seekWindow, next } = await this.options.playback.heartbeat({
        sessionId,
        place,
        state,
      });
      this.updateChannel(sessionId, { programme, seekWindow, next });
      for (const instruction of instructions) await this.applyInstruction(instruction, sessionId, position);
      this.isHeartbeatLost = false;
    } catch (error) {
      const problem = problemOf(error);
      if (isPassing(problem)) this.isHeartbeatLost = true;
      // Other failures need no action, because the next heartbeat replaces the lost one.
      if (problem.kind === "session-ended") this.markEnded(sessionId, position);
    }
  }

  /** Continues when the platform is reachable again: sends a heartbeat, or starts a session that could not start. */
  async reconnect(): Promise<void> {
    if (this.state.phase === "open") await this.sendHeartbeat();
    else if (this.state.phase === "refused" && isPassing(problemOf(this.state.error))) await this.restart();
  }

  /** Releases the stream slot while the browser closes the page. */
  stopOnPageHide(): void {
    const at = this.resumePosition(this.currentReport().position);
    void this.stop(this.options.playbackOnPageHide);
    this.setState({ phase: "ended", at });
  }

  /** Updates what the session states of its channel. */
  private updateChannel(sessionId: string, { programme, seekWindow, next }: Partial<Session>): void {
    if (this.state.phase !== "open" || !this.isOpen(sessionId) || !isOnChannel(this.state.session)) return;
    const session = { ...this.state.session };
    Object.assign(session, { programme, next }, seekWindow && { seekWindow });
    this.setState({ ...this.state, session });
  }

  /** Applies an instruction that the platform sent in the response to a heartbeat. */
  private async applyInstruction({ instruction }: Instruction, sessionId: string, position: number): Promise<void> {
    if (instruction.case === "renewed" && this.state.phase === "open" && this.isOpen(sessionId)) {
      const { manifests, keySystems, thumbnailsUrl, expireTime } = instruction.value;
      const { session } = this.state;
      // The platform repeats the instruction for a while, in case a response is lost.
      if (expireTime?.seconds === session.expireTime?.seconds) return;
      const renewed = { ...session, manifests, keySystems, thumbnailsUrl, ...(expireTime ? { expireTime } : {}) };
      this.setState({ ...this.state, session: renewed });
    } else if (instruction.case === "takenOver") {
      this.markEnded(sessionId, position, instruction.value.deviceDisplayName);
    } else if (instruction.case === "ended") {
      const at = this.resumePosition(position);
      const wasOpen = this.markEnded(sessionId, position);
      // Lost heartbeats let the session lapse, and no other device took the stream slot. Start another session.
      if (wasOpen && this.isHeartbeatLost && instruction.value.reason === EndReason.LAPSED) await this.restart(at);
    }
  }

  /** Sets the state to ended after the platform ended a session. Returns whether that session was open here. */
  private markEnded(sessionId: string, at: number, takenOverBy?: string): boolean {
    if (!this.isOpen(sessionId)) return false;
    this.stopHeartbeats();
    this.slotHolderId = "";
    this.setState({ phase: "ended", at: this.resumePosition(at), takenOverBy });
    return true;
  }

  private async start(at: number | undefined, replaceSessionId = ""): Promise<void> {
    const { playback, deviceName, capabilities, newRequestId } = this.options;
    const { subject } = this;
    try {
      const { session } = await playback.startSession({
        subject,
        device: { displayName: deviceName, capabilities: await capabilities() },
        requestId: newRequestId(),
        replaceSessionId,
      });
      if (!session) throw new Error("the response holds no session");
      if (!this.isMounted) {
        // The viewer left the page meanwhile. Without a position the platform keeps the last one.
        await playback.stopSession({ sessionId: session.sessionId });
        return;
      }
      this.slotHolderId = session.sessionId;
      // Something else is to be played meanwhile; its session will replace this one.
      if (this.subject !== subject) return;
      if (at === undefined || !isOnChannel(session)) this.open(session, at);
      else this.open(await this.seek(session.sessionId, at).catch(() => session));
      this.heartbeatTimer = setInterval(
        () => void this.sendHeartbeat(),
        1000 * (seconds(session.heartbeatInterval) || 10),
      );
    } catch (error) {
      if (this.subject === subject) this.setState({ phase: "refused", error });
    }
  }

  /** Moves a session on a channel on the platform, and returns it. */
  private async seek(sessionId: string, position: number | undefined): Promise<Session> {
    const at = position === undefined ? {} : { liveTime: liveTimeOf(position) };
    const { session } = await this.options.playback.seekSession({ sessionId, ...at });
    if (!session) throw new Error("the response holds no session");
    return session;
  }

  private open(session: Session, startAt = startOf(session)): void {
    this.loadNumber += 1;
    this.setState({ phase: "open", session, startAt, loadNumber: this.loadNumber });
  }

  private async stop(playback: Client<typeof PlaybackService>): Promise<void> {
    this.stopHeartbeats();
    const sessionId = this.slotHolderId;
    this.slotHolderId = "";
    if (this.state.phase !== "open") {
      // The session of the channel before still has the slot if its successor was refused.
      if (sessionId) await playback.stopSession({ sessionId }).catch(() => undefined);
      return;
    }
    const { subject } = this.state.session;
    const { position, duration } = this.currentReport();
    const place = placeOf(isOnChannel(this.state.session), position);
    await playback.stopSession({ sessionId, place }).catch(() => undefined);
    if (subject) this.options.onStopped({ subject, position, duration });
  }

  /** Returns the state of the player, or the start position if the player has not reported one. */
  private currentReport(): PlayerReport {
    const startAt = this.state.phase === "open" ? this.state.startAt : 0;
    return this.reporter() ?? { position: startAt, duration: 0, state: PlayerState.BUFFERING };
  }

  /** Returns where another session goes on; undefined for the live edge. */
  private resumePosition(position: number): number | undefined {
    return this.state.phase === "open" && this.state.session.kind === SessionKind.LIVE ? undefined : position;
  }

  private isOpen(sessionId: string): boolean {
    return this.state.phase === "open" && this.state.session.sessionId === sessionId;
  }

  private stopHeartbeats(): void {
    clearInterval(this.heartbeatTimer);
  }

  private setState(state: PlaybackState): void {
    this.state = state;
    this.listeners.forEach((listener) => listener());
  }
}
