/** What was entered beside what was sent in its place: as a table, and for pictures and signals also to look at. */

import type { Model } from "./api";
import type { Card, ImageInput, SignalInput } from "./card";
import { h } from "./dom";
import { integer, real } from "./format";
import { levelsCanvas } from "./image/canvas";
import { levelsOf } from "./image/levels";
import type { Inference } from "./protocol";
import { plot } from "./signal/plot";

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
    figure(levelsCanvas(levelsOf(values, input), "The private picture"), "Your picture as the model reads it", "stays here"),
    figure(
      levelsCanvas({ width, height, channels, levels }, "The masked picture: noise"),
      "The masked picture",
      `sent: ${bits} bits for each ${channels === 1 ? "grey level" : "level of a colour"}, drawn by their upper 8`,
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
    figure(plot({ ...drawn, values, unit: unitName, label: "The private signal" }), "Your signal as the model reads it", "stays here"),
    figure(plot({ ...drawn, values: noise, unit: `÷ 2${superscript(bits)}`, label: "The masked signal: noise" }), "The masked signal", `sent: ${bits} bits for each value`),
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
      const colours = channels === 1 ? [""] : [", red", ", green", ", blue"];
      if (order === "bgr") colours.reverse();
      const indices = Array.from({ length: FIRST }, (_, i) => (i % channels) * plane + first + Math.floor(i / channels));
      return rowsAt(indices, values, (index) => {
        const [colour, pixel] = [colours[Math.floor(index / plane)] ?? "", index % plane];
        return `Row ${Math.floor(pixel / width) + 1}, column ${(pixel % width) + 1}${colour}`;
      });
    }
    case "signal": {
      const first = Math.max(0, (input.marker?.index ?? Math.floor(input.length / 2)) - FIRST / 2);
      const indices = Array.from({ length: FIRST }, (_, i) => first + i);
      return rowsAt(indices, values, (index) => `At ${real((1000 * index) / input.sample_rate, 4)} ms`);
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
  const some = rows.length < values.length ? `${rows.length} of the ${values.length} values, ` : "";
  const table = h(
    "table",
    {},
    h("caption", { class: some ? "caption" : "visually-hidden" }, `${some}private and as they were sent`),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, card.input.kind === "fields" ? "Measurement" : "Value"),
        h("th", { scope: "col" }, entered(card)),
        h("th", { scope: "col", class: "number" }, "As an integer", h("small", {}, "stays here")),
        h("th", { scope: "col", class: "number" }, "Masked", h("small", {}, `sent, ${program.input.bits} bits`)),
      ),
    ),
    h("tbody", {}, ...rows),
  );
  const box = h("div", { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "Private and masked values" }, table);
  return rows.length <= FIRST ? box : h("div", {}, box, unfold(rows));
}

function entered({ input }: Card): string {
  switch (input.kind) {
    case "fields":
      return "You entered";
    case "image":
      return input.channels === 1 ? "Grey level" : "Level";
    case "signal":
      return `Signal, ${input.unit}`;
  }
}

/** A button that shows all rows, or the first ones again. */
function unfold(rows: HTMLElement[]): HTMLElement {
  const more = h("button", { type: "button", class: "button-quiet", "aria-expanded": "false" }, `Show all ${rows.length}`);
  more.addEventListener("click", () => {
    const open = more.getAttribute("aria-expanded") !== "true";
    more.setAttribute("aria-expanded", String(open));
    more.textContent = open ? `Show the first ${FIRST}` : `Show all ${rows.length}`;
    rows.slice(FIRST).forEach((row) => (row.hidden = !open));
  });
  return more;
}
