import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    restoreMocks: true,
    // Only there to end a test that hangs; a busy machine is no fault of the page.
    testTimeout: 30_000,
    // Most of what is tested is pure; only components need a page around them.
    projects: [
      { extends: true, test: { name: "pure", environment: "node", include: ["src/**/*.test.ts"] } },
      { extends: true, test: { name: "page", environment: "jsdom", include: ["src/**/*.test.tsx"] } },
    ],
  },
});
