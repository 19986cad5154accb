/** Driving the page, and recording everything that it says to its worker, hears from it and sends to the network. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, type Locator, type Page, test } from "@playwright/test";
import type { Converted } from "../../../web/src/image/protocol";
import type { FromWorker, Inference, Progress } from "../../../web/src/protocol";

/** Workers of a large model's session with a server on this machine, which grants as many as it has cores. */
export function largeWorkers(page: Page): Promise<number> {
  return page.evaluate(() => Math.min(navigator.hardwareConcurrency, 4));
}

/** A request for the page's own code, or the list of its hashes: it says nothing. */
export const OWN_CODE = /^GET http:\/\/127\.0\.0\.1:\d+\/assets\/(?:[\w-]+\.(?:js|wasm)|tools-code-integrity-[0-9a-f]+\.txt) $/;

export interface SentFrame {
  payload: Buffer;
}

export class Recording {
  readonly frames: SentFrame[] = [];
  /** Text messages that were sent. */
  readonly texts: string[] = [];
  readonly requests: string[] = [];
  readonly problems: string[] = [];
  /** WebSockets that were opened. */
  sockets = 0;

  constructor(readonly page: Page) {}

  /** Attaches to a page that has not been opened yet. */
  static async attach(page: Page): Promise<Recording> {
    const recording = new Recording(page);
    page.on("websocket", (socket) => {
      recording.sockets += 1;
      socket.on("framesent", ({ payload }) => {
        if (typeof payload === "string") recording.texts.push(payload);
        else recording.frames.push({ payload });
      });
    });
    page.on("request", (request) => {
      recording.requests.push(`${request.method()} ${request.url()} ${request.postData() ?? ""}`);
    });
    page.on("pageerror", (error) => recording.problems.push(error.message));
    page.on("console", (message) => {
      // Reading a canvas more than once is what the tests do, not the page.
      if (message.text().includes("willReadFrequently")) return;
      if (message.type() === "error" || message.type() === "warning") recording.problems.push(message.text());
    });
    await page.addInitScript(() => {
      const log: unknown[] = [];
      Object.assign(globalThis, { fromWorker: log });
      globalThis.Worker = class extends Worker {
        constructor(url: string | URL, options?: WorkerOptions) {
          super(url, options);
          this.addEventListener("message", ({ data }) => log.push(data));
        }
      };
    });
    return recording;
  }

  /** All messages that the workers posted so far. */
  messages(): Promise<FromWorker[]> {
    return this.page.evaluate(() => (globalThis as unknown as { fromWorker: FromWorker[] }).fromWorker);
  }

  async progress(): Promise<Progress[]> {
    return (await this.messages()).flatMap((message) => (message.type === "progress" ? [message.progress] : []));
  }

  /** The latest result; all that workers say takes the driver its time. */
  async latest(): Promise<Inference> {
    const inference = await this.page.evaluate(() => {
      const log = (globalThis as unknown as { fromWorker: FromWorker[] }).fromWorker;
      return log.flatMap((message) => (message.type === "result" ? [message.inference] : [])).at(-1);
    });
    if (!inference) throw new Error("there is no result");
    return inference;
  }

  /** What was made of picture files. */
  async pictures(): Promise<Converted[]> {
    const messages: object[] = await this.messages();
    return messages.flatMap((message) => ("result" in message ? [message.result as Converted] : []));
  }

  async inferences(): Promise<Inference[]> {
    return (await this.messages()).flatMap((message) => (message.type === "result" ? [message.inference] : []));
  }
}

/** Opens the page and picks a model. */
export async function pickModel(page: Page, url: string, id: string): Promise<void> {
  await page.goto(url);
  await choose(page, id);
}

/** Takes a model of the list, back at it if another one is open. */
export async function choose(page: Page, id: string): Promise<void> {
  const back = page.locator("#choice .folded-change");
  const model = page.locator(`#model-${id}`);
  // A model that is alone is opened as soon as the list is there.
  await expect(page.locator("#models")).not.toHaveAttribute("aria-busy");
  await expect(back.or(model).filter({ visible: true })).toHaveCount(1);
  if (await back.isVisible()) await back.click();
  await model.click();
  await expect(page.locator(".entry-card")).toBeVisible();
}

/** Goes back to the entries, from a result. */
export async function toEntries(page: Page): Promise<void> {
  const back = page.locator(".entry-card .folded-change");
  if (await back.isVisible()) await back.click();
}

/** The form's entries as typed. */
export function entries(page: Page): Promise<string[]> {
  return page.locator(".field input, .field select").evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value));
}

export async function loadSample(page: Page, name: string): Promise<void> {
  await toEntries(page);
  await page.getByRole("button", { name, exact: true }).click();
}

export function submit(page: Page): Locator {
  return page.getByRole("button", { name: /^Get private (diagnosis|answer)$/ });
}

/** Waits until the input is compared with the model's data: what is said of it above the button moves the button. */
export async function compared(page: Page): Promise<void> {
  await expect(page.locator(".warnings:not([aria-busy])")).toBeAttached();
}

/** Waits until an inference is prepared, and the input compared. */
export async function prepared(page: Page): Promise<void> {
  await compared(page);
  await expect(page.locator('.status[data-state="ready"]')).toBeAttached({ timeout: 100_000 });
}

/** Chooses a file as a person would in the dialog, and waits until it is read or refused. */
export async function chooseFile(page: Page, name: string, buffer: Buffer): Promise<void> {
  await toEntries(page);
  const input = page.locator('.drop input[type="file"]:not([capture])');
  // The page shortens long names.
  const read = (): Promise<void> =>
    expect(page.locator(".drop-status, .drop-error").filter({ hasText: name.slice(0, 8) }).last()).not.toContainText(/Reading|is being prepared/);
  if (buffer.length < 4e6) {
    await input.setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    return read();
  }
  // By path: the driver is slow with larger ones, and refuses those above 50 MB.
  const folder = mkdtempSync(join(tmpdir(), "sotto-"));
  try {
    writeFileSync(join(folder, name), buffer);
    await input.setInputFiles(join(folder, name));
    await read();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The grey levels that the page shows as what the model reads. */
export async function shownLevels(page: Page): Promise<number[]> {
  const canvas = page.getByRole("img", { name: "What the model reads" });
  await expect(canvas).toBeVisible();
  return canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const { data } = (element as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
    return Array.from({ length: width * height }, (_, i) => data[4 * i]!);
  });
}

/** The same of a picture in colour, in the order [channel, row, column]. */
export async function shownColours(page: Page): Promise<number[]> {
  const canvas = page.getByRole("img", { name: "What the model reads" });
  await expect(canvas).toBeVisible();
  return canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const { data } = (element as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
    return [0, 1, 2].flatMap((channel) => Array.from({ length: width * height }, (_, i) => data[4 * i + channel]!));
  });
}

/** What the page says that it did to a file. */
export async function shownSteps(page: Page): Promise<string[]> {
  // Files are read in a worker: the steps come a moment later.
  await expect(page.locator(".steps li").first()).toBeAttached();
  return (await page.locator(".steps li").allTextContents()).map((words) => words.replaceAll("\u00a0", " "));
}

/** Presses the button, agrees to what that takes if the page asks, and waits for the result card. */
export async function diagnose(page: Page): Promise<Locator> {
  await toEntries(page);
  await compared(page);
  await submit(page).click();
  const agree = page.getByRole("button", { name: /^Yes, get the result for / });
  if (await agree.isVisible()) await agree.click();
  const result = page.locator(".result");
  // As long as the test may take.
  await expect(result).toBeVisible({ timeout: test.info().timeout });
  return result;
}

/** `−12, 7` as shown on the page. */
export function integers(shown: string | null): bigint[] {
  return (shown ?? "").split(",").map((part) => BigInt(part.trim().replace("−", "-")));
}
