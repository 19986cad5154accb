/**
 * What was entered, kept in the storage of this tab alone: a reload finds it again, and it goes when the tab is closed, or by one button.
 * Small files are kept too; of a large one nothing is.
 */

import type { Content } from "./inputview";

const PREFIX = "sotto-kept:";
/** Most bytes of files that are kept for one model. Browsers give a tab about 5 million characters. */
const MOST = 1e6;

type Stored = { entries: string[] } | { sample: string } | { files: { name: string; data: string }[] };

/**
 * Replaces what is kept of a model; resolves to whether all of it is. Files that are kept already are left alone: another beat of the same
 * recording is no other file, and a megabyte of it takes a tenth of a second.
 */
export function keep(model: string, content: Content | null): Promise<boolean> {
  const files = content && "files" in content ? content.files : null;
  const before = latest.get(model);
  if (files && before?.files.length === files.length && files.every((file, i) => file === before.files[i])) return before.kept;
  const kept = replace(model, content);
  if (files) latest.set(model, { files, kept });
  else latest.delete(model);
  return kept;
}

/** The files that were kept last of each model. */
const latest = new Map<string, { files: File[]; kept: Promise<boolean> }>();

async function replace(model: string, content: Content | null): Promise<boolean> {
  const turn = (turns.get(model) ?? 0) + 1;
  turns.set(model, turn);
  const stored = content && (await toStored(content).catch(() => null));
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
  latest.clear();
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // Then nothing was kept.
  }
}

async function toStored(content: Content): Promise<Stored | null> {
  if (!("files" in content)) return content;
  if (content.files.reduce((sum, { size }) => sum + size, 0) > MOST) return null;
  return { files: await Promise.all(content.files.map(async (file) => ({ name: file.name, data: await base64(file) }))) };
}

/** By the browser's own encoder, which does not hold the page up. */
function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve((reader.result as string).replace(/^[^,]*,?/, "")));
    reader.addEventListener("error", () => reject(reader.error ?? new Error("unreadable")));
    reader.readAsDataURL(file);
  });
}

function toContent(stored: Stored): Content {
  if (!("files" in stored)) return stored;
  return { files: stored.files.map(({ name, data }) => new File([Uint8Array.from(atob(data), (char) => char.charCodeAt(0))], name)) };
}
