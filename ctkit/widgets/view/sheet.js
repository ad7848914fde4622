/** The sheet of mouse and keys, over the picture. */

import { make } from "./dom.js";
import { STEPS } from "./history.js";
import { onKey } from "./keys.js";

const HELP = [
  ["Wheel, arrows", "next or previous slice"],
  ["PageUp, PageDown", "five slices"],
  ["Home, End", "first, last slice"],
  ["Drag", "window: right is wider, down is a higher center"],
  ["Right drag, Ctrl + wheel, + and −", "zoom at the pointer"],
  ["Middle drag, space and drag", "move the picture"],
  ["Ctrl or Alt + arrows", "move the picture"],
  ["f, n", "fit the picture, sharp pixels"],
  ["m held down", "magnifier at the pointer, or at the cursor"],
  ["Double click, z", "one of the pictures alone, and back"],
  ["Tap, then one finger", "slices; before, it scrolls the page"],
  ["Two fingers", "zoom and move the picture"],
  ["Click", "put the cursor on a voxel"],
  ["Shift + arrows", "move the cursor by a voxel"],
  ["Ring on a line of the cursor", "drag it: turns that plane"],
  ["o, drag or Shift + arrows", "turn the plane, by a degree"],
  ["Space, space", "reset the window, then the turned plane"],
  ["t, x", "slab: on and off, highest, lowest or mean values"],
  ["9, 0", "slab: thinner, thicker"],
  ["i, space", "invert, reset the window"],
  ["w, l, e, r, d, a, p", "drag: window, ruler, ellipse, rectangle, freehand, angle, point"],
  ["Drag a mark", "by a square: that point; by its line: all of it"],
  ["e or r, Enter, . and ,", "region at the cursor, larger, smaller"],
  ["l, Enter, Shift + arrows, Enter", "ruler from the cursor to where it goes; a, d and p alike"],
  ["k, Shift + k, arrows", "choose the next mark, the one before, move it"],
  ["Delete", "remove the chosen mark, or all"],
  ["Ctrl + Z, Ctrl + Shift + Z", `undo and redo of marks, ${STEPS} steps`],
  ["White line, [ and ]", "drag or move the curtain"],
  ["Drag over a difference", "limit: right is higher"],
  ["b", "flicker: show the other volume"],
  ["< and >, { and }", "play slower, faster; from here, as far as here"],
  ["c, s, y", "play, save PNG, copy the state"],
  ["h", "hide the mask or its labels, show them again"],
  ["Escape", "give up a drag or a mark, close this sheet"],
  ["?", "this sheet"],
];

export class Sheet {
  /** @param {Element} parent @param {import("./viewer.js").Viewer} viewer */
  constructor(parent, viewer) {
    this.viewer = viewer;
    const words = { role: "dialog", "aria-label": "Mouse and keys", tabindex: "0" };
    this.root = make("div", "ctkit-sheet", parent, words);
    this.root.hidden = true;
    this.root.dataset.lmSuppressShortcuts = "true";
    const list = make("dl", "", this.root);
    for (const [keys, meaning] of [...HELP, ...presetRows(viewer.model.get("presets"))]) {
      make("dt", "", list).textContent = keys;
      make("dd", "", list).textContent = meaning;
    }
    const options = { signal: viewer.stop.signal };
    this.root.addEventListener("keydown", (event) => onKey(event, viewer), options);
    const outside = { ...options, capture: true };
    document.addEventListener("pointerdown", (event) => this.onPress(event), outside);
  }

  toggle() {
    this.root.hidden = !this.root.hidden;
    (this.root.hidden ? this.viewer.active.canvas : this.root).focus();
  }

  /** A press anywhere else closes it; that on its button does so by itself. @param {Event} event */
  onPress({ target }) {
    const button = this.viewer.toolbar.buttons.help;
    const inside = [this.root, button].some((one) => one.contains(/** @type {Node} */ (target)));
    if (!inside) this.root.hidden = true;
  }

  /** @returns {boolean} whether it was open */
  close() {
    if (this.root.hidden) return false;
    this.toggle();
    return true;
  }
}

/** @param {import("./state.js").State["presets"]} presets */
const presetRows = (presets) =>
  presets.map(([name, center, width, key]) => [key, `window: ${name} (${center} / ${width})`]);
