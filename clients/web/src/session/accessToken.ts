/** Returns the profile that an access token speaks for; undefined where it names none or is not a token of the platform. */
export function profileIdOf(accessToken: string): string | undefined {
  const [, payload = ""] = accessToken.split(".");
  try {
    const claims = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))) as { pid?: unknown };
    return typeof claims.pid === "string" && claims.pid !== "" ? claims.pid : undefined;
  } catch {
    return undefined;
  }
}
