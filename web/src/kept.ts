/**
 * What was entered, kept in the storage of this tab alone: a reload finds it again, and it goes when the tab is closed, or by one button.
 * Small files are kept too; of a large one nothing is.
 */

import type { Content } from "./inputview";

const PREFIX = "sotto-kept:";
/** Most bytes of files that are kept for one model. Browsers give a tab about 5 million characters. */
const MOST = 1e6;

type Stored = { entries: string[] } | { sample: string } | { files: { name: string; data: string }[] };

/** Replaces what is kept of a model; resolves to whether all of it is. */
export async function keep(model: string, content: Content | null): Promise<boolean> {
  const turn = (turns.get(model) ?? 0) + 1;
  turns.set(model, turn);
  const stored = content && (await toStored(content));
  // Something else was entered meanwhile.
  if (turns.get(model) !== turn) return true;
  try {
    if (stored) sessionStorage.setItem(PREFIX + model, JSON.stringify(stored));
    else sessionStorage.removeItem(PREFIX + model);
    return content === null || stored !== null;
  } catch {
    // Full, or forbidden.
    return false;
  }
}

const turns = new Map<string, number>();

/** What is kept of a model, or `null`. */
export function kept(model: string): Content | null {
  try {
    const text = sessionStorage.getItem(PREFIX + model);
    return text === null ? null : toContent(JSON.parse(text) as Stored);
  } catch {
    return null;
  }
}

/** Forgets what is kept of all models. */
export function forget(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // Then nothing was kept.
  }
}

async function toStored(content: Content): Promise<Stored | null> {
  if (!("files" in content)) return content;
  if (content.files.reduce((sum, { size }) => sum + size, 0) > MOST) return null;
  const encode = async (file: File): Promise<string> => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  };
  return { files: await Promise.all(content.files.map(async (file) => ({ name: file.name, data: await encode(file) }))) };
}

function toContent(stored: Stored): Content {
  if (!("files" in stored)) return stored;
  return { files: stored.files.map(({ name, data }) => new File([Uint8Array.from(atob(data), (char) => char.charCodeAt(0))], name)) };
}
