/** The line under the pictures: the voxel under the pointer, or that of the cursor. */

import { make, setText } from "./dom.js";
import { applyAffine } from "./geometry.js";
import { namesAt } from "./labels.js";
import { isPinned, sideText, unitOf, valueText } from "./overlay.js";
import { read } from "./state.js";

/**
 * @typedef {import("./pane.js").Pane} Pane
 * @typedef {import("./state.js").State} State
 * @typedef {{clientX: number, clientY: number}} Point of the page
 */

const PARTS = ["index", "place", "label", "hu"];
const NOTHING = { index: "", place: "Point at the picture: HU", label: "", hu: "" };

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
    /** @type {Record<string, string>} */
    const words = place ? this.wordsFor(place) : NOTHING;
    for (const name of PARTS) setText(this.parts[name], words[name]);
  }

  /** Where the cursor was put, in mm; null where nobody put it. @param {State} state */
  pinned(state) {
    const { first } = this.viewer;
    return isPinned(state, first) ? applyAffine(first.affine, state.cursor) : null;
  }

  /**
   * The voxel of the first volume under a point; null where it has none there.
   * @param {Pane} pane
   * @param {Point} point
   */
  indexAt(pane, point) {
    return pane.voxelAt(point);
  }

  /**
   * "[54, 120, 133]", "R 12.30  A 8.00  S 40.50 mm", "37 HU": the voxel of the first volume that
   * is nearest, and its value; of a second volume the value of its own voxel nearest to the place.
   * @param {number[]} place in mm
   */
  wordsFor(place) {
    const { first, sources, state } = this.viewer;
    const index = first.indexAt(place);
    const shown = index ? applyAffine(first.affine, index) : place;
    const sides = shown.map((mm, axis) => sideText(axis, mm)).join("  ");
    const values = [valueNear(first, place, unitOf(state))];
    if (sources.second) values.push(valueNear(sources.second, place, unitOf(state)));
    const where = index ? `[${index.join(", ")}]` : "outside";
    const label = this.labelAt(place);
    return { index: where, place: `${sides} mm`, label, hu: values.join(" → ") };
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
 * @param {import("./parts/voxels.js").Source} source
 * @param {number[]} place in mm
 * @param {string} unit
 */
function valueNear(source, place, unit) {
  const index = source.indexAt(place);
  return index ? valueText(source.valueAt(index), unit) : "outside";
}
