/** Reads signal files: a recording of half an hour has hundreds of thousands of lines. */

import { bytes } from "../format";
import { serve } from "../offload";
import { SignalError } from "./csv";
import { readRecording, type Recording } from "./recording";

const MAX_BYTES = 24e6;

serve(async (file: File): Promise<Recording> => {
  if (file.size > MAX_BYTES)
    throw new SignalError(`This file has ${bytes(file.size)}. At most ${bytes(MAX_BYTES)} are read here.`);
  return readRecording(await read(file), file.name);
});

async function read(file: File): Promise<string> {
  try {
    return decode(new Uint8Array(await file.arrayBuffer()));
  } catch {
    throw new SignalError("The browser could not read this file. It may have been moved, or be a folder.");
  }
}

/** UTF-8, UTF-16 with its mark, or else the Western code page, in which spreadsheets write a `µ`. */
function decode(data: Uint8Array): string {
  const utf16 = { "255,254": "utf-16le", "254,255": "utf-16be" }[data.subarray(0, 2).join()];
  if (utf16) return new TextDecoder(utf16).decode(data);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    return new TextDecoder("windows-1252").decode(data);
  }
}
