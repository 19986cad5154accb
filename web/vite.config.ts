import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { compressed } from "./compressed";
import { subresourceIntegrity } from "./integrity";
import { letters } from "./letters";

/**
 * What the page may load and talk to: its own origin, and compiled WebAssembly. Nothing inline, nothing foreign. The server
 * sends the same line, and alone can forbid frames: a page that says so is told that it cannot.
 */
const contentSecurityPolicy = readFileSync(new URL("../server/src/http/content-security-policy.txt", import.meta.url), "utf8")
  .trim()
  .replace("; frame-ancestors 'none'", "");

/** Puts the policy into the built page only: the development server injects inline styles that it would forbid. */
function policy(): Plugin {
  return {
    name: "content-security-policy",
    apply: "build",
    transformIndexHtml: () => [
      {
        tag: "meta",
        attrs: { "http-equiv": "Content-Security-Policy", content: contentSecurityPolicy },
        injectTo: "head-prepend",
      },
    ],
  };
}

/** Packages that become part of the page. */
const BUNDLED = [
  "@fontsource-variable/atkinson-hyperlegible-next",
  "dicom-parser",
  "jpeg-lossless-decoder-js",
  "@cornerstonejs/codec-charls",
  "@cornerstonejs/codec-openjpeg",
  "fflate",
];

/** How the files of decoders begin, which are fetched by those who need one. */
const DECODERS = ["charls", "openjpeg", "lossless", "fflate"];

/** Whose texts are scripts of their own: how the files of these begin. */
const LANGUAGES = ["de"];

/** Of packages that come without the text, or without that of what is compiled in. */
const OWN_TEXTS: Record<string, string> = {
  "@cornerstonejs/codec-charls": "licences/charls.txt",
  "@cornerstonejs/codec-openjpeg": "licences/openjpeg.txt",
};

/** How the files of workers begin that use the client's tools, to read a person's files or to check the browser. */
const TOOLS = "tools";

/** Puts the licences of bundled packages beside the bundle, as they ask for. */
function licences(...packages: string[]): Plugin {
  return {
    name: "licences",
    apply: "build",
    generateBundle() {
      const texts = packages.map((name) => {
        const folder = new URL(`../node_modules/${name}/`, import.meta.url);
        const { version } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8")) as { version: string };
        const text = OWN_TEXTS[name] ? new URL(OWN_TEXTS[name], import.meta.url) : new URL("LICENSE", folder);
        return `# ${name} ${version}\n\n${readFileSync(text, "utf8")}`;
      });
      this.emitFile({ type: "asset", fileName: "licences.md", source: texts.join("\n\n") });
    },
  };
}

/** Names a chunk after its package where the file's own name says nothing. */
function chunkFileNames({ moduleIds }: { moduleIds: string[] }): string {
  const own = [["/fflate/", "fflate"], ["/sotto_workers.js", "sotto_workers"]].find(([part]) => moduleIds.some((id) => id.includes(part!)));
  return `assets/${own?.[1] ?? "[name]"}-[hash].js`;
}

/** Names workers by what they are for: those that use tools are fetched later. */
function entryFileNames({ facadeModuleId }: { facadeModuleId: string | null }): string {
  return /\/(image|signal|selftest)\//.test(facadeModuleId ?? "") ? `assets/${TOOLS}-[hash].js` : "assets/[name]-[hash].js";
}

/** `npm run dev` serves the page and passes everything else on to a running `sotto serve`. */
const server = process.env["SOTTO_SERVER"] ?? "http://127.0.0.1:8080";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as { version: string };

export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  // Below whatever path a proxy puts it.
  base: "./",
  plugins: [letters(), policy(), licences(...BUNDLED), subresourceIntegrity(DECODERS, TOOLS, LANGUAGES), compressed()],
  resolve: {
    alias: [
      // Without the Worker that `createClient` starts: the page has its own.
      { find: /^@sotto\/client$/, replacement: fileURLToPath(new URL("../client-wasm/pkg/module.js", import.meta.url)) },
      { find: /^@sotto\/client\//, replacement: fileURLToPath(new URL("../client-wasm/pkg/", import.meta.url)) },
    ],
  },
  worker: { format: "es", rolldownOptions: { output: { chunkFileNames, entryFileNames } } },
  build: {
    target: "es2022",
    // Data URLs would need a wider policy; everything stays a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    fs: { allow: [".", "../client-wasm/pkg"] },
    proxy: {
      "/api": server,
      "/livez": server,
      "/ws": { target: server, ws: true },
    },
  },
});
