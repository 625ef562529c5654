import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
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

export default defineConfig({
  plugins: [react(), tailwindcss(), platformKind()],
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
