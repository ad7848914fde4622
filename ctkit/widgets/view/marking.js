/** Rulers and regions, drawn by a drag or at the cursor. */

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
  const layout = source.layouts[state.convention][plane];
  const slice = state.cursor[layout.axis];
  // Both ends on this slice: another may have come into sight since the drag began.
  const [from, to] = [start, end].map((point) => point.with(layout.axis, slice));
  const mark = { plane, slice, start: from, end: to };
  if (viewer.tool === "ruler") return { ruler: { ...mark, mm: measureLength(source, from, to) } };
  const region = { kind: viewer.tool, ...mark };
  return { roi: /** @type {any} */ ({ ...region, ...measureRegion(source, layout, region) }) };
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
    const layout = this.viewer.first.layouts[convention][plane];
    return cursor.map((n, axis) => {
      if (axis === layout.axis) return n;
      return n + (sign * this.radius) / layout.spacing[axis === layout.down ? 0 : 1];
    });
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
