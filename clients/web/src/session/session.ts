import { createClient } from "@connectrpc/connect";

import { partingTransport, transport } from "../api/client";
import { newestWrite } from "../api/consistency";
import { queries } from "../api/queries";
import { events } from "../events/events";
import type { Account, Preferences, Profile } from "../gen/marquee/identity/v1/identity_pb";
import type { LogInResponse, RegisterResponse } from "../gen/marquee/identity/v1/identity_service_pb";
import { IdentityService } from "../gen/marquee/identity/v1/identity_service_pb";
import { hidden } from "../feedback/hidden";
import { sendToTabs } from "./tabMessages";
import { accessOf, tokens } from "./tokens";

/** Whether a viewer is signed in, and as which profile. */
export type SessionState =
  /** `byChoice` says that the viewer signed out; otherwise signing in leads back to the same page. */
  | { status: "signed-out"; byChoice: boolean }
  | { status: "signed-in"; account: Account; profile: Profile | undefined; mustChoose: boolean };

const identity = createClient(IdentityService, transport);
/** The client for writes that must reach the platform even if the viewer leaves the page. */
const parting = createClient(IdentityService, partingTransport);
const listeners = new Set<() => void>();
let state: SessionState | undefined;
let opening: Promise<SessionState> | undefined;

/** Returns the session; undefined until it is opened. */
export function snapshot(): SessionState | undefined {
  return state;
}

/** Calls `listener` after each change. Returns a function that stops it. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Returns the session. Only the first call asks the platform who is signed in. */
export async function open(): Promise<SessionState> {
  if (state) return state;
  opening ??= loadSession().finally(() => (opening = undefined));
  return opening;
}

/** Signs in. If the account has several profiles, the viewer must select one. */
export async function logIn(email: string, password: string, stay: boolean): Promise<void> {
  applyLogIn(await identity.logIn({ email, password }), stay);
}

/** Creates an account and signs in. */
export async function register(displayName: string, email: string, password: string): Promise<void> {
  applyLogIn(await identity.register({ displayName, email, password }), true);
}

/** Switches to another profile of the account, in this tab only. */
export async function selectProfile(profileId: string): Promise<void> {
  // The events of the previous profile are sent before the session changes.
  await events.flush();
  const response = await identity.selectProfile({ profileId });
  const { profile } = response;
  tokens.bindProfile(profileId, accessOf(response));
  forgetViewer();
  sendToTabs({ kind: "profile-selected", profileId, displayName: profile?.displayName ?? "" });
  if (state?.status === "signed-in") change({ ...state, profile, mustChoose: false });
}

/** The genres and the languages that a profile prefers. */
export type PreferenceChoices = Pick<Preferences, "genreIds" | "languageCodes">;

/** Saves the preferences of the profile. Empty preferences record that the viewer skipped the question. */
export async function savePreferences({ genreIds, languageCodes }: PreferenceChoices): Promise<void> {
  if (state?.status !== "signed-in" || !state.profile) return;
  const { profileId } = state.profile;
  const { profile } = await parting.updateProfile({
    profile: { profileId, preferences: { genreIds, languageCodes } },
    updateMask: { paths: ["preferences"] },
  });
  // Another profile may have been selected meanwhile.
  if (profile && currentProfile()?.profileId === profileId) change({ ...state, profile });
}

/** Signs out in this browser, and asks the platform to end the log-in. */
export async function logOut(): Promise<void> {
  const { refreshToken } = tokens;
  endSession(true);
  if (refreshToken) await parting.logOut({ refreshToken }).catch(() => undefined);
}

tokens.onSignedOut(() => endSession(false));

// The profile was deleted meanwhile. The tab must not continue as the profile that another tab selected.
tokens.onProfileGone(() => {
  forgetViewer();
  if (state?.status === "signed-in") change({ ...state, profile: undefined, mustChoose: true });
});

// A tab that signs out removes the refresh token that all tabs share.
window.addEventListener("storage", () => {
  if (state?.status === "signed-in" && !tokens.holdsTokens()) endSession(true);
});

async function loadSession(): Promise<SessionState> {
  if (!tokens.holdsTokens()) return change({ status: "signed-out", byChoice: false });
  try {
    const bound = tokens.profileId;
    const { account, profile } = await identity.getAccount({});
    // A tab whose profile no longer exists must not continue as another profile.
    const mustChoose = profile === undefined || (bound !== undefined && tokens.profileId === undefined);
    if (!mustChoose) tokens.bindProfile(profile.profileId);
    if (account) return change({ status: "signed-in", account, profile: mustChoose ? undefined : profile, mustChoose });
  } catch (failure) {
    // The refresh token may have expired meanwhile. The caller can try again after any other failure.
    if (tokens.holdsTokens()) throw failure;
  }
  return change({ status: "signed-out", byChoice: false });
}

/** Applies a log-in. If the account has several profiles, none is bound and one must be selected. */
function applyLogIn(response: LogInResponse | RegisterResponse, stay: boolean): void {
  const { account, profile, refreshToken } = response;
  tokens.signIn({ ...accessOf(response), refreshToken }, stay);
  if (profile) tokens.bindProfile(profile.profileId);
  forgetViewer();
  if (account) change({ status: "signed-in", account, profile, mustChoose: profile === undefined });
}

function endSession(byChoice: boolean): void {
  tokens.forget();
  forgetViewer();
  change({ status: "signed-out", byChoice });
}

/** The profiles that skipped the question in this tab, in case the platform cannot record it. */
const skippedProfiles = new Set<string>();

/** Records that the viewer skipped the question about preferences. */
export async function skipPreferences(): Promise<void> {
  const profile = currentProfile();
  if (profile) skippedProfiles.add(profile.profileId);
  await savePreferences({ genreIds: profile?.preferences?.genreIds ?? [], languageCodes: [] });
}

/** Whether the app still has to ask for the profile's preferences. */
export function mustAskPreferences(session: SessionState): boolean {
  if (session.status !== "signed-in" || !session.profile) return false;
  return session.profile.preferences?.answerTime === undefined && !skippedProfiles.has(session.profile.profileId);
}

function currentProfile(): Profile | undefined {
  return state?.status === "signed-in" ? state.profile : undefined;
}

/** Clears all data of the previous viewer. */
function forgetViewer(): void {
  queries.clear();
  newestWrite.forget();
  hidden.clear();
  events.forget();
}

function change(next: SessionState): SessionState {
  state = next;
  listeners.forEach((listener) => listener());
  return next;
}
