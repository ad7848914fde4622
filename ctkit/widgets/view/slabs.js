/** What a hand does to the slab: on and off, thicker and thinner, another projection. */

import { PROJECTIONS } from "./cutting.js";
import { clamp } from "./numbers.js";

/** @typedef {import("./viewer.js").Viewer} Viewer */

/** The thickest slab that a hand makes, in mm; as in Python. */
export const THICKEST = 200;
const THICKNESS = 10; // mm, of the first slab
/** What is said of each projection in its menu. @type {Record<string, string>} */
export const WORDS = { max: "highest values", min: "lowest values", mean: "average" };

/** The slab of a view as its hand has it. */
export class Slab {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** How thick it was when there was one. */
    this.before = THICKNESS;
  }

  /** On with the thickness that it had, or off. */
  toggle() {
    const { slab } = this.viewer.state;
    if (slab) this.before = slab;
    return this.viewer.hand.set({ slab: slab ? 0 : this.before });
  }

  /** @param {number} steps of 1 mm, or of 5 from 20 mm on */
  grow(steps) {
    const { slab } = this.viewer.state;
    const step = slab + (steps < 0 ? -1 : 0) >= 20 ? 5 : 1;
    return this.viewer.hand.set({ slab: clamp(slab + steps * step, slab ? 1 : 0, THICKEST) });
  }

  /** The next projection, where there is a slab. */
  turn() {
    const { slab, projection } = this.viewer.state;
    if (!slab) return false;
    const next = (PROJECTIONS.indexOf(projection) + 1) % PROJECTIONS.length;
    return this.viewer.hand.set({ projection: PROJECTIONS[next] });
  }
}
