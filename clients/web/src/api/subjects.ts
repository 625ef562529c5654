import type { Subject } from "../gen/marquee/type/v1/type_pb";

/** Returns the subject for a title. */
export function titleSubject(titleId: string) {
  return { id: { case: "titleId" as const, value: titleId } };
}

/** Returns the subject for an episode. */
export function episodeSubject(episodeId: string) {
  return { id: { case: "episodeId" as const, value: episodeId } };
}

/** Returns the subject for a channel. */
export function channelSubject(channelId: string) {
  return { id: { case: "channelId" as const, value: channelId } };
}

/** Returns the subject for a programme of a channel. */
export function programmeSubject(programmeId: string) {
  return { id: { case: "programmeId" as const, value: programmeId } };
}

/** The subjects that can be played. */
export type PlayableSubject = ReturnType<
  typeof titleSubject | typeof episodeSubject | typeof channelSubject | typeof programmeSubject
>;

/** Returns the id of a title; empty for subjects of other kinds. */
export function titleIdOf(subject: Subject | undefined): string {
  return subject?.id.case === "titleId" ? subject.id.value : "";
}

/** Returns the id of an episode; empty for subjects of other kinds. */
export function episodeIdOf(subject: Subject | undefined): string {
  return subject?.id.case === "episodeId" ? subject.id.value : "";
}

/** Returns the part of a player's address that names the episode; empty if the title itself is played. */
export function episodeSearch(play: Subject | undefined): { episode?: string } {
  const episode = episodeIdOf(play);
  return episode ? { episode } : {};
}
