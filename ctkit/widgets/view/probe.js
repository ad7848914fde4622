/** The line under the pictures: the voxel under the pointer, or that of the cursor. */

import { indexThrough, NAMES } from "./cutting.js";
import { make, setText } from "./dom.js";
import { applyAffine } from "./geometry.js";
import { namesAt } from "./labels.js";
import { isPinned, sideText, unitOf, valueText } from "./overlay.js";
import { read } from "./state.js";

/**
 * @typedef {import("./pane.js").Pane} Pane
 * @typedef {import("./parts/voxels.js").Source} Source
 * @typedef {import("./state.js").State} State
 * @typedef {{clientX: number, clientY: number}} Point of the page
 */

const PARTS = ["index", "place", "label", "hu"];
const FINGER = matchMedia("(pointer: coarse)").matches;
const HINT = FINGER ? "Tap the picture: then a finger slices" : "Point at the picture: HU";
const NOTHING = { index: "", place: HINT, label: "", hu: "" };

export class Probe {
  /** @param {Element} parent @param {import("./viewer.js").Viewer} viewer */
  constructor(parent, viewer) {
    this.viewer = viewer;
    const root = make("div", "ctkit-probe", parent);
    /** @type {Record<string, Element>} */
    this.parts = {};
    for (const name of PARTS) this.parts[name] = make("span", `ctkit-${name}`, root);
    /** @type {Point & {pane: Pane}|null} */
    this.hovered = null;
  }

  /** @param {Point & {pane: Pane}|null} hovered @param {State} [state] */
  show(hovered, state = read(this.viewer.model)) {
    this.hovered = hovered;
    const place = hovered ? hovered.pane.placeAt(hovered) : this.pinned(state);
    const pane = hovered?.pane ?? this.viewer.active;
    /** @type {Record<string, string>} */
    const words = place ? this.wordsFor(place, pane) : NOTHING;
    for (const name of PARTS) setText(this.parts[name], words[name]);
    this.viewer.lens.draw();
  }

  /** Where the cursor was put, in mm; null where nobody put it. @param {State} state */
  pinned(state) {
    return isPinned(state, this.viewer.first) ? this.cursor(state) : null;
  }

  /** The cursor on the plane of the keys, in mm. @param {State} [state] */
  cursor(state = read(this.viewer.model)) {
    const { first, active } = this.viewer;
    return applyAffine(
      first.affine,
      indexThrough(state, first, active.wanted.plane ?? state.plane),
    );
  }

  /**
   * "[54, 120, 133]", "R 12.30  A 8.00  S 40.50 mm", "37 HU": the voxel of the first volume that
   * is nearest, and its value; of a second volume the value of its own voxel nearest to the place.
   * Of a slab "MIP 37 HU", the value of the pixel.
   * @param {number[]} place in mm
   * @param {Pane} pane
   */
  wordsFor(place, pane) {
    const { first, sources, state } = this.viewer;
    const index = first.indexAt(place);
    const shown = index ? applyAffine(first.affine, index) : place;
    const sides = shown.map((mm, axis) => sideText(axis, mm)).join("  ");
    const names = sources.second ? ["voxels", "second"] : ["voxels"];
    const values = names.map((name) =>
      state.slab
        ? pixelText(pane.valueAt(name, place, state), unitOf(state))
        : valueNear(/** @type {Source} */ (sources[name]), place, unitOf(state)),
    );
    const where = index ? `[${index.join(", ")}]` : "outside";
    const what = state.slab ? `${NAMES[state.projection]} ` : "";
    const label = this.labelAt(place);
    return { index: where, place: `${sides} mm`, label, hu: `${what}${values.join(" → ")}` };
  }

  /** The labels to be seen at a place, the topmost first. @param {number[]} place in mm */
  labelAt(place) {
    const { sources, state } = this.viewer;
    const index = sources.overlay?.indexAt(place);
    const value = index && sources.overlay?.valueAt(index);
    return value ? namesAt(value, state.labels ?? [], state.overlaps ?? []).join(" + ") : "";
  }
}

/**
 * The value of the voxel nearest to a place.
 * @param {Source} source
 * @param {number[]} place in mm
 * @param {string} unit
 */
function valueNear(source, place, unit) {
  const index = source.indexAt(place);
  return index ? valueText(source.valueAt(index), unit) : "outside";
}

/**
 * The value of a pixel: undefined where it has not come, null outside.
 * @param {number|undefined|null} value
 * @param {string} unit
 */
const pixelText = (value, unit) => (value === null ? "outside" : valueText(value, unit));
