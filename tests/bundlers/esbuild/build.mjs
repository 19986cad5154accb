import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: { page: here("../page.ts"), sotto_worker: "@sotto/client/worker" },
  outdir: here("dist"),
  absWorkingDir: here(".."),
  bundle: true,
  format: "esm",
  target: "es2022",
});
// Addresses in scripts stay as they are: the Worker and the modules lie beside what asks for them.
for (const name of ["sotto_client_bg.wasm", "sotto_tools_bg.wasm"]) {
  cpSync(fileURLToPath(import.meta.resolve(`@sotto/client/${name}`)), here(`dist/${name}`));
}
cpSync(here("../index.html"), here("dist/index.html"));
