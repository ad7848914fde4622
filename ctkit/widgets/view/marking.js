/** Rulers and regions, drawn by a drag or at the cursor. */

import { applyAffine, compose, invert, sliceAt } from "./geometry.js";
import { measureLength, measureRegion } from "./measuring.js";
import { clamp } from "./numbers.js";
import { read } from "./state.js";

/**
 * @typedef {import("./viewer.js").Viewer} Viewer
 * @typedef {import("./pane.js").Pane} Pane
 */

const REGIONS = ["ellipse", "rectangle"];

/**
 * The mark of the tool in hand from one point of a pane to another, on the slice in sight there.
 * @param {Viewer} viewer
 * @param {Pane} pane
 * @param {number[]} start
 * @param {number[]} end
 * @returns {Partial<import("./state.js").State>}
 */
export function markBetween(viewer, pane, start, end) {
  const state = read(viewer.model);
  const plane = pane.wanted.plane ?? state.plane;
  const source = viewer.first;
  const stack = source.layouts[state.convention][plane];
  const slice = sliceAt(stack, source.affine, state.cursor);
  // Both ends on this slice: another may have come into sight since the drag began.
  const [from, to] = [start, end].map((point) => pointOn(stack, source.affine, point, slice));
  const mark = { plane, slice, start: from, end: to };
  if (viewer.tool === "ruler") return { ruler: { ...mark, mm: measureLength(source, from, to) } };
  const region = { kind: viewer.tool, ...mark };
  const found = measureRegion(source, state.convention, region, viewer.sources.second);
  return { roi: /** @type {any} */ ({ ...region, ...found }) };
}

/**
 * A point of a volume moved onto a plane of its stack.
 * @param {import("./geometry.js").Layout} stack
 * @param {number[][]} affine of the volume
 * @param {number[]} point index in the volume, fractions too
 * @param {number} slice
 */
function pointOn(stack, affine, point, slice) {
  if (!stack.resampled) return point.with(stack.axis, slice);
  const index = applyAffine(compose(invert(stack.affine), affine), point);
  return applyAffine(compose(invert(affine), stack.affine), index.with(stack.axis, slice));
}

/** Without a mouse: a region of 20 mm at the cursor, which the keys grow and shrink. */
export class RegionAtCursor {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.radius = 10;
  }

  /**
   * @param {number} more millimetres of radius
   * @returns {boolean} whether a tool for regions is in hand
   */
  grow(more) {
    if (!REGIONS.includes(this.viewer.tool)) return false;
    this.radius = clamp(this.radius + more, 1, 200);
    const [start, end] = [-1, 1].map((sign) => this.corner(sign));
    return this.viewer.hand.set(markBetween(this.viewer, this.viewer.active, start, end));
  }

  /** @param {number} sign */
  corner(sign) {
    const { plane, convention, cursor } = read(this.viewer.model);
    const { layouts, affine, inverse } = this.viewer.first;
    const stack = layouts[convention][plane];
    const index = applyAffine(compose(invert(stack.affine), affine), cursor);
    const corner = index.map((n, axis) => {
      if (axis === stack.axis) return n;
      return n + (sign * this.radius) / stack.spacing[axis === stack.down ? 0 : 1];
    });
    return applyAffine(compose(inverse, stack.affine), corner);
  }
}

/** Without a mouse: a ruler from where the cursor was to where it goes. */
export class RulerAtCursor {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** @type {number[]|null} */
    this.start = null;
  }

  /** Begin at the cursor, or end there. @returns {boolean} whether the ruler is in hand */
  set() {
    if (this.viewer.tool !== "ruler") return false;
    const { cursor } = read(this.viewer.model);
    const begins = this.start === null;
    this.start = begins ? cursor : null;
    if (begins) this.viewer.hand.set({ pinned: true, ...this.to(cursor) });
    return true;
  }

  /** The ruler as far as here, where one has begun. @param {number[]} end */
  to(end) {
    return this.start && markBetween(this.viewer, this.viewer.active, this.start, end);
  }

  /** @returns {boolean} whether there was one */
  cancel() {
    if (!this.start) return false;
    this.start = null;
    return this.viewer.hand.set({ ruler: null });
  }
}
