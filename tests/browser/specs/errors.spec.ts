/** Whatever goes wrong is said readably, can be tried again, and costs nobody their entries. */

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import type { Page } from "@playwright/test";
import { bundle } from "../support/cards";
import { expect, test } from "../support/fixtures";
import { closeFrame, frame, passFirstMessage, startImpostor } from "../support/impostor";
import { choose, diagnose, entries, loadSample, pickModel, prepared, submit, toEntries } from "../support/page";
import { BINARY } from "../support/server";

const MODEL = bundle("wdbc");
const SAMPLE = MODEL.card.samples[0]!;

/** The close code of the protocol's `version` errors. */
const VERSION = 4003;

async function fill(page: Page, url: string): Promise<string[]> {
  await pickModel(page, url, MODEL.id);
  await loadSample(page, SAMPLE.name);
  return entries(page);
}

async function expectNotice(page: Page, title: string, kept: string[]): Promise<void> {
  await expect(page.getByRole("alert").locator(".notice-title")).toHaveText(title);
  await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
  expect(await entries(page)).toEqual(kept);
  await expect(submit(page)).toBeEnabled();
}

test("the server is away when the page asks for models", async ({ page, server }) => {
  await page.route("**/api/models", (route) => route.abort("connectionrefused"));
  await page.goto(server.url);
  await expect(page.getByRole("alert")).toContainText("The server cannot be reached");
  await page.unroute("**/api/models");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator(`#model-${MODEL.id}`)).toBeVisible();
});

test("the server goes away while the form is filled in, and comes back", async ({ page, launch }) => {
  const server = await launch();
  const kept = await fill(page, server.url);
  await prepared(page);
  await server.kill();
  await expect(page.locator(".queue")).toContainText("tried again for two minutes");
  await submit(page).click();
  await launch({ port: server.port });
  await expectNotice(page, "The connection was lost", kept);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator('[data-exact="equal"]')).toBeVisible();
});

test("the server is killed midway", async ({ page, launch }) => {
  const server = await launch();
  const kept = await fill(page, server.url);
  await prepared(page);
  process.kill(server.pid, "SIGSTOP");
  await submit(page).click();
  await expect(page.locator('[data-phase="online"]')).toHaveAttribute("data-state", "active");
  await server.kill();
  await expect(page.locator(".queue")).toContainText("tried again for two minutes");
  await launch({ port: server.port });
  await expectNotice(page, "The connection was lost", kept);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator('[data-exact="equal"]')).toBeVisible();
});

test("cancelling a run that hangs keeps the entries, and the next run works", async ({ page, launch }) => {
  const server = await launch();
  const kept = await fill(page, server.url);
  await prepared(page);
  process.kill(server.pid, "SIGSTOP");
  await submit(page).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.locator(".status")).toContainText("Cancelled");
  expect(await entries(page)).toEqual(kept);
  await expect(submit(page)).toBeFocused();
  process.kill(server.pid, "SIGCONT");
  await expect((await diagnose(page)).locator('[data-exact="equal"]')).toBeVisible();
});

test("the server is full, until another session ends", async ({ page, browser, launch }) => {
  const server = await launch({ args: ["--max-sessions", "1"] });
  const other = await browser.newPage();
  await pickModel(other, server.url, MODEL.id);
  await prepared(other);
  const kept = await fill(page, server.url);
  await expect(page.locator(".status")).toContainText("The server is full");
  await submit(page).click();
  const waiting = page.locator(".queue");
  await expect(waiting).toHaveText(/The server is full. The page tries again by itself in \d+\ss\./);
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.locator(".status")).toContainText("Cancelled");
  await expect(waiting).toBeEmpty();
  await submit(page).click();
  await expect(waiting).toContainText("tries again by itself");
  expect(await entries(page)).toEqual(kept);
  await other.close();
  await expect(page.locator('[data-exact="equal"]')).toBeVisible({ timeout: 60_000 });
  await expect(waiting).toBeEmpty();
});

test("all places are taken: the page says where it stands, and goes on when one is free", async ({ page, browser, launch }) => {
  const server = await launch({ args: ["--places", "1"] });
  // A page whose server hears its first message alone has a place until its time is over.
  let talk: (socket: Duplex) => void = () => undefined;
  const silent = new Promise<Duplex>((resolve) => (talk = resolve)).then((socket) => passFirstMessage(server.url, socket));
  const impostor = await startImpostor(server.url, (socket) => talk(socket));
  const other = await browser.newPage();
  await pickModel(other, impostor.url, MODEL.id);
  const leave = await silent;
  const kept = await fill(page, server.url);
  await expect(page.locator(".queue")).toHaveText("The server is busy, and you are in its queue. It is your turn next.");
  await page.screenshot({ path: test.info().outputPath("queue.png"), fullPage: true });
  leave();
  await prepared(page);
  await expect(page.locator(".queue")).toBeEmpty();
  expect(await entries(page)).toEqual(kept);
  await expect((await diagnose(page)).locator('[data-exact="equal"]')).toBeVisible();
  await other.close();
  await impostor.close();
});

test("a person who takes longer than the server waits", async ({ page, launch }) => {
  const server = await launch({ args: ["--idle-timeout", "1"] });
  const kept = await fill(page, server.url);
  await expect(page.locator('.status[data-state="failed"]')).toContainText("No longer prepared");
  expect(await entries(page)).toEqual(kept);
  await expect((await diagnose(page)).locator('[data-exact="equal"]')).toBeVisible();
});

test("a server of another version", async ({ page, server }) => {
  const impostor = await startImpostor(server.url, (socket) => {
    socket.once("data", () => socket.write(closeFrame(VERSION, "this server speaks version 99")));
  });
  const kept = await fill(page, impostor.url);
  await submit(page).click();
  await expectNotice(page, "Page and server do not match", kept);
  await impostor.close();
});

test("a peer that sends nonsense", async ({ page, server }) => {
  const impostor = await startImpostor(server.url, (socket) => {
    socket.once("data", () => socket.write(frame("binary", Buffer.from("nonsense, and not much of it"))));
  });
  const kept = await fill(page, impostor.url);
  await submit(page).click();
  await expect(page.getByRole("alert").locator(".notice-title")).toHaveText(/The two sides disagreed|Page and server do not match/);
  expect(await entries(page)).toEqual(kept);
  await impostor.close();
});

test("entries that cannot be right are named next to their field", async ({ page, server, recording }) => {
  await fill(page, server.url);
  await prepared(page);
  const sentBefore = recording.frames.length;
  await page.locator("#field-0").fill("twelve");
  await page.locator("#field-1").fill("99999");
  await page.locator("#field-2").fill("");
  await submit(page).click();
  await expect(page.locator("#field-0-error")).toContainText("is not a number");
  await expect(page.locator("#field-1-error")).toContainText("Too large: at most");
  await expect(page.locator("#field-2-error")).toContainText("Please enter a value");
  await expect(page.locator("#field-0")).toHaveAttribute("aria-invalid", "true");
  await expect(page.locator("#field-0")).toBeFocused();
  await expect(page.getByRole("alert")).toContainText("marked fields");
  expect(recording.frames.length, "nothing is sent for an incomplete form").toBe(sentBefore);
  await page.locator("#field-0").fill(String(SAMPLE.values[0]));
  await expect(page.locator("#field-0-error")).toBeEmpty();
});

test("entries survive switching between the models", async ({ page, server }) => {
  const kept = await fill(page, server.url);
  await choose(page, "heart");
  await expect(page.locator("#field-12")).toBeVisible();
  await choose(page, MODEL.id);
  await expect.poll(() => entries(page)).toEqual(kept);
});

test("a server that asks for a ticket: the page asks the person, and keeps it in memory alone", async ({ page, launch }) => {
  const store = test.info().outputPath("store.db");
  mkdirSync(dirname(store), { recursive: true });
  const run = (...args: string[]): string => execFileSync(BINARY, ["tickets", ...args, "--store", store], { encoding: "utf8" });
  const ticket = run("create", "--name", "a clinic", "--budget", "inferences=1/day").trim();
  const server = await launch({ args: ["--store", store, "--require-ticket"] });
  const kept = await fill(page, server.url);
  const field = page.getByLabel("Ticket");
  await expect(page.getByText("This server asks for a ticket")).toBeVisible();
  await page.screenshot({ path: test.info().outputPath("ticket.png"), fullPage: true });
  await field.fill("sotto_of_somebody_else");
  await page.getByRole("button", { name: "Use this ticket" }).click();
  await expect(page.getByText("The server does not take this ticket")).toBeVisible();
  // Asked for a result, the page goes on with that once it has a ticket.
  await submit(page).click();
  await expect(field).toBeFocused();
  await field.fill(ticket);
  await field.press("Enter");
  await expect(page.locator('[data-exact="equal"]')).toBeVisible({ timeout: 60_000 });
  await expect(field).toBeHidden();
  expect(await entries(page)).toEqual(kept);
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]));
  expect(stored).not.toContain(ticket);
  expect(await page.content()).not.toContain(ticket);
  // The budget is one inference.
  await toEntries(page);
  await submit(page).click();
  await expectNotice(page, "Nothing more can be computed for now", kept);
  await expect(page.getByRole("alert")).toContainText("the budget of 1 inferences a day is used up");
  expect(run("usage")).toMatch(/ticket \w+ +\d{4}-\d\d-\d\d +inferences +1\n/);
});
