import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const PLATFORM = process.env.MARQUEE_PUBLIC_URL ?? "http://127.0.0.1:8080";

/** Tells the page which kind of platform it was built for; a demo names its accounts on the log-in page. */
function platformKind(): Plugin {
  return {
    name: "marquee-platform-kind",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { name: "marquee-env", content: process.env.MARQUEE_ENV ?? "demo" },
        injectTo: "head",
      },
    ],
  };
}

/** Writes the service worker, with the names of the files that it holds: all of the app, and the fonts of its letters. */
function shellWorker(): Plugin {
  return {
    name: "marquee-shell-worker",
    apply: "build",
    generateBundle(_, bundle) {
      const files = Object.keys(bundle).filter((name) => /\.(js|css)$|-latin-(?!ext).*\.woff2$/.test(name));
      const version = createHash("sha256").update(files.sort().join()).digest("hex").slice(0, 16);
      const source = readFileSync(new URL("serviceWorker.js", import.meta.url), "utf8")
        .replace('["__FILES__"]', JSON.stringify(files.map((name) => `/${name}`)))
        .replace("__VERSION__", version);
      this.emitFile({ type: "asset", fileName: "service-worker.js", source });
    },
  };
}

export default defineConfig({
  plugins: [react(), tailwindcss(), platformKind(), shellWorker()],
  build: {
    target: "es2022",
    // Shaka Player alone is larger than Vite's warning; it is a chunk of its own that only the player loads.
    chunkSizeWarningLimit: 900,
  },
  server: {
    // While developing, everything that is not a file of the app is the platform's.
    proxy: {
      "^/(marquee\\.|api/|media/|\\.well-known/)": { target: PLATFORM, changeOrigin: true },
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"], restoreMocks: true },
});
