// Holds the shell of the app, so that it opens and moves from page to page without a network. What the platform answers
// is never kept: it belongs to one viewer and ends with the tab. The build puts the files of the shell in here.
const FILES = ["__FILES__"];
const CACHE = "shell-__VERSION__";
const PAGE = "/";

/** Addresses that are no pages of this app. */
const ELSEWHERE = /^\/(admin|docs|api|media|marquee\.|\.well-known)/;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([PAGE, ...FILES])));
});

self.addEventListener("activate", (event) => {
  const drop = async () => {
    const names = await caches.keys();
    await Promise.all(
      names.filter((name) => name.startsWith("shell-") && name !== CACHE).map((name) => caches.delete(name)),
    );
    // The page that brought the first worker is held as well.
    await self.clients.claim();
  };
  event.waitUntil(drop());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin || ELSEWHERE.test(pathname)) return;
  if (request.mode === "navigate") event.respondWith(newestPage(request));
  else if (pathname.startsWith("/assets/")) event.respondWith(file(request));
});

/** A new version of the app shows at once; without a network the page that is held. */
async function newestPage(request) {
  try {
    return await fetch(request);
  } catch (failure) {
    const held = await caches.match(PAGE);
    if (held) return held;
    throw failure;
  }
}

/** Files of a build are named by their contents and never change. */
async function file(request) {
  const held = await caches.match(request);
  if (held) return held;
  const response = await fetch(request);
  // Fonts of other scripts join once they are needed.
  if (response.ok) await (await caches.open(CACHE)).put(request, response.clone());
  return response;
}
