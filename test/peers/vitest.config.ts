import { defineConfig } from "vitest/config";

/** Against PyTorch: apart from the ordinary tests, because it needs Debian's python3-torch. */
export default defineConfig({
  test: {
    include: ["test/peers/**/*.peer.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Unless told, one core is left to nobody.
    maxWorkers: "100%",
  },
});
