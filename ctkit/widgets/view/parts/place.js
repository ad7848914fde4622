/** Where the picture is cut: the plane, its slice, and the voxel of the cursor. */

import { cutStack, indexThrough, isTurned, movedThrough, throughOf, voxelAt } from "../cutting.js";
import { cursorOn, nearestPlane, PLANES, sliceAt } from "../geometry.js";
import { number, numbers, text } from "../line.js";
import { clamp } from "../numbers.js";
import { isPinned, positionText } from "../overlay.js";

/**
 * @typedef {import("../state.js").State} State
 * @typedef {import("../geometry.js").Grid} Grid
 * @typedef {import("../geometry.js").Layout} Layout
 */

/** @type {import("../state.js").Part} */
export const place = {
  traits: [
    "plane",
    "plane_index",
    "slice",
    "max_slice",
    "cursor",
    "pinned",
    "position",
    "convention",
    "normal",
    "through",
  ],
  heard: ["plane", "plane_index", "slice", "cursor", "normal", "through"],
  written: (before, after) => {
    // The end of a slider moves before its value when it grows, else after. The plane goes
    // first: until it is set, a slice would count along the axis of the old one.
    const grows = after.max_slice > before.max_slice;
    const order = grows ? ["max_slice", "slice"] : ["slice", "max_slice"];
    // A point of a turned plane goes before the cursor, which would take it along.
    const turned = ["normal", "through"];
    return ["plane", ...turned, ...order, "plane_index", "cursor", "position"];
  },
  settle: (name, state, grid) => {
    const stacks = grid.layouts[state.convention];
    const keeps = state.mode === "planes";
    let plane = name === "plane_index" ? PLANES[clamp(state.plane_index, 0, 2)] : state.plane;
    let { normal } = state;
    const turns = normal && !keeps ? nearestPlane(normal, stacks) : plane;
    // Whoever chooses another plane wants to see it as it is.
    if (name === "normal") plane = turns;
    else if (turns !== plane) normal = null;
    let cursor = state.cursor.map((n, i) => clamp(Math.round(n), 0, grid.shape[i] - 1));
    if (name === "through" && normal && state.through) cursor = voxelAt(state.through, grid);
    let now = { ...state, normal, cursor, slab: 0 };
    const stack = cutStack(now, grid, plane);
    const last = stack.shape[stack.axis] - 1;
    const wanted = clamp(Math.round(state.slice), 0, last);
    const steps = wanted - sliceOf(now, grid, plane, stack);
    if (name === "slice" && steps !== 0) {
      now = isTurned(now, grid, plane)
        ? along(now, grid, stack, steps)
        : { ...now, cursor: cursorOn(stack, grid.shape, grid.affine, cursor, wanted) };
    }
    const slice = sliceOf(now, grid, plane, stack);
    ({ cursor } = now);
    return {
      plane,
      plane_index: PLANES.indexOf(plane),
      max_slice: last,
      cursor,
      slice,
      position: positionText(stack, plane, slice),
      normal,
      through: normal ? throughOf(now, grid) : null,
    };
  },
  words: (state, { voxels }) => ({
    plane: text(state.plane),
    slice: number(state.slice),
    ...(state.mode === "planes" || (voxels && isPinned(state, voxels))
      ? { cursor: numbers(state.cursor) }
      : {}),
    ...(state.normal && state.through
      ? { normal: numbers(state.normal), through: numbers(state.through) }
      : {}),
    ...(state.convention === "radiological" ? {} : { convention: text(state.convention) }),
  }),
};

/**
 * The slice of a state; that of a voxel may lie half a voxel beyond the last of a stack that leans.
 * @param {State} state
 * @param {Grid} grid
 * @param {string} plane
 * @param {Layout} stack
 */
const sliceOf = (state, grid, plane, stack) =>
  stack.resampled
    ? clamp(
        sliceAt(stack, grid.affine, indexThrough(state, grid, plane)),
        0,
        stack.shape[stack.axis] - 1,
      )
    : state.cursor[stack.axis];

/**
 * A state moved by so many turned planes.
 * @param {State} state
 * @param {Grid} grid
 * @param {Layout} stack
 * @param {number} steps
 */
function along(state, grid, stack, steps) {
  const through = movedThrough(stack, throughOf(state, grid), steps);
  return { ...state, through, cursor: voxelAt(through, grid) };
}
