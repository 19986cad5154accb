/** Decompression by the browser, with a limit: a few bytes can stand for gigabytes. */

export const MAX_INFLATED = 256 * 2 ** 20;

/**
 * Inflates all of `parts`, or of a zlib stream the first `wanted` bytes of what it holds. `null` when the bytes are no such
 * stream or end too early; "too large" when more than {@link MAX_INFLATED} bytes come out.
 */
export async function inflate(
  parts: Uint8Array[],
  format: "deflate" | "deflate-raw",
  wanted = Infinity,
): Promise<Uint8Array<ArrayBuffer> | null | "too large"> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    const stream = new Blob(parts as Uint8Array<ArrayBuffer>[]).stream().pipeThrough(new DecompressionStream(format));
    const reader = stream.getReader();
    while (length < wanted && length <= MAX_INFLATED) {
      const read = await reader.read();
      if (read.done) break;
      pieces.push(read.value);
      length += read.value.length;
    }
    if (length >= wanted || length > MAX_INFLATED) await reader.cancel().catch(() => undefined);
  } catch {
    return null;
  }
  if (wanted === Infinity ? length > MAX_INFLATED : wanted > MAX_INFLATED) return "too large";
  if (wanted !== Infinity && length < wanted) return null;
  const whole = new Uint8Array(Math.min(length, wanted));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece.subarray(0, whole.length - offset), offset);
    offset += piece.length;
  }
  return whole;
}
