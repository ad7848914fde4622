/** Rulers and regions, drawn by a drag or at the cursor. */

import { applyAffine, compose, invert, sliceAt } from "./geometry.js";
import { measureLength, measureRegion } from "./measuring.js";
import { clamp } from "./numbers.js";
import { read } from "./state.js";

/** @typedef {import("./viewer.js").Viewer} Viewer */

const REGIONS = ["ellipse", "rectangle"];

/**
 * The mark of the tool in hand from one point to another, on the slice in sight.
 * @param {Viewer} viewer
 * @param {number[]} start
 * @param {number[]} end
 * @returns {Partial<import("./state.js").State>}
 */
export function markBetween(viewer, start, end) {
  const state = read(viewer.model);
  const plane = viewer.active.wanted.plane ?? state.plane;
  const source = viewer.first;
  const slice = layoutSlice(source, state, plane);
  const mark = { plane, slice, start, end };
  if (viewer.tool === "ruler") return { ruler: { ...mark, mm: measureLength(source, start, end) } };
  const region = { kind: viewer.tool, ...mark };
  const found = measureRegion(source, state.convention, region, viewer.sources.second);
  return { roi: /** @type {any} */ ({ ...region, ...found }) };
}

/**
 * The slice of a plane that the cursor lies on.
 * @param {import("./geometry.js").Grid} grid
 * @param {import("./state.js").State} state
 * @param {string} plane
 */
const layoutSlice = (grid, { convention, cursor }, plane) =>
  sliceAt(grid.layouts[convention][plane], grid.affine, cursor);

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
    return this.viewer.hand.set(markBetween(this.viewer, start, end));
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
