import { createClient, type RemoteClient, type RemoteOptions, SottoError } from "@sotto/client";
import { useEffect, useState } from "react";

export interface Model {
  title: string;
  samples: { name: string; values: number[] }[];
}

/** What is known so far. */
export interface Connected {
  model: Model | null;
  client: RemoteClient | null;
  problem: string | null;
}

/** A session with a model, for as long as the component is there. One inference is prepared before it is handed out. */
export function useClient(server: URL, model: string, options: Omit<RemoteOptions, "model" | "description"> = {}): Connected {
  const [connected, setConnected] = useState<Connected>({ model: null, client: null, problem: null });
  useEffect(() => {
    const leaving = new AbortController();
    let open: RemoteClient | null = null;
    void (async () => {
      try {
        const answer = await fetch(new URL(`api/models/${model}`, server), { signal: leaving.signal });
        const description = await answer.text();
        const { card } = JSON.parse(description) as { card: Model };
        setConnected({ model: card, client: null, problem: null });
        const address = new URL("ws", server);
        address.protocol = server.protocol.replace("http", "ws");
        open = await createClient(address, { ...options, model, description, signal: leaving.signal });
        await open.preprocess({ signal: leaving.signal });
        setConnected({ model: card, client: open, problem: null });
      } catch (error) {
        // Whoever has left is told nothing.
        if (!leaving.signal.aborted) setConnected((before) => ({ ...before, problem: inWords(error) }));
      }
    })();
    return () => {
      leaving.abort();
      open?.free();
    };
    // The options are those of the first rendering.
  }, [server.href, model]);
  return connected;
}

export function inWords(error: unknown): string {
  return error instanceof SottoError ? `${error.kind}: ${error.message}` : String(error);
}
