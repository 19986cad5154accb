import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import resolve from "@rollup/plugin-node-resolve";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Puts a file into the build as it is. */
function file(fileName, path) {
  return { name: fileName, buildStart() { this.emitFile({ type: "asset", fileName, source: readFileSync(path) }); } };
}

export default {
  input: { page: here("../built/page.js"), sotto_worker: "@sotto/client/worker" },
  output: { dir: here("dist"), format: "es", chunkFileNames: "[name].js" },
  plugins: [
    resolve({ browser: true }),
    // Addresses in scripts stay as they are: the Worker and the modules lie beside what asks for them.
    ...["sotto_client_bg.wasm", "sotto_tools_bg.wasm"].map((name) => file(name, fileURLToPath(import.meta.resolve(`@sotto/client/${name}`)))),
    file("index.html", here("../index.html")),
  ],
};
