/**
 * A slider with a box for its number: a step is a whole HU at small numbers, a few percent at
 * large ones. A widget of its own, which imports nothing, and a control of the page without Jupyter.
 *
 * @typedef {import("./state.js").Model} Model
 */

const FINEST = 50; // steps to the value that they have reached: 2 %

/**
 * The numbers that the slider stops at, from low to high.
 * @param {number} low
 * @param {number} high
 * @param {number} [step] a power of ten
 * @returns {number[]}
 */
export function stops(low, high, step = 1) {
  const found = [];
  const end = Math.round(high / step);
  for (let n = Math.round(low / step); n < end; n += Math.max(1, round(n / FINEST))) {
    found.push(steps(n, step));
  }
  return [...found, high];
}

/**
 * So many steps, each a power of ten, as in Python: three of 0.1 are 0.3.
 * @param {number} count
 * @param {number} step
 */
export const steps = (count, step) =>
  // A step below 1 is not exact, what it goes into 1 is.
  step < 1 ? count / Math.round(1 / step) : count * step;

/** The largest of 1, 2, 5, 10, 20 ... that is not above. @param {number} value */
function round(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return Math.max(...[1, 2, 5].filter((step) => step * power <= value), 0) * power;
}

/** Every whole number: for what lies on both sides of 0. @param {number} low @param {number} high */
export const wholes = (low, high) => Array.from({ length: high - low + 1 }, (_, i) => low + i);

export class NumberSlider {
  /**
   * @param {Element} parent
   * @param {string} name
   * @param {number[]} stops
   * @param {(value: number) => void} change called when a hand has moved it
   * @param {boolean} [whole] whether what is typed is rounded
   * @param {string} [unit]
   */
  constructor(parent, name, stops, change, whole = true, unit = "HU") {
    this.unit = unit;
    this.stops = stops;
    this.change = change;
    const root = document.createElement("div");
    this.root = root;
    root.className = "ctkit-number-slider";
    const label = document.createElement("span");
    label.textContent = name;
    this.slider = input("range", `${name} slider`, 0, stops.length - 1);
    this.box = input("number", name, stops[0], stops[stops.length - 1]);
    this.slider.addEventListener("input", () => this.take(this.stops[this.slider.valueAsNumber]));
    if (!whole) this.box.step = "any";
    const typed = () => {
      const value = this.box.valueAsNumber;
      this.take(whole ? Math.round(value) : value);
    };
    this.box.addEventListener("change", typed);
    // JupyterLab keeps Enter from ending the typing.
    this.box.addEventListener("keydown", (event) => event.key === "Enter" && typed());
    root.append(label, this.slider, this.box);
    parent.append(root);
    this.value = NaN;
  }

  /** What a hand has set; no number leaves all as it was. @param {number} wanted */
  take(wanted) {
    const [low, high] = [this.stops[0], this.stops[this.stops.length - 1]];
    const value = Number.isNaN(wanted) ? this.value : Math.min(Math.max(wanted, low), high);
    this.show(value);
    this.change(value);
  }

  /** @param {number} value */
  show(value) {
    // What is typed is no value yet, and stands in the box.
    if (value === this.value && this.box.value === String(value)) return;
    this.value = value;
    this.slider.value = String(firstFrom(this.stops, value));
    this.slider.setAttribute("aria-valuetext", `${value} ${this.unit}`.trim());
    this.box.value = String(value);
  }
}

/**
 * Where the first of rising numbers stands that is not below a value; the last where there is none.
 * @param {number[]} rising
 * @param {number} value
 */
function firstFrom(rising, value) {
  let [low, high] = [0, rising.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle] >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @param {string} type @param {string} name @param {number} min @param {number} max */
function input(type, name, min, max) {
  const made = document.createElement("input");
  Object.assign(made, { type, min: String(min), max: String(max), step: "1" });
  made.setAttribute("aria-label", name);
  // JupyterLab's shortcuts are caught before the keys get here.
  made.dataset.lmSuppressShortcuts = "true";
  return made;
}

/** The widget: its traits are value, whole, min, max, step, unit and description. */
export default {
  /** @param {{model: Model, el: Element}} context */
  render({ model, el }) {
    const change = (/** @type {number} */ value) => {
      model.set("value", value);
      try {
        model.save_changes();
      } catch (error) {
        console.warn("ctkit: the kernel is not there", error);
      }
    };
    const [min, max, step, name, whole, unit] = [
      "min",
      "max",
      "step",
      "description",
      "whole",
      "unit",
    ].map((trait) => model.get(trait));
    const slider = new NumberSlider(el, name, stops(min, max, step), change, whole, unit);
    const show = () => slider.show(model.get("value"));
    model.on("change:value", show);
    show();
    return () => model.off("change:value", show);
  },
};
