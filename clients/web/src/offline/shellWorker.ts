/** Registers the service worker that caches the app's files, if the browser supports it and the app is a build. */
export function registerShellWorker(): void {
  // Browsers have service workers in secure contexts only.
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // Without the worker, the page works as long as there is a network.
  navigator.serviceWorker.register("/service-worker.js").catch(() => undefined);
}
