/** The list of the marks, below the picture: choose, rename, hide, delete, undo. */

import { make, makeSvg, setAttribute, setHidden, setText } from "./dom.js";
import { REGIONS } from "./marks.js";
import { regionValues, windowOf } from "./measuring.js";
import { numberOf, unitOf } from "./overlay.js";
import { clampWindow, onStep } from "./parts/window.js";

/**
 * @typedef {import("./marks.js").Mark} Mark
 * @typedef {import("./state.js").State} State
 * @typedef {{root: HTMLElement, name: HTMLInputElement, number: HTMLElement,
 *   buttons: Record<string, HTMLButtonElement>}} Row
 */

/** What each button of a row shows, as a path of 24 by 24. @type {Record<string, string>} */
const ICONS = {
  visible: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 0 6a3 3 0 0 0 0-6",
  window: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  remove: "M6 6l12 12M18 6 6 18",
  undo: "M9 5 4 10l5 5M4 10h10a6 6 0 0 1 0 10h-3",
  redo: "M15 5l5 5-5 5M20 10H10a6 6 0 0 0 0 10h3",
};

export class MarkList {
  /** @param {Element} parent @param {import("./viewer.js").Viewer} viewer */
  constructor(parent, viewer) {
    this.viewer = viewer;
    this.root = make("section", "ctkit-marklist", parent, { "aria-label": "Marks" });
    this.root.hidden = true;
    this.root.dataset.lmSuppressShortcuts = "true";
    const head = make("div", "ctkit-marklist-head", this.root);
    this.title = make("span", "", head, { role: "status" });
    this.undo = this.button(head, "undo", "Undo (Ctrl + Z)", () => viewer.history.undo());
    this.redo = this.button(head, "redo", "Redo (Ctrl + Shift + Z)", () => viewer.history.redo());
    this.list = make("ul", "", this.root);
    /** @type {Row[]} */
    this.rows = [];
    this.drawn = "";
    /** @type {Mark[]|null} */
    this.of = null;
    // JupyterLab's shortcuts are letters.
    const options = { signal: viewer.stop.signal };
    this.root.addEventListener("keydown", (event) => this.onKey(event), options);
  }

  /**
   * @param {Element} parent
   * @param {string} name
   * @param {string} title
   * @param {() => void} act
   */
  button(parent, name, title, act) {
    const words = { type: "button", title, "aria-label": title };
    const button = make("button", `ctkit-tool ctkit-mark-${name}`, parent, words);
    const svg = makeSvg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, button);
    makeSvg("path", { d: ICONS[name] }, svg);
    button.addEventListener("click", act, { signal: this.viewer.stop.signal });
    return button;
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const typing = event.target instanceof HTMLInputElement;
    if (typing && event.key === "Enter") /** @type {HTMLElement} */ (event.target).blur();
    if (event.key !== "Tab") event.stopPropagation();
  }

  /** @param {State} state */
  draw(state) {
    const marks = state.drawn ?? [];
    const { past, future } = this.viewer.history;
    const steps = [past.length > 0, future.length > 0].join();
    const key = `${state.selected};${steps};${state.unit}`;
    // A key that goes to another slice changes nothing here.
    if (marks === this.of && key === this.drawn) return;
    [this.of, this.drawn] = [marks, key];
    setHidden(this.root, !marks.length && !past.length && !future.length);
    this.undo.disabled = !past.length;
    this.redo.disabled = !future.length;
    setText(this.title, marks.length === 1 ? "1 mark" : `${marks.length} marks`);
    while (this.rows.length < marks.length) this.rows.push(this.addRow(this.rows.length));
    for (const [number, row] of this.rows.entries()) {
      this.drawRow(row, marks[number], number, state);
    }
  }

  /** @param {number} number @returns {Row} */
  addRow(number) {
    const root = make("li", "", this.list);
    const { viewer } = this;
    const buttons = {
      visible: this.button(root, "visible", "", () => this.change(number, "visible")),
    };
    const name = make("input", "ctkit-mark-name", root, { type: "text", spellcheck: "false" });
    const options = { signal: viewer.stop.signal };
    name.addEventListener("change", () => this.change(number, "name", name.value), options);
    const jump = make("button", "ctkit-mark-number", root, { type: "button" });
    jump.addEventListener("click", () => viewer.marking.jump(number), options);
    return {
      root,
      name,
      number: jump,
      buttons: {
        ...buttons,
        window: this.button(root, "window", "", () => this.takeWindow(number)),
        remove: this.button(root, "remove", "", () => this.remove(number)),
      },
    };
  }

  /** @param {Row} row @param {Mark|undefined} mark @param {number} number @param {State} state */
  drawRow({ root, name, number: jump, buttons }, mark, number, state) {
    setHidden(root, !mark);
    if (!mark) return;
    root.classList.toggle("ctkit-chosen", number === state.selected);
    setAttribute(jump, "aria-pressed", String(number === state.selected));
    if (name !== this.focused) name.value = mark.name;
    setAttribute(name, "aria-label", `Name of ${mark.name}`);
    setText(jump, numberOf(mark, unitOf(state)) || mark.kind);
    tell(jump, `Show ${mark.name}`);
    tell(buttons.visible, `${mark.visible ? "Hide" : "Show"} ${mark.name} on the picture`);
    setAttribute(buttons.visible, "aria-pressed", String(mark.visible));
    tell(buttons.window, `Window from ${mark.name}: mean, and 96 % of its values`);
    tell(buttons.remove, `Delete ${mark.name}`);
    setHidden(buttons.window, !REGIONS.includes(mark.kind) || !mark.voxels);
  }

  /** The element of the page that has the focus, in a shadow or not. */
  get focused() {
    return /** @type {Document} */ (this.root.getRootNode()).activeElement;
  }

  /** @param {number} number @param {"visible"|"name"} what @param {string} [name] */
  change(number, what, name = "") {
    const { marking, hand } = this.viewer;
    const mark = marking.drawn[number];
    if (!mark) return;
    const patch = what === "name" ? { name: name.trim() || mark.name } : { visible: !mark.visible };
    hand.set({ drawn: marking.drawn.with(number, { ...mark, ...patch }) });
  }

  /** @param {number} number */
  remove(number) {
    const { marking } = this.viewer;
    marking.selected = number;
    marking.remove();
    const left = Math.min(number, marking.drawn.length - 1);
    (this.rows[left]?.buttons.remove ?? this.undo).focus();
  }

  /** The center is the mean of a region's HU, the width spans 96 % of them. @param {number} number */
  takeWindow(number) {
    const { marking, first, state, hand } = this.viewer;
    marking.jump(number);
    const ground = marking.groundOf(marking.drawn[number], this.viewer.active);
    const values = regionValues(first, marking.drawn[number], ground.layout, ground.slice);
    if (!values.length) return;
    const { center, width } = windowOf(values);
    const step = state.step ?? 1;
    const wanted = { center: onStep(center, step), width: Math.max(step, onStep(width, step)) };
    hand.set(clampWindow(wanted, state.limits));
  }
}

/** @param {Element} button @param {string} words */
function tell(button, words) {
  setAttribute(button, "title", words);
  setAttribute(button, "aria-label", words);
}
