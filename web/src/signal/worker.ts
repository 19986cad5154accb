/** Reads signal files: a recording of half an hour has hundreds of thousands of lines. */

import { bytes } from "../format";
import { serve } from "../offload";
import { readTable, SignalError, type Table } from "./csv";

const MAX_BYTES = 24e6;

serve(async (file: File): Promise<Table> => {
  if (file.size > MAX_BYTES) throw new SignalError(`This file has ${bytes(file.size)}. At most ${bytes(MAX_BYTES)} are read here.`);
  return readTable(await read(file));
});

async function read(file: File): Promise<string> {
  try {
    return await file.text();
  } catch {
    throw new SignalError("The browser could not read this file. It may have been moved, or be a folder.");
  }
}
