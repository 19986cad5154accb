import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic" } },
  worker: { format: "es" },
  // The development server would move the package away from its Worker and its module.
  optimizeDeps: { exclude: ["@sotto/client"] },
});
