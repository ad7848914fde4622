/** The list of the labels of a mask: colour, name, millilitres, opacity, and whether it is seen. */

import { putBeside } from "./beside.js";
import { make, makeSvg, setAttribute, setHidden, setText } from "./dom.js";
import { number } from "./line.js";

/**
 * @typedef {import("./labels.js").Label} Label
 * @typedef {import("./state.js").State} State
 * @typedef {{color: HTMLInputElement, name: HTMLElement, ml: HTMLElement, opacity: HTMLInputElement,
 *   eye: HTMLButtonElement}} Row
 */

const EYE =
  "M2 12s4-6.5 10-6.5S22 12 22 12s-4 6.5-10 6.5S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6";
const STRUCK = "M4 4l16 16";

/**
 * Millilitres with three digits at least, as a list has them.
 * @param {number|null} ml null where it is not known
 */
export function millilitres(ml) {
  if (ml === null) return "… ml";
  const digits = ml >= 100 || ml === 0 ? 0 : ml >= 10 ? 1 : ml >= 1 ? 2 : 3;
  return `${ml.toFixed(digits)} ml`;
}

export class Legend {
  /** @param {Element} parent @param {import("./viewer.js").Viewer} viewer */
  constructor(parent, viewer) {
    this.viewer = viewer;
    this.home = parent;
    this.root = make("details", "ctkit-list ctkit-labels", parent, { open: "" });
    this.root.hidden = true;
    this.title = make("summary", "", this.root);
    const list = { role: "list", "aria-label": "Labels of the mask" };
    this.list = make("div", "ctkit-list-rows", this.root, list);
    /** @type {Row[]} */
    this.rows = [];
    /** The values that were to be seen when all were hidden. @type {number[]} */
    this.before = [];
    this.all = this.addAll();
    /** What is shown. @type {{labels?: Label[], opacity?: number, outline?: boolean}} */
    this.shown = {};
  }

  /** @param {State} state */
  draw({ labels = [], opacity, outline }) {
    const { shown } = this;
    if (labels.length) putBeside(this.root, this.home);
    if (shown.labels === labels && shown.opacity === opacity && shown.outline === outline) return;
    this.shown = { labels, opacity, outline };
    setHidden(this.root, !labels.length);
    while (this.rows.length > labels.length) this.dropRow();
    while (this.rows.length < labels.length) this.rows.push(this.addRow(this.rows.length));
    setText(this.title, labels.length === 1 ? "Mask" : `Labels (${labels.length})`);
    this.root.classList.toggle("ctkit-list-one", labels.length === 1);
    labels.forEach((label, place) => {
      const part = labels.length === 1 ? opacity : label.opacity;
      this.drawRow(this.rows[place], label, part);
    });
    this.drawAll(labels, opacity, outline);
  }

  remove() {
    this.root.remove();
  }

  // ---- one label

  /** @param {number} place @returns {Row} */
  addRow(place) {
    const root = make("div", "ctkit-list-row", this.list, { role: "listitem" });
    const color = control(make("input", "ctkit-swatch", root, { type: "color" }));
    const name = make("span", "ctkit-list-name", root);
    const ml = make("span", "ctkit-list-value", root);
    const opacity = addSlider(root);
    const eye = addEye(root);
    this.listen(color, () => this.hold(place, { color: color.value }));
    this.listen(opacity, () => this.fade(place, opacity.valueAsNumber / 100));
    this.onClick(eye, () => this.set(place, { visible: !this.labels[place].visible }));
    return { color, name, ml, opacity, eye };
  }

  dropRow() {
    this.rows.pop()?.name.parentElement?.remove();
  }

  /** @param {Row} row @param {Label} label @param {number} part */
  drawRow(row, label, part) {
    const { name, ml, visible } = label;
    row.color.value = label.color;
    setAttribute(row.color, "aria-label", `color of ${name}`);
    setText(row.name, name);
    setAttribute(row.name, "title", name);
    setText(row.ml, millilitres(ml));
    showPercent(row.opacity, part, `opacity of ${name}`);
    setSeen(row.eye, visible, `show ${name}`);
    row.name.parentElement?.classList.toggle("ctkit-unseen", !visible);
  }

  // ---- all of them

  addAll() {
    const root = make("div", "ctkit-list-row ctkit-list-all", this.root);
    const label = make("label", "ctkit-list-name", root);
    const outline = control(make("input", "ctkit-list-tick", label, { type: "checkbox" }));
    label.append(" outline");
    const name = make("span", "ctkit-list-value", root);
    name.textContent = "all";
    const opacity = addSlider(root);
    const eye = addEye(root);
    this.onChange(outline, () => this.viewer.hand.set({ outline: outline.checked }));
    this.listen(opacity, () => this.viewer.hand.hold({ opacity: opacity.valueAsNumber / 100 }));
    this.onClick(eye, () => this.turn());
    return { outline, opacity, eye };
  }

  /** @param {Label[]} labels @param {number} opacity @param {boolean} outline */
  drawAll(labels, opacity, outline) {
    this.all.outline.checked = outline;
    showPercent(this.all.opacity, opacity, "opacity of all");
    const seen = labels.some(({ visible }) => visible);
    setSeen(this.all.eye, seen, "show all");
  }

  // ---- what a hand does

  get labels() {
    return this.viewer.hand.inSight().labels;
  }

  /** @param {number} place @param {Partial<Label>} patch */
  changed(place, patch) {
    return this.labels.map((label, i) => (i === place ? { ...label, ...patch } : label));
  }

  /** @param {number} place @param {Partial<Label>} patch */
  set(place, patch) {
    this.viewer.hand.set({ labels: this.changed(place, patch) });
  }

  /**
   * Hide all, or show again those that were to be seen before.
   * @returns {boolean} whether there are any
   */
  turn() {
    const { labels } = this;
    if (!labels?.length) return false;
    const seen = labels.filter(({ visible }) => visible).map(({ value }) => value);
    const again = seen.length ? [] : this.before;
    if (seen.length) this.before = seen;
    const isAgain = (/** @type {number} */ value) => !again.length || again.includes(value);
    return this.viewer.hand.set({
      labels: labels.map((label) => ({ ...label, visible: !seen.length && isAgain(label.value) })),
    });
  }

  /** While a gesture lasts. @param {number} place @param {Partial<Label>} patch */
  hold(place, patch) {
    this.viewer.hand.hold({ labels: this.changed(place, patch) });
  }

  /** Of a mask alone it is the opacity of all. @param {number} place @param {number} opacity */
  fade(place, opacity) {
    if (this.labels.length === 1) this.viewer.hand.hold({ opacity });
    else this.hold(place, { opacity });
  }

  /** @param {HTMLInputElement} input @param {() => void} move while it is moved */
  listen(input, move) {
    input.addEventListener("input", move, { signal: this.viewer.stop.signal });
    this.onChange(input, () => this.viewer.hand.letGo());
  }

  /** @param {HTMLInputElement} input @param {() => void} act */
  onChange(input, act) {
    input.addEventListener("change", act, { signal: this.viewer.stop.signal });
  }

  /** @param {HTMLButtonElement} button @param {() => void} act */
  onClick(button, act) {
    button.addEventListener("click", act, { signal: this.viewer.stop.signal });
  }
}

/**
 * JupyterLab's shortcuts are caught before the keys get to a control.
 * @template {HTMLElement} T
 * @param {T} element
 */
function control(element) {
  element.dataset.lmSuppressShortcuts = "true";
  return element;
}

/** @param {Element} parent */
function addSlider(parent) {
  return control(make("input", "ctkit-list-slider", parent, { type: "range", max: 100 }));
}

/** @param {HTMLInputElement} slider @param {number} part @param {string} name */
function showPercent(slider, part, name) {
  const percent = number(Math.round(part * 100));
  if (slider.value !== percent) slider.value = percent;
  setAttribute(slider, "aria-label", name);
  setAttribute(slider, "title", `${name}: ${percent} %`);
  setAttribute(slider, "aria-valuetext", `${percent} %`);
}

/** @param {Element} parent */
function addEye(parent) {
  const button = control(make("button", "ctkit-eye", parent, { type: "button" }));
  const svg = makeSvg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, button);
  makeSvg("path", { d: EYE }, svg);
  makeSvg("path", { d: STRUCK, class: "ctkit-struck" }, svg);
  return button;
}

/** @param {HTMLButtonElement} eye @param {boolean} seen @param {string} name */
function setSeen(eye, seen, name) {
  setAttribute(eye, "aria-pressed", String(seen));
  setAttribute(eye, "aria-label", name);
  setAttribute(eye, "title", seen ? name.replace("show", "hide") : name);
}
