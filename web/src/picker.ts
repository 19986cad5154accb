/** The first step: the models on offer, a row each, with what they need and take. */

import { headline } from "./accuracy";
import type { ModelSummary, Unusable } from "./api";
import type { Brief } from "./card";
import { h, s } from "./dom";
import { forecast } from "./forecast";
import { bytes, languageName, listed, real, roughly } from "./format";
import { isForeign } from "./language";
import { address } from "./route";
import { t } from "./texts/texts";

/** A list of links: a choice leads on at once. */
export function picker(list: (ModelSummary | Unusable)[]): HTMLElement[] {
  const foreign = [...new Set(list.flatMap((model) => ("card" in model && isForeign(model.card.language) ? [model.card.language] : [])))];
  const rows = h("ul", { class: "models" }, ...list.map((model) => h("li", {}, "card" in model ? row(model) : unusable(model))));
  return [...(foreign.length > 0 ? [h("p", { class: "caption" }, t.page.foreign.models(listed(foreign.map(languageName))))] : []), rows];
}

function row({ id, card, sizes }: ModelSummary): HTMLElement {
  const { language } = card;
  const takes = sizes && forecast(sizes);
  const needs = [needed(card), takes && t.page.takes(roughly(takes.seconds), bytes(takes.bytes))];
  return h(
    "a",
    { class: "model", id: `model-${id}`, href: address({ model: id, result: false }) },
    icon(card.input.kind),
    h("span", { class: "model-title", lang: language }, card.title),
    h("span", { class: "model-needs" }, needs.filter((part) => part).join(" · ")),
    h("span", { class: "model-accuracy" }, headline(card)),
  );
}

/** A model that cannot be picked, and why. */
function unusable({ title, problem }: Unusable): HTMLElement {
  return h(
    "div",
    { class: "model unusable" },
    h("span", { class: "model-title" }, title),
    h("span", { class: "model-needs" }, t.page.unusable(problem)),
  );
}

function needed({ input }: Brief): string {
  switch (input.kind) {
    case "fields":
      return t.page.needs.fields(input.count);
    case "image":
      return t.page.needs.image;
    case "signal":
      return t.page.needs.signal(real((input.length - 1) / input.sample_rate, 2));
  }
}

const ICONS: Record<Brief["input"]["kind"], string> = {
  fields: "M5 6h14M5 12h14M5 18h9",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  signal: "M3 13h5l2-7 4 13 2.5-6H21",
};

function icon(kind: Brief["input"]["kind"]): SVGElement {
  return s("svg", { class: "model-icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: ICONS[kind] }));
}
