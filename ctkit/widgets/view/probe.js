/** The line under the pictures: the voxel under the pointer, or that of the cursor. */

import { make, setText } from "./dom.js";
import { applyAffine } from "./geometry.js";
import { isPinned, numberText, sideText } from "./overlay.js";
import { read } from "./state.js";

/**
 * @typedef {import("./pane.js").Pane} Pane
 * @typedef {{clientX: number, clientY: number}} Point of the page
 */

const PARTS = ["index", "place", "hu"];
const NOTHING = { index: "", place: "Point at the picture: HU", hu: "" };

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

  /** @param {Point & {pane: Pane}|null} hovered */
  show(hovered) {
    this.hovered = hovered;
    const index = hovered ? this.indexAt(hovered.pane, hovered) : this.pinned();
    /** @type {Record<string, string>} */
    const words = index ? this.wordsFor(index) : NOTHING;
    for (const name of PARTS) setText(this.parts[name], words[name]);
  }

  pinned() {
    const state = read(this.viewer.model);
    return isPinned(state, this.viewer.first) ? state.cursor : null;
  }

  /**
   * The voxel of the first volume under a point; null where it has none there.
   * @param {Pane} pane
   * @param {Point} point
   */
  indexAt(pane, point) {
    const voxel = pane.voxelAt(point);
    if (!voxel || pane.source === this.viewer.first) return voxel;
    return this.viewer.first.indexAt(applyAffine(pane.source.affine, voxel));
  }

  /**
   * "[54, 120, 133]", "R 12.30  A 8.00  S 40.50 mm", "37 HU"; of two volumes both HU.
   * @param {number[]} index
   */
  wordsFor(index) {
    const { first, sources } = this.viewer;
    const place = applyAffine(first.affine, index);
    const sides = place.map((mm, axis) => sideText(axis, mm)).join("  ");
    const hu = [`${numberText(first.valueAt(index))} HU`];
    if (sources.second) hu.push(huAt(sources.second, place));
    return { index: `[${index.join(", ")}]`, place: `${sides} mm`, hu: hu.join(" → ") };
  }
}

/** @param {import("./parts/voxels.js").Source} source @param {number[]} place in mm */
function huAt(source, place) {
  const index = source.indexAt(place);
  return index ? `${numberText(source.valueAt(index))} HU` : "outside";
}
