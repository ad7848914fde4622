/**
 * How a view cuts its volume: upright or turned, a plane or a slab. The reference is
 * ctkit/cutting.py; what a hand does to it is here alone.
 *
 * @typedef {import("./geometry.js").Grid} Grid
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {{convention: string, cursor: number[], normal?: number[]|null,
 *   through?: number[]|null, slab?: number, projection?: string}} Cut
 */

import { applyAffine, cross, invert, nearestPlane, normalOf, turnedStack } from "./geometry.js";
import { clamp, same } from "./numbers.js";

/** A normal whose cross product with that of a plane is shorter than this turns nothing. */
const PARALLEL = 1e-9;
export const PROJECTIONS = ["max", "min", "mean"];
/** What a picture of a slab is called. @type {Record<string, string>} */
export const NAMES = { max: "MIP", min: "MinIP", mean: "mean" };

/**
 * The planes of a volume as a view shows them.
 * @param {Cut} state
 * @param {Grid} grid
 * @param {string} plane
 * @returns {Layout}
 */
export function cutStack(state, grid, plane) {
  let stack = grid.layouts[state.convention][plane];
  if (isTurned(state, grid, plane)) {
    const normal = /** @type {number[]} */ (state.normal);
    stack = turnedStack(stack, grid.shape, grid.affine, normal, throughOf(state, grid));
  }
  if (!state.slab) return stack;
  return { ...stack, thickness: state.slab, projection: state.projection ?? "max" };
}

/**
 * Whether it is this plane that the normal of a state turns.
 * @param {Cut} state
 * @param {Grid} grid
 * @param {string} plane
 */
export function isTurned({ normal, convention }, grid, plane) {
  const stacks = grid.layouts[convention];
  if (!normal || nearestPlane(normal, stacks) !== plane) return false;
  return Math.hypot(...cross(normal, normalOf(stacks[plane]))) > PARALLEL;
}

/**
 * The point in mm that turned planes go through.
 * @param {Cut} state
 * @param {Grid} grid
 */
export function throughOf({ through, cursor }, grid) {
  if (through && same(voxelAt(through, grid), cursor)) return through;
  return applyAffine(grid.affine, cursor);
}

/**
 * What a plane goes through, as an index of the volume: the cursor, or a point in its voxel.
 * @param {Cut} state
 * @param {Grid} grid
 * @param {string} plane
 */
export function indexThrough(state, grid, plane) {
  if (!isTurned(state, grid, plane)) return state.cursor;
  return applyAffine(invert(grid.affine), throughOf(state, grid));
}

/**
 * The voxel of a volume that is nearest to a point in mm.
 * @param {number[]} point
 * @param {{shape: number[], affine: number[][]}} grid
 */
export const voxelAt = (point, { shape, affine }) =>
  applyAffine(invert(affine), point).map((n, axis) =>
    clamp(Math.floor(n + 0.5 + 1e-6), 0, shape[axis] - 1),
  );

/**
 * A point moved by so many planes of a stack, along their normal.
 * @param {Layout} stack
 * @param {number[]} through
 * @param {number} steps
 */
export const movedThrough = (stack, through, steps) =>
  through.map((mm, i) => mm + steps * stack.affine[i][stack.axis]);
