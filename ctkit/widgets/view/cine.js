/** The slices played: how fast, from which to which, round and round or there and back. */

import { make, setAttribute, setHidden, setText } from "./dom.js";
import { clamp } from "./numbers.js";
import { SPEEDS } from "./parts/cine.js";

/** @typedef {import("./viewer.js").Viewer} Viewer */
/** @typedef {import("./state.js").State} State */

const EARLY = 0.25; // of a slice: a frame comes a little before its time, or after
const FASTER = 1.5; // by a key

export class Cine {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.playing = false;
    this.forward = true;
    /** When the slice in sight was due, in milliseconds. */
    this.due = NaN;
    this.request = 0;
    this.root = make("div", "ctkit-cine", viewer.root, { role: "group", "aria-label": "Play" });
    this.root.hidden = true;
    const set = (/** @type {Partial<State>} */ patch) => viewer.hand.set(patch);
    this.speed = this.add("Speed", { type: "range", min: SPEEDS[0], max: SPEEDS[1] }, (input) =>
      set({ speed: input.valueAsNumber }),
    );
    this.pace = make("span", "ctkit-cine-pace", this.root, { "aria-hidden": "true" });
    this.first = this.add("From", { type: "number", min: 0 }, (input) =>
      this.begin(input.valueAsNumber),
    );
    this.last = this.add("To", { type: "number", min: 0 }, (input) =>
      this.end(input.valueAsNumber),
    );
    this.sweeping = this.add("There and back", { type: "checkbox" }, (input) =>
      set({ playback: input.checked ? "sweeping" : "looping" }),
    );
  }

  /**
   * A control with its words beside it.
   * @param {string} words
   * @param {Record<string, string|number>} attributes
   * @param {(input: HTMLInputElement) => void} change
   */
  add(words, attributes, change) {
    const label = make("label", "", this.root);
    make("span", "", label).textContent = words;
    const input = make("input", "", label, { ...attributes, "aria-label": words });
    input.dataset.lmSuppressShortcuts = "true";
    const kind = attributes.type === "range" ? "input" : "change";
    const options = { signal: this.viewer.stop.signal };
    input.addEventListener(kind, () => change(input), options);
    return input;
  }

  /** Play, or stop. */
  toggle() {
    this.playing = !this.playing;
    this.due = NaN;
    cancelAnimationFrame(this.request);
    if (this.playing) this.request = requestAnimationFrame((time) => this.step(time));
  }

  /** One frame of the display: the slices that are due by now. @param {number} time in milliseconds */
  step(time) {
    if (!this.playing) return;
    this.request = requestAnimationFrame((later) => this.step(later));
    const { state } = this.viewer;
    const each = 1000 / state.speed;
    const waiting = this.viewer.shown.some((pane) => pane.waiting);
    // A picture that has not come is waited for, and nothing is made up for after a long rest.
    if (waiting || !(time - this.due < 1000)) this.due = time;
    const steps = Math.floor((time - this.due) / each + EARLY);
    if (steps < 1) return;
    this.due += steps * each;
    const next = sliceAfter(state.slice, steps, endsOf(state), state.playback, this.forward);
    this.forward = next.forward;
    this.viewer.goTo(next.slice);
  }

  /** The first slice; where it was that already, all are played again. @param {number} [slice] */
  begin(slice = this.viewer.state.slice) {
    const [first, last] = endsOf(this.viewer.state);
    return this.keep(slice === first ? 0 : slice, last);
  }

  /** The last slice. @param {number} [slice] */
  end(slice = this.viewer.state.slice) {
    const { state } = this.viewer;
    const [first, last] = endsOf(state);
    return this.keep(first, slice === last ? state.max_slice : slice);
  }

  /** @param {number} first @param {number} last */
  keep(first, last) {
    const end = this.viewer.state.max_slice;
    const [low, high] = [first, last].map((n) => clamp(Math.round(n) || 0, 0, end));
    const whole = low >= high || (low === 0 && high === end);
    this.viewer.hand.set({ range: whole ? null : [low, high] });
    // What was typed and is none shows what is.
    this.draw(this.viewer.state);
    return true;
  }

  /** Faster by a step, or slower. @param {number} sign */
  quicken(sign) {
    const { speed } = this.viewer.state;
    const wanted = Math.round(speed * FASTER ** sign);
    const moved = wanted === speed ? speed + sign : wanted;
    this.viewer.hand.set({ speed: clamp(moved, ...SPEEDS) });
    this.viewer.say(`${this.viewer.state.speed} slices a second`);
    return true;
  }

  /** @param {State} state */
  draw(state) {
    // From the first time on: a row that came and went would move what is below it.
    if (this.playing || state.range) setHidden(this.root, false);
    if (this.root.hidden) return;
    const [first, last] = endsOf(state);
    const shown = { speed: state.speed, first, last };
    for (const [name, value] of Object.entries(shown)) {
      const input = /** @type {HTMLInputElement} */ (this[/** @type {"speed"} */ (name)]);
      if (input.valueAsNumber !== value) input.value = String(value);
    }
    for (const input of [this.first, this.last]) input.max = String(state.max_slice);
    setAttribute(this.speed, "aria-valuetext", `${state.speed} slices a second`);
    setText(this.pace, `${state.speed} / s`);
    this.sweeping.checked = state.playback === "sweeping";
  }

  close() {
    this.playing = false;
    cancelAnimationFrame(this.request);
  }
}

/**
 * The first and the last slice that are played: those of the range, as far as the plane has them.
 * @param {{range: number[]|null, max_slice: number}} state
 * @returns {[number, number]}
 */
export function endsOf({ range, max_slice }) {
  const [first, last] = (range ?? [0, max_slice]).map((n) => clamp(n, 0, max_slice));
  return first < last ? [first, last] : [0, max_slice];
}

/**
 * The slice so many steps later, and whether the next goes forward.
 * @param {number} slice
 * @param {number} steps
 * @param {[number, number]} ends
 * @param {string} playback as in DICOM PS3.3 C.7.6.5: "looping" or "sweeping"
 * @param {boolean} forward
 */
export function sliceAfter(slice, steps, [first, last], playback, forward) {
  const count = last - first;
  if (slice < first || slice > last || count < 1) return { slice: first, forward: true };
  const from = slice - first;
  if (playback !== "sweeping") {
    return { slice: first + ((from + steps) % (count + 1)), forward: true };
  }
  const phase = ((forward ? from : 2 * count - from) + steps) % (2 * count);
  return phase <= count
    ? { slice: first + phase, forward: phase < count }
    : { slice: last + count - phase, forward: false };
}
