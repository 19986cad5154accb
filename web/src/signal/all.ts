/**
 * All beats of a recording in one go: what it takes is said first, it can be cancelled, and what was decided of each stands in a table. It
 * has a session of its own, which prepares as many inferences as there are beats and no more.
 */

import { type Model, sessionUrl } from "../api";
import { capitalise, type SignalInput } from "../card";
import { h } from "../dom";
import { notice } from "../errors";
import { forecast } from "../forecast";
import { bytes, percent, score as points, real, seconds } from "../format";
import { noticeBox } from "../notice";
import { pace } from "../pace";
import { answer } from "../prediction";
import type { Progress } from "../protocol";
import { whileFull } from "../retry";
import { Cancelled, Session } from "../session";
import { t } from "../texts/texts";
import { type BeatResult, chosenOf, decided, DOUBTFUL, isDoubtful, tally } from "./tally";
import { partProblem } from "./window";

/** Beats in one go. */
const MOST = 100;

interface Offer {
  values: Float64Array;
  /** Starts of the parts whose mark lies on a beat. */
  places: number[];
  mark: number;
}

export class AllBeats {
  readonly element = h("div", { class: "all-beats", hidden: true });
  readonly #ask = h("button", { type: "button", class: "button-quiet" });
  readonly #panel = h("div", { class: "all-panel" });
  #offer: Offer | null = null;
  #start = 0;
  #session: Session | null = null;
  /** Ends what runs. */
  #stop: () => void = () => {};
  #locked = false;

  constructor(
    private readonly model: Model,
    private readonly input: SignalInput,
    /** Chooses the beat at a value. */
    private readonly choose: (index: number) => void,
    /** Letters for beats whose class is known. */
    private readonly named: (letters: Map<number, string>) => void,
  ) {
    this.#ask.addEventListener("click", () => this.#confirm());
    this.element.append(this.#ask, this.#panel);
  }

  /** Nothing to classify: what runs ends. */
  clear(): void {
    this.stop();
    this.#offer = null;
    this.element.hidden = true;
    this.element.removeAttribute("data-done");
    this.#panel.replaceChildren();
  }

  /** Ends what runs, and shows what was decided until then. */
  stop(): void {
    this.#stop();
  }

  lock(locked: boolean): void {
    this.#locked = locked;
    this.#ask.disabled = locked || this.#session !== null;
  }

  /** Offers the beats of a recording, where there are several. */
  show(values: Float64Array, places: number[], mark: number): void {
    this.clear();
    if (places.length < 2) return;
    this.#offer = { values, places, mark };
    this.element.hidden = false;
    this.chosen(this.#start);
  }

  /** Another part is chosen: with many beats, those from it on are offered. */
  chosen(start: number): void {
    this.#start = start;
    const count = this.#offer?.places.length ?? 0;
    this.#ask.textContent = count <= MOST ? t.beats.all(count) : t.beats.some(MOST);
  }

  /** Says what it takes, and asks. */
  #confirm(): void {
    if (!this.#offer || this.#session) return;
    const { places, values, mark } = this.#offer;
    const chosen = chosenOf(places, this.#start, MOST);
    const { length } = this.input;
    const parts = chosen.places.map((start, i) => ({ number: chosen.first + i, start, part: values.subarray(start, start + length) }));
    const usable = parts.filter(({ part }) => partProblem(part, this.input) === null);
    const go = h("button", { type: "button", class: "button-quiet" }, t.beats.yes(usable.length));
    const no = h("button", { type: "button", class: "button-quiet" }, t.beats.no);
    go.addEventListener("click", () => void this.#run(usable, mark));
    no.addEventListener("click", () => {
      this.#panel.replaceChildren();
      this.#ask.focus();
    });
    const left = parts.length - usable.length;
    this.element.removeAttribute("data-done");
    this.#panel.replaceChildren(
      h(
        "div",
        { class: "consent", role: "group", "aria-label": t.beats.takes },
        h("p", { class: "consent-title" }, t.beats.may(usable.length)),
        h("p", {}, this.#price(usable.length)),
        h("p", {}, t.beats.budget(usable.length)),
        places.length > MOST ? h("p", {}, t.beats.limit(MOST, places.length, chosen.first + 1, chosen.first + parts.length)) : null,
        left > 0 ? h("p", {}, t.beats.unusable(left)) : null,
        h("div", { class: "actions" }, go, no),
      ),
    );
    go.focus();
  }

  /** Bytes after the plan, and seconds as runs of this size took before, or as the line lets expect. */
  #price(count: number): string {
    const { cost } = this.model;
    if (!cost) return t.beats.unknownPrice;
    const { preprocess_bytes, online_bytes, online_rounds } = cost;
    const all = {
      setup_bytes: cost.setup_bytes,
      preprocess_bytes: count * preprocess_bytes,
      online_bytes: count * online_bytes,
      ...(online_rounds === undefined ? {} : { online_rounds: count * online_rounds }),
    };
    const [preparing, computing] = [pace.guess("preprocess", preprocess_bytes), pace.guess("online", online_bytes)];
    const expected = forecast(all);
    const time = preparing !== null && computing !== null ? count * (preparing + computing) : expected.seconds;
    return t.beats.price(bytes(expected.bytes), about(time));
  }

  async #run(parts: { number: number; start: number; part: Float64Array }[], mark: number): Promise<void> {
    const began = performance.now();
    const offer = this.#offer;
    const bar = h("progress", { max: parts.length, value: 0, "aria-label": t.beats.progress });
    const said = h("p", { class: "status", role: "status" }, t.beats.begins);
    const queue = h("p", { class: "queue", role: "status" });
    const cancel = h("button", { type: "button", class: "button-quiet" }, t.beats.cancel);
    let carried = 0;
    const session = new Session(this.model, sessionUrl(location), true, {
      state: () => {},
      progress: (progress: Progress) => {
        pace.remember(progress);
        if (progress.done) carried += progress.bytesSent + progress.bytesReceived;
      },
      queue: ({ position }) => (queue.textContent = position > 0 ? t.beats.queue(position) : ""),
      connection: (connection) => (queue.textContent = connection === "lost" ? t.beats.lost : ""),
      background: () => {},
    });
    const stopped = new AbortController();
    this.#stop = (): void => {
      stopped.abort();
      session.close();
    };
    cancel.addEventListener("click", this.#stop);
    this.#session = session;
    this.#ask.disabled = true;
    this.#panel.replaceChildren(bar, said, queue, h("div", { class: "actions" }, cancel));
    cancel.focus();
    const results: BeatResult[] = [];
    let failure: unknown = null;
    try {
      for (const { number, start, part } of parts) {
        const full = (left: number | null): void => void (queue.textContent = left === null ? "" : t.run.full(left));
        const { prediction } = await whileFull(() => session.infer([...part], null), full, stopped.signal);
        results.push({ number, index: start + mark, label: answer(prediction), ...decided(prediction) });
        bar.value = results.length;
        const left = ((performance.now() - began) / 1000 / results.length) * (parts.length - results.length);
        said.textContent = t.beats.done(results.length, parts.length, about(left));
      }
    } catch (error) {
      failure = error;
    } finally {
      session.close();
      if (this.#session === session) {
        this.#session = null;
        this.#stop = () => {};
      }
      this.#ask.disabled = this.#locked || this.#session !== null;
    }
    // Another recording was chosen meanwhile.
    if (this.#offer !== offer) return;
    const took = t.beats.took(bytes(carried), seconds((performance.now() - began) / 1000));
    this.#present(results, parts.length, took, failure);
  }

  #present(results: BeatResult[], asked: number, took: string, failure: unknown): void {
    const { classes } = this.model.card;
    const counts = tally(results, classes);
    const title = h("h3", { tabindex: -1 }, results.length < asked ? t.beats.cancelled(results.length, asked) : t.beats.title(asked));
    const scored = results.some(({ score }) => score !== null);
    this.#panel.replaceChildren(
      ...(failure && !(failure instanceof Cancelled) ? [noticeBox(notice(failure), () => this.#confirm())] : []),
      title,
      ...(results.length > 0
        ? [
            h(
              "ul",
              { class: "tally", "aria-label": t.beats.counts },
              ...counts.map(({ label, count, doubtful }) =>
                h("li", { "data-class": label }, h("strong", {}, String(count)), ` ${label}`, doubtful > 0 ? ` (${t.beats.doubtful(doubtful)})` : ""),
              ),
            ),
            h("p", { class: "caption" }, [took, scored ? t.beats.doubtfulMeans(percent(DOUBTFUL)) : t.beats.noScores].join(" ")),
            this.#table(results),
          ]
        : []),
    );
    this.named(new Map(results.map(({ index, label }) => [index, label.charAt(0).toUpperCase()])));
    this.element.setAttribute("data-done", String(results.length));
    title.focus({ preventScroll: true });
  }

  #table(results: BeatResult[]): HTMLElement {
    const rows = results.map((result) => {
      const { number, index, label, score } = result;
      const go = h("button", { type: "button", class: "link", "aria-label": t.beats.show(number + 1) }, String(number + 1));
      go.addEventListener("click", () => this.choose(index));
      const doubtful = isDoubtful(result);
      return h(
        "tr",
        doubtful ? { class: "doubtful" } : {},
        h("th", { scope: "row" }, go),
        h("td", {}, real(Math.round((100 * index) / this.input.sample_rate) / 100, 8)),
        h("td", {}, capitalise(label)),
        h("td", {}, score === null ? "" : points(score), doubtful ? h("span", { class: "doubt" }, ` ${t.beats.doubt}`) : null),
      );
    });
    const heads = [t.beats.beat, t.beats.time, t.beats.class, t.beats.score];
    return h(
      "div",
      { class: "beat-table", tabindex: 0, role: "region", "aria-label": t.beats.table },
      h("table", {}, h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, ...rows)),
    );
  }
}

/** Whole seconds: a forecast is no measurement. */
function about(time: number): string {
  return time < 90 ? `${Math.max(1, Math.round(time))}\u00a0s` : seconds(time);
}
