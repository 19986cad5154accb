import { RemoteClient, type RemoteOptions } from "./remote.js";

export * from "./module.js";
export { default } from "./module.js";
export { RemoteClient, type RemoteCallOptions, type RemoteOptions } from "./remote.js";

/**
 * Starts a Worker, connects in it, and resolves to what drives it: a client with the methods of {@link Client}, whose computation leaves
 * the calling thread alone. It ends with `close()` or `free()`, and so does the Worker.
 */
export function createClient(url: string | URL, options: RemoteOptions): Promise<RemoteClient> {
  return RemoteClient.start(url, options, () => {
    const worker = new Worker(new URL("./sotto_worker.js", import.meta.url), { type: "module", name: "sotto" });
    return worker;
  });
}
