/** The sheet of mouse and keys, over the picture. */

import { make } from "./dom.js";
import { onKey } from "./keys.js";

const HELP = [
  ["Wheel, arrows", "next or previous slice"],
  ["PageUp, PageDown", "five slices"],
  ["Home, End", "first, last slice"],
  ["Drag", "window: right is wider, down is a higher center"],
  ["One finger, two fingers", "slices, window"],
  ["Click", "put the cursor on a voxel"],
  ["Shift + arrows", "move the cursor by a voxel"],
  ["i, space", "invert, reset the window"],
  ["w, l, e, r", "drag: window, ruler, ellipse, rectangle"],
  ["Enter, + and −", "region at the cursor, larger, smaller"],
  ["Delete", "remove ruler and region"],
  ["White line, [ and ]", "drag or move the curtain"],
  ["Drag over a difference", "limit: right is higher"],
  ["c, s, y", "play, save PNG, copy the state"],
  ["?, Escape", "this sheet, close it"],
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
  }

  toggle() {
    this.root.hidden = !this.root.hidden;
    (this.root.hidden ? this.viewer.active.canvas : this.root).focus();
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
