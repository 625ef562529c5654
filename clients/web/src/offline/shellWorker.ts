/** Lets a service worker hold the shell of the app, where the browser has one and the page was built. */
export function registerShellWorker(): void {
  // Browsers have service workers in secure contexts only.
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // A page without it works as well, as long as there is a network.
  navigator.serviceWorker.register("/service-worker.js").catch(() => undefined);
}
