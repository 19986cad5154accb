/** What was entered beside what was sent in its place: as a table, and for pictures and signals also to look at. */

import type { Model } from "./api";
import type { Card, ImageInput, SignalInput } from "./card";
import { h } from "./dom";
import { integer, real } from "./format";
import { levelsCanvas } from "./image/canvas";
import { levelsOf } from "./image/levels";
import type { Inference } from "./protocol";
import { plot } from "./signal/plot";
import { t } from "./texts/texts";

/** Rows of the table that are shown at first. */
const FIRST = 6;

export function masked(model: Model, values: number[], inference: Inference): HTMLElement {
  const { input } = model.card;
  const table = maskTable(model, values, inference);
  if (input.kind === "fields") return table;
  const pair = input.kind === "image" ? pictures(model, input, values, inference) : signals(model, input, values, inference);
  return h("div", { class: "masked" }, pair, table);
}

/** The masked numbers as levels: the upper eight bits of each. */
function pictures({ program }: Model, input: ImageInput, values: number[], { masked }: Inference): HTMLElement {
  const { bits } = program.input;
  const { width, height, channels } = input;
  const levels = masked.map((element) => Math.floor(unit(element, bits) * 256));
  return h(
    "div",
    { class: "picture-pair" },
    figure(levelsCanvas(levelsOf(values, input), t.leaving.privatePicture), t.leaving.yourPicture, t.leaving.stays),
    figure(
      levelsCanvas({ width, height, channels, levels }, t.leaving.noise),
      t.leaving.maskedPicture,
      channels === 1 ? t.leaving.drawnGrey(bits) : t.leaving.drawnColour(bits),
    ),
  );
}

function signals({ program }: Model, input: SignalInput, values: number[], { masked }: Inference): HTMLElement {
  const { sample_rate: sampleRate, unit: unitName, marker } = input;
  const { bits } = program.input;
  const noise = masked.map((element) => unit(element, bits));
  const drawn = { sampleRate, marker };
  return h(
    "div",
    { class: "signal-pair" },
    figure(plot({ ...drawn, values, unit: unitName, label: t.leaving.privateSignal }), t.leaving.yourSignal, t.leaving.stays),
    figure(plot({ ...drawn, values: noise, unit: `÷ 2${superscript(bits)}`, label: t.leaving.noiseSignal }), t.leaving.maskedSignal, t.leaving.drawnSignal(bits)),
  );
}

function figure(drawing: HTMLElement, title: string, where: string): HTMLElement {
  return h("figure", {}, drawing, h("figcaption", {}, h("strong", {}, title), " ", h("span", { class: "caption" }, where)));
}

/** `²⁵`. */
function superscript(value: number): string {
  return [...String(value)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
}

/** A ring element as a fraction of its ring. */
function unit(element: string, bits: number): number {
  return Number(element) / 2 ** bits;
}

interface Row {
  index: number;
  name: string;
  entered: string;
}

/** All fields; of a picture or a signal a few values from its middle, where there is something to see. */
function rowsOf({ input }: Card, values: number[]): Row[] {
  switch (input.kind) {
    case "fields":
      return input.fields.map((field, index) => {
        const value = values[index]!;
        const choice = field.choices.find((option) => option.value === value);
        return { index, name: field.label, entered: choice?.label ?? real(value) };
      });
    case "image": {
      const { width, height, channels, order } = input;
      const [plane, pixels] = [width * height, Math.ceil(FIRST / channels)];
      const first = Math.floor(height / 2) * width + Math.max(0, Math.floor((width - pixels) / 2));
      const colours = channels === 1 ? [""] : [t.leaving.colours.red, t.leaving.colours.green, t.leaving.colours.blue];
      if (order === "bgr") colours.reverse();
      const indices = Array.from({ length: FIRST }, (_, i) => (i % channels) * plane + first + Math.floor(i / channels));
      return rowsAt(indices, values, (index) => {
        const [colour, pixel] = [colours[Math.floor(index / plane)] ?? "", index % plane];
        return t.leaving.pixel(Math.floor(pixel / width) + 1, (pixel % width) + 1, colour);
      });
    }
    case "signal": {
      const first = Math.max(0, (input.marker?.index ?? Math.floor(input.length / 2)) - FIRST / 2);
      const indices = Array.from({ length: FIRST }, (_, i) => first + i);
      return rowsAt(indices, values, (index) => t.leaving.moment(real((1000 * index) / input.sample_rate, 4)));
    }
  }
}

function rowsAt(indices: number[], values: number[], name: (index: number) => string): Row[] {
  return indices.filter((index) => index < values.length).map((index) => ({ index, name: name(index), entered: real(values[index]!) }));
}

function maskTable({ card, program }: Model, values: number[], inference: Inference): HTMLElement {
  const shown = rowsOf(card, values);
  const rows = shown.map(({ index, name, entered }) =>
    h(
      "tr",
      { "data-index": index },
      h("th", { scope: "row" }, name),
      h("td", { class: "private" }, entered),
      h("td", { class: "private number" }, integer(inference.quantised[index] ?? 0)),
      h("td", { class: "sent number" }, inference.masked[index] ?? ""),
    ),
  );
  rows.slice(FIRST).forEach((row) => (row.hidden = true));
  const some = rows.length < values.length;
  const table = h(
    "table",
    {},
    h("caption", { class: some ? "caption" : "visually-hidden" }, some ? t.leaving.some(rows.length, values.length) : t.leaving.all),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, card.input.kind === "fields" ? t.leaving.measurement : t.leaving.value),
        h("th", { scope: "col" }, entered(card)),
        h("th", { scope: "col", class: "number" }, t.leaving.integer, h("small", {}, t.leaving.stays)),
        h("th", { scope: "col", class: "number" }, t.leaving.masked, h("small", {}, t.leaving.sentBits(program.input.bits))),
      ),
    ),
    h("tbody", {}, ...rows),
  );
  const box = h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": t.leaving.table }, table);
  return rows.length <= FIRST ? box : h("div", {}, box, unfold(rows));
}

function entered({ input }: Card): string {
  switch (input.kind) {
    case "fields":
      return t.leaving.entered;
    case "image":
      return input.channels === 1 ? t.leaving.greyLevel : t.leaving.level;
    case "signal":
      return t.leaving.signalIn(input.unit);
  }
}

/** A button that shows all rows, or the first ones again. */
function unfold(rows: HTMLElement[]): HTMLElement {
  const more = h("button", { type: "button", class: "button-quiet", "aria-expanded": "false" }, t.leaving.showAll(rows.length));
  more.addEventListener("click", () => {
    const open = more.getAttribute("aria-expanded") !== "true";
    more.setAttribute("aria-expanded", String(open));
    more.textContent = open ? t.leaving.showFirst(FIRST) : t.leaving.showAll(rows.length);
    rows.slice(FIRST).forEach((row) => (row.hidden = !open));
  });
  return more;
}
