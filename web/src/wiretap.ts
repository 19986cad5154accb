/**
 * Counts what leaves the worker, also what is sent again over another connection, at the last place that the page can see: the
 * browser's own `WebSocket.send`. The protocol code is not asked, so the count also holds for what it might send by mistake.
 */

/** What one message was: bytes by value, or text. */
export interface Sent {
  bytes?: Uint32Array;
  text?: number;
}

export class Wiretap {
  readonly #session = new Uint32Array(256);
  readonly #mark = new Uint32Array(256);
  #frames = 0;
  readonly #receipts = { messages: 0, bytes: 0 };
  #tell = (sent: Sent): void => this.add(sent);

  /** Replaces the scope's `WebSocket` by one that counts. */
  install(scope: { WebSocket: typeof WebSocket }): void {
    const count = (data: unknown): void => this.#count(data);
    scope.WebSocket = class extends scope.WebSocket {
      override send(data: string | ArrayBufferLike | Blob | ArrayBufferView<ArrayBufferLike>): void {
        // What is sent to one that closes is dropped.
        if (this.readyState === WebSocket.OPEN) count(data);
        super.send(data as string);
      }
    };
  }

  /** In a session's further worker: hands each message's count to the first one, which {@link add}s it. */
  forward(tell: (sent: Sent) => void): void {
    this.#tell = tell;
  }

  /** Starts counting a new part; {@link sinceMark} counts from here. */
  mark(): void {
    this.#mark.set(this.#session);
  }

  /** Counts per byte value of the whole session. */
  session(): number[] {
    return [...this.#session];
  }

  /** Counts per byte value since the last mark. */
  sinceMark(): number[] {
    return Array.from(this.#session, (count, byte) => count - (this.#mark[byte] ?? 0));
  }

  get frames(): number {
    return this.#frames;
  }

  /** What was sent as text: how many of the server's messages have arrived, and after a lost connection which session goes on. */
  receipts(): { messages: number; bytes: number } {
    return { ...this.#receipts };
  }

  add({ bytes, text }: Sent): void {
    if (text !== undefined) {
      this.#receipts.messages += 1;
      this.#receipts.bytes += text;
    }
    if (bytes) this.#frames += 1;
    bytes?.forEach((count, byte) => (this.#session[byte]! += count));
  }

  #count(data: unknown): void {
    if (typeof data === "string") return this.#tell({ text: new TextEncoder().encode(data).length });
    const bytes = new Uint32Array(256);
    for (const byte of bytesOf(data)) bytes[byte]! += 1;
    this.#tell({ bytes });
  }
}

function bytesOf(data: unknown): Uint8Array {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw new TypeError("only text and bytes can be sent");
}
