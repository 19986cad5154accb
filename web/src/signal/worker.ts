/** Reads signal files, and prepares what is chosen of them: a recording of half an hour has hundreds of thousands of lines. */

import init, { findBeats, resampleSignal, signalLowPass } from "@sotto/client/tools";
import toolsUrl from "@sotto/client/sotto_tools_bg.wasm?url";
import { fetchTools } from "../code";
import { bytes } from "../format";
import { at } from "../image/header";
import { serve } from "../offload";
import { type Chosen, prepare, type Prepared } from "./compute";
import { SignalError } from "./csv";
import { readRecording, type Recording } from "./recording";
import { fileTexts } from "../texts/files";

const MAX_BYTES = 24e6;

/** Files to be read, or what was chosen of one to be prepared. */
export type Work = { files: File[] } | { chosen: Chosen };

serve(async (work: Work): Promise<Recording | Prepared> => {
  if ("files" in work) return readFiles(work.files);
  await init({ module_or_path: fetchTools(toolsUrl) });
  return prepare(work.chosen, { resample: resampleSignal, lowPass: signalLowPass, beats: findBeats });
});

async function readFiles(files: File[]): Promise<Recording> {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size > MAX_BYTES) throw new SignalError(fileTexts.recordings.large(bytes(size), bytes(MAX_BYTES)));
  const named = await Promise.all(files.map(async (file) => ({ name: file.name, bytes: await read(file) })));
  const [first] = named;
  if (!first) throw new SignalError(fileTexts.recordings.none);
  if (named.some(({ name }) => /\.(hea|dat)$/i.test(name))) {
    const { readWfdb } = await import("./wfdb");
    return readWfdb(named);
  }
  if (named.length > 1) throw new SignalError(fileTexts.recordings.several);
  const { readEdf, isEdf } = await import("./edf");
  if (isEdf(first.bytes)) return readEdf(first.bytes);
  if (at(first.bytes, 128, "DICM")) {
    const { readWaveform } = await import("./waveform");
    return readWaveform(first.bytes);
  }
  return readRecording(decode(first.bytes), first.name);
}

async function read(file: File): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new SignalError(fileTexts.recordings.unreadable);
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
