/**
 * The page's own code: whether what the server sent is what was built. The hashes are put in by `integrity.ts` in the folder
 * above; the development server has none.
 */

/** Hash of the WebAssembly module, or what stands in its place. */
const MODULE = "__MODULE_INTEGRITY__";

/** A file of the page did not arrive as it was built. */
export class DamagedCode extends Error {}

/** Fetches the WebAssembly module; rejects when it has changed on the way. */
export function fetchModule(url: string): Promise<Response> {
  return fetch(url, import.meta.env.DEV ? {} : { integrity: MODULE });
}

/** Fetches every script that the page does not name (workers, and what is imported late) once; the browser then takes them from its cache. Rejects when one has changed on the way. */
export async function checkCode(): Promise<void> {
  const list = document.querySelector<HTMLMetaElement>('meta[name="code-integrity"]')?.content;
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
