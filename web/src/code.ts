/**
 * The page's own code: whether what the server sent is what was built. The hashes are put in by `integrity.ts` in the folder
 * above; the development server has none.
 */

/** Hashes of the WebAssembly modules, the session's and the tools', and names and hashes of the decoders' files, and of the client's for
 * large models, or what stands in their place. Each script has those that it uses. */
const MODULE = "__MODULE_INTEGRITY__";
const TOOLS = "__TOOLS_INTEGRITY__";
const DECODERS = "__DECODER_INTEGRITY__";
const WORKERS = "__WORKERS_INTEGRITY__";

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
  return check(listed("code-integrity"));
}

/** The same of the script with a language's texts. What a worker needs of it, its page has checked. */
export async function checkLanguageCode(language: string): Promise<void> {
  if (typeof document !== "undefined") await check(listed(`${language}-code-integrity`));
}

let forTools: Promise<void> | null = null;

/** The same of the scripts that read files, or check the browser, whose list is a file of its own. A failure may be tried again. */
export function checkToolsCode(): Promise<void> {
  return (forTools ??= checkTools().catch((error: unknown) => {
    forTools = null;
    throw error;
  }));
}

async function checkTools(): Promise<void> {
  const lists = await Promise.all(listed("tools-code-integrity").map(fetchChecked));
  await Promise.all(lists.map(async (list) => check((await list.text()).split(","))));
}

/** Names and hashes in a `meta`, none in the development server's page. */
function listed(meta: string): string[] {
  return document.querySelector<HTMLMetaElement>(`meta[name="${meta}"]`)?.content.split(",") ?? [];
}

async function check(entries: string[]): Promise<void> {
  await Promise.all(entries.map(async (entry) => (await fetchChecked(entry)).arrayBuffer()));
}

/** A file of the page by its path and hash. */
async function fetchChecked(entry: string): Promise<Response> {
  const [path = "", integrity = ""] = entry.split(" ");
  try {
    return await fetch(path, { integrity });
  } catch (error) {
    throw new DamagedCode(`${path}: ${String(error)}`);
  }
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
