/**
 * The page's own code: whether what the server sent is what was built. The hashes are put in by `integrity.ts` in the folder
 * above; the development server has none.
 */

/** Hashes of the WebAssembly modules, the session's and the tools', and names and hashes of the decoders' files, and of the client's for
 * large models, or what stands in their place. */
const [MODULE, TOOLS, DECODERS, WORKERS] = ["__MODULE_INTEGRITY__", "__TOOLS_INTEGRITY__", "__DECODER_INTEGRITY__", "__WORKERS_INTEGRITY__"] as const;

/** A file of the page did not arrive as it was built. */
export class DamagedCode extends Error {}

/** Fetches the session's WebAssembly module; rejects when it has changed on the way. */
export function fetchModule(url: string): Promise<Response> {
  return fetch(url, import.meta.env.DEV ? {} : { integrity: MODULE });
}

/** The same of the tools' module. */
export function fetchTools(url: string): Promise<Response> {
  return fetch(url, import.meta.env.DEV ? {} : { integrity: TOOLS });
}

let module: Promise<unknown> | null = null;

/** Fetches the session's module while nobody waits for it; whoever needs it then finds it in the browser's cache. */
export function fetchModuleAhead(url: string): void {
  // What fails here is said where the module is needed.
  module ??= fetchModule(url).then((response) => response.arrayBuffer()).catch(() => null);
}

/**
 * Fetches every script that the page does not name, but those that need tools (workers, and what they import late), once; the browser
 * then takes them from its cache. Rejects when one has changed on the way.
 */
export function checkCode(): Promise<void> {
  return check("code-integrity");
}

/** The same of the script with a language's texts. What a worker needs of it, its page has checked. */
export async function checkLanguageCode(language: string): Promise<void> {
  if (typeof document !== "undefined") await check(`${language}-code-integrity`);
}

let forTools: Promise<void> | null = null;

/** The same of the scripts that read files, or check the browser. A failure may be tried again. */
export function checkToolsCode(): Promise<void> {
  return (forTools ??= check("tools-code-integrity").catch((error: unknown) => {
    forTools = null;
    throw error;
  }));
}

async function check(name: string): Promise<void> {
  const list = document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content;
  if (!list) return;
  await Promise.all(
    list.split(",").map(async (entry) => {
      const [path = "", integrity = ""] = entry.split(" ");
      try {
        await (await fetch(path, { integrity })).arrayBuffer();
      } catch (error) {
        throw new DamagedCode(`${path}: ${String(error)}`);
      }
    }),
  );
}

/**
 * Fetches the files of a decoder, whose names begin with this, before they are imported: as {@link checkCode}. Returns its module's
 * bytes, if it has one.
 */
export function checkDecoder(name: string): Promise<ArrayBuffer | null> {
  return checkFiles(DECODERS.split(",").filter((entry) => entry.startsWith(name)));
}

/** The same of the client for large models. */
export function checkWorkers(): Promise<ArrayBuffer | null> {
  return checkFiles(import.meta.env.DEV ? [] : WORKERS.split(","));
}

async function checkFiles(entries: string[]): Promise<ArrayBuffer | null> {
  const fetched = entries.map(async (entry) => {
    const [file = "", integrity = ""] = entry.split(" ");
    const bytes = await (await fetch(new URL(file, import.meta.url), { integrity })).arrayBuffer();
    return file.endsWith(".wasm") ? bytes : null;
  });
  return (await Promise.all(fetched)).find((bytes) => bytes !== null) ?? null;
}
