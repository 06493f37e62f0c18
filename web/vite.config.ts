import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // Content-Security-Policy forbids inline anything; small files stay files.
    assetsInlineLimit: 0,
    sourcemap: false,
  },
  worker: { format: "es" },
  server: {
    // For work on the viewer alone: `npm run dev` beside a running recorder.
    proxy: { "/api": { target: "https://localhost:8443", secure: false, ws: true } },
  },
});
