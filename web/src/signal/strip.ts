/**
 * A whole signal to look at and to choose a beat on: closer and farther by buttons, wheel, keys or two fingers, along by dragging. For
 * those who do not see it, it is a slider over the beats.
 */

import { h } from "../dom";
import { t } from "../texts/texts";
import { ExtremesOf } from "./extremes";
import { type Colours, paint, type Picture, places } from "./paint";
import type { Peak } from "./peaks";
import { Sight } from "./sight";

export interface StripOptions {
  values: Float64Array;
  sampleRate: number;
  unit: string;
  /** All that were found, as dots. */
  peaks: Peak[];
  /** How many of them can be chosen. */
  beats: number;
  /** Values that the model reads, and the place among them that lies on a beat's mark. */
  length: number;
  mark: number;
  /** The value that was pressed on. */
  pressed: (index: number) => void;
  /** So many beats on, or back where it is negative; without end where it is infinite. */
  step: (by: number) => void;
}

/** What is chosen now. */
export interface Chosen {
  start: number;
  /** Of the beats that can be chosen; -1 where the mark lies on none. */
  beat: number;
  words: string;
}

const HEIGHT = 220;
/** Pixels that a second has at first, where the signal is longer than that. */
const SECOND = 90;
/** Pixels that a pointer may tremble by. */
const STILL = 6;
const CLOSER = 1.6;
/** Beats that a key goes on by, as sliders have it. */
const STEPS: Record<string, number> = {
  ArrowRight: 1,
  ArrowUp: 1,
  ArrowLeft: -1,
  ArrowDown: -1,
  PageUp: 10,
  PageDown: -10,
  Home: -Infinity,
  End: Infinity,
};

export class Strip {
  readonly element: HTMLElement;
  /** What moves it, to stand below. */
  readonly controls: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #closer = h("button", { type: "button", class: "button-quiet" }, t.strip.closer);
  readonly #farther = h("button", { type: "button", class: "button-quiet" }, t.strip.farther);
  readonly #whole = h("button", { type: "button", class: "button-quiet" }, t.strip.whole);
  readonly #sight: Sight;
  readonly #picture: Picture;
  readonly #pointers = new Map<number, { x: number; moved: boolean }>();
  readonly #ended = new AbortController();
  #chosen: Chosen = { start: 0, beat: -1, words: "" };
  #width = 0;
  #scheduled = false;
  #locked = false;

  constructor(private readonly options: StripOptions) {
    const { values, sampleRate, unit, peaks, beats } = options;
    this.#sight = new Sight(values.length);
    this.#picture = { values, extremes: new ExtremesOf(values), sight: this.#sight, sampleRate, unit, part: null, peaks, letters: new Map() };
    this.#canvas = h("canvas", {
      class: "strip-canvas",
      height: HEIGHT,
      tabindex: 0,
      role: "slider",
      "aria-label": t.strip.label(values.length / sampleRate, beats),
      "aria-describedby": "strip-hint",
      "aria-valuemin": 0,
      "aria-valuemax": beats,
    });
    this.element = h(
      "div",
      { class: "strip" },
      this.#canvas,
    );
    this.controls = h(
      "div",
      { class: "strip-controls" },
      h("div", { class: "strip-buttons", role: "group", "aria-label": t.strip.sight }, this.#closer, this.#farther, this.#whole),
      h("p", { class: "hint", id: "strip-hint" }, t.strip.hint),
    );
    this.#listen();
  }

  /** Nothing of it is drawn any more. */
  end(): void {
    this.#ended.abort();
  }

  lock(locked: boolean): void {
    this.#locked = locked;
    this.#canvas.setAttribute("aria-disabled", String(locked));
  }

  focus(): void {
    this.#canvas.focus();
  }

  /** Shows what is chosen, and brings it into sight. */
  choose(chosen: Chosen): void {
    const { length, mark } = this.options;
    this.#chosen = chosen;
    this.#picture.part = { start: chosen.start, length, mark };
    this.#canvas.setAttribute("aria-valuenow", String(chosen.beat + 1));
    this.#canvas.setAttribute("aria-valuetext", chosen.words);
    this.#sight.show(chosen.start, chosen.start + length);
    this.#draw();
  }

  /** Letters above beats whose class is known. */
  name(letters: Map<number, string>): void {
    this.#picture.letters = letters;
    this.#draw();
  }

  #listen(): void {
    const { signal } = this.#ended;
    const canvas = this.#canvas;
    const on = <K extends keyof HTMLElementEventMap>(name: K, what: (event: HTMLElementEventMap[K]) => void): void =>
      canvas.addEventListener(name, what, { signal, passive: false });
    on("pointerdown", (event) => this.#press(event));
    on("pointermove", (event) => this.#drag(event));
    on("pointerup", (event) => this.#release(event, true));
    on("pointercancel", (event) => this.#release(event, false));
    on("wheel", (event) => this.#wheel(event));
    on("keydown", (event) => this.#key(event));
    const middle = (): number => {
      const { start } = this.#chosen;
      const place = start + this.options.mark;
      return place >= this.#sight.from && place < this.#sight.to ? place : (this.#sight.from + this.#sight.to) / 2;
    };
    this.#closer.addEventListener("click", () => this.#zoom(CLOSER, middle()));
    this.#farther.addEventListener("click", () => this.#zoom(1 / CLOSER, middle()));
    this.#whole.addEventListener("click", () => {
      this.#sight.whole();
      this.#draw();
    });
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"])
      matchMedia(query).addEventListener("change", () => this.#draw(), { signal });
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(canvas);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  #resize(): void {
    const width = Math.round(this.#canvas.clientWidth);
    if (width === 0 || width === this.#width) return;
    const first = this.#width === 0;
    this.#width = width;
    const { sampleRate, length, mark } = this.options;
    if (first) this.#sight.around(this.#chosen.start + mark, Math.max(2 * length, (width / SECOND) * sampleRate));
    this.#draw();
  }

  /** At the next frame, however often it is asked for until then. */
  #draw(): void {
    this.#closer.disabled = this.#sight.isClosest;
    this.#farther.disabled = this.#whole.disabled = this.#sight.isWhole;
    if (this.#scheduled || this.#width === 0) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      if (this.#ended.signal.aborted) return;
      const sharp = devicePixelRatio;
      this.#canvas.width = Math.round(this.#width * sharp);
      this.#canvas.height = Math.round(HEIGHT * sharp);
      const context = this.#canvas.getContext("2d");
      if (!context) return;
      context.scale(sharp, sharp);
      paint(context, this.#width, HEIGHT, this.#picture, colours(this.#canvas), getComputedStyle(this.#canvas).fontFamily);
      // What is drawn, for tests: pixels tell nobody.
      this.#canvas.dataset["sight"] = `${this.#sight.from} ${this.#sight.to}`;
    });
  }

  #zoom(factor: number, place: number): void {
    this.#sight.zoom(factor, place);
    this.#draw();
  }

  /** The value below a pointer. */
  #index(clientX: number): number {
    return places(this.#sight, this.#width).index(clientX - this.#canvas.getBoundingClientRect().left);
  }

  #press(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, { x: event.clientX, moved: false });
    // A second finger is no tap.
    if (this.#pointers.size > 1) for (const pointer of this.#pointers.values()) pointer.moved = true;
  }

  #drag(event: PointerEvent): void {
    const pointer = this.#pointers.get(event.pointerId);
    if (!pointer) return;
    if (!pointer.moved && Math.abs(event.clientX - pointer.x) < STILL) return;
    const others = [...this.#pointers].filter(([id]) => id !== event.pointerId).map(([, { x }]) => x);
    const values = (pixels: number): number => this.#index(pixels) - this.#index(0);
    const [other] = others;
    if (other === undefined) {
      this.#sight.move(values(pointer.x) - values(event.clientX));
    } else {
      const [before, now] = [Math.abs(pointer.x - other), Math.abs(event.clientX - other)];
      if (before > 1 && now > 1) this.#sight.zoom(now / before, this.#index((event.clientX + other) / 2));
    }
    pointer.moved = true;
    pointer.x = event.clientX;
    this.#draw();
  }

  #release(event: PointerEvent, pressed: boolean): void {
    const pointer = this.#pointers.get(event.pointerId);
    this.#pointers.delete(event.pointerId);
    if (!pointer || pointer.moved || !pressed || this.#locked) return;
    const index = Math.round(this.#index(event.clientX));
    this.options.pressed(Math.max(0, Math.min(this.options.values.length - 1, index)));
  }

  /** Only where it is meant for the drawing: else the page scrolls. */
  #wheel(event: WheelEvent): void {
    const zooms = event.ctrlKey || event.metaKey || (document.activeElement === this.#canvas && !event.shiftKey);
    const along = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.shiftKey ? event.deltaY : 0;
    if (along !== 0) this.#sight.move((along / this.#width) * this.#sight.width);
    else if (zooms) this.#sight.zoom(Math.exp(-event.deltaY / (event.ctrlKey && !event.deltaMode ? 100 : 400)), this.#index(event.clientX));
    else return;
    event.preventDefault();
    this.#draw();
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = STEPS[event.key];
    const place = this.#chosen.start + this.options.mark;
    if (step !== undefined) {
      if (!this.#locked) this.options.step(step);
    } else if (event.key === "+" || event.key === "=") this.#zoom(CLOSER, place);
    else if (event.key === "-") this.#zoom(1 / CLOSER, place);
    else if (event.key === "0") this.#zoom(0, place);
    else return;
    event.preventDefault();
  }
}

function colours(element: HTMLElement): Colours {
  const style = getComputedStyle(element);
  const named = (name: string): string => style.getPropertyValue(`--strip-${name}`).trim() || style.color;
  return {
    line: named("line"),
    signal: named("signal"),
    text: named("text"),
    mark: named("mark"),
    part: named("part"),
    edge: named("edge"),
    surface: named("surface"),
  };
}
