import type { Subject } from "../gen/marquee/type/v1/type_pb";

/** The subject that a title is. */
export function titleSubject(titleId: string) {
  return { id: { case: "titleId" as const, value: titleId } };
}

/** The subject that an episode is. */
export function episodeSubject(episodeId: string) {
  return { id: { case: "episodeId" as const, value: episodeId } };
}

/** The id of a title; empty for subjects of other kinds. */
export function titleIdOf(subject: Subject | undefined): string {
  return subject?.id.case === "titleId" ? subject.id.value : "";
}

/** The id of an episode; empty for subjects of other kinds. */
export function episodeIdOf(subject: Subject | undefined): string {
  return subject?.id.case === "episodeId" ? subject.id.value : "";
}

/** The part of a player's address that names the episode to play; empty where the title itself is played. */
export function episodeSearch(play: Subject | undefined): { episode?: string } {
  const episode = episodeIdOf(play);
  return episode ? { episode } : {};
}
