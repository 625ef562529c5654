import { createClient } from "@connectrpc/connect";

import { partingTransport, transport } from "../api/client";
import { newestWrite } from "../api/consistency";
import { queries } from "../api/queries";
import { events } from "../events/events";
import type { Account, Preferences, Profile } from "../gen/marquee/identity/v1/identity_pb";
import type { LogInResponse, RegisterResponse } from "../gen/marquee/identity/v1/identity_service_pb";
import { IdentityService } from "../gen/marquee/identity/v1/identity_service_pb";
import { hidden } from "../feedback/hidden";
import { tellTabs } from "./tabs";
import { accessOf, tokens } from "./tokens";

/** Who is watching. */
export type SessionState =
  /** `byChoice` says that the viewer left; otherwise they may come back to the page they were at. */
  | { status: "signed-out"; byChoice: boolean }
  | { status: "signed-in"; account: Account; profile: Profile | undefined; mustChoose: boolean };

const identity = createClient(IdentityService, transport);
/** For what is written down: it must arrive though the page is left. */
const parting = createClient(IdentityService, partingTransport);
const listeners = new Set<() => void>();
let state: SessionState | undefined;
let opening: Promise<SessionState> | undefined;

/** The session as it is known; undefined until it was opened once. */
export function snapshot(): SessionState | undefined {
  return state;
}

/** Calls `listener` after each change; answers how to stop that. */
export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Finds out who is signed in. Asks the platform only the first time. */
export async function open(): Promise<SessionState> {
  if (state) return state;
  opening ??= find().finally(() => (opening = undefined));
  return opening;
}

/** Signs in, and asks who is watching where the account has several profiles. */
export async function logIn(email: string, password: string, stay: boolean): Promise<void> {
  enter(await identity.logIn({ email, password }), stay);
}

/** Opens an account and signs in. */
export async function register(displayName: string, email: string, password: string): Promise<void> {
  enter(await identity.register({ displayName, email, password }), true);
}

/** Goes on as another profile of the account, in this tab alone. */
export async function selectProfile(profileId: string): Promise<void> {
  // The events of the previous profile are sent before the session changes.
  await events.flush();
  const response = await identity.selectProfile({ profileId });
  const { profile } = response;
  tokens.bindProfile(profileId, accessOf(response));
  forgetViewer();
  tellTabs({ kind: "profile-selected", profileId, displayName: profile?.displayName ?? "" });
  if (state?.status === "signed-in") change({ ...state, profile, mustChoose: false });
}

/** What a profile asks to see. */
export type PreferenceChoices = Pick<Preferences, "genreIds" | "languageCodes">;

/** Writes down what the profile asks to see; empty preferences say that it was asked and passed. */
export async function savePreferences({ genreIds, languageCodes }: PreferenceChoices): Promise<void> {
  if (state?.status !== "signed-in" || !state.profile) return;
  const { profileId } = state.profile;
  const { profile } = await parting.updateProfile({
    profile: { profileId, preferences: { genreIds, languageCodes } },
    updateMask: { paths: ["preferences"] },
  });
  // Somebody else may have begun to watch meanwhile.
  if (profile && snapshotProfile()?.profileId === profileId) change({ ...state, profile });
}

/** Signs out here; the platform ends the log-in on its side as soon as it can be reached. */
export async function logOut(): Promise<void> {
  const { refreshToken } = tokens;
  leave(true);
  if (refreshToken) await parting.logOut({ refreshToken }).catch(() => undefined);
}

tokens.onSignedOut(() => leave(false));

// A profile that was deleted meanwhile: the tab must not go on as the one that another tab selected.
tokens.onProfileGone(() => {
  forgetViewer();
  if (state?.status === "signed-in") change({ ...state, profile: undefined, mustChoose: true });
});

// Another tab that signs out takes the shared refresh token with it.
window.addEventListener("storage", () => {
  if (state?.status === "signed-in" && !tokens.holdsTokens()) leave(true);
});

async function find(): Promise<SessionState> {
  if (!tokens.holdsTokens()) return change({ status: "signed-out", byChoice: false });
  try {
    const bound = tokens.profileId;
    const { account, profile } = await identity.getAccount({});
    // A tab whose own profile is gone by now must not go on as another one.
    const mustChoose = profile === undefined || (bound !== undefined && tokens.profileId === undefined);
    if (!mustChoose) tokens.bindProfile(profile.profileId);
    if (account) return change({ status: "signed-in", account, profile: mustChoose ? undefined : profile, mustChoose });
  } catch (failure) {
    // The refresh token may have ended meanwhile; anything else is worth another try.
    if (tokens.holdsTokens()) throw failure;
  }
  return change({ status: "signed-out", byChoice: false });
}

/** Applies a log-in. If the account has several profiles, none is bound and one must be selected. */
function enter(answer: LogInResponse | RegisterResponse, stay: boolean): void {
  const { account, profile, refreshToken } = answer;
  tokens.signIn({ ...accessOf(answer), refreshToken }, stay);
  if (profile) tokens.bindProfile(profile.profileId);
  forgetViewer();
  if (account) change({ status: "signed-in", account, profile, mustChoose: profile === undefined });
}

function leave(byChoice: boolean): void {
  tokens.forget();
  forgetViewer();
  change({ status: "signed-out", byChoice });
}

/** Profiles that passed in this tab, should the platform not be able to write that down. */
const passed = new Set<string>();

/** Notes that the profile was asked what it likes and did not want to say. */
export async function skipPreferences(): Promise<void> {
  const profile = snapshotProfile();
  if (profile) passed.add(profile.profileId);
  await savePreferences({ genreIds: profile?.preferences?.genreIds ?? [], languageCodes: [] });
}

/** Whether the profile is still to be asked what it likes. */
export function mustAskPreferences(session: SessionState): boolean {
  if (session.status !== "signed-in" || !session.profile) return false;
  return session.profile.preferences?.answerTime === undefined && !passed.has(session.profile.profileId);
}

function snapshotProfile(): Profile | undefined {
  return state?.status === "signed-in" ? state.profile : undefined;
}

/** What was asked and told belongs to one viewer alone. */
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
