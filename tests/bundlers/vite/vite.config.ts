import { defineConfig } from "vite";

// What an application needs: Workers of the package are modules, and take part in the build.
export default defineConfig({ base: "./", worker: { format: "es" } });
