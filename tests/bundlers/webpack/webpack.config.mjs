import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

// The package needs nothing of its own: webpack finds its Worker and its module.
export default {
  mode: "production",
  target: "web",
  entry: { page: here("../built/page.js") },
  output: { path: here("dist"), publicPath: "auto" },
  plugins: [{ apply: (compiler) => compiler.hooks.done.tap("page", () => cpSync(here("../index.html"), here("dist/index.html"))) }],
};
