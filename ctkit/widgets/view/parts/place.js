/** Where the picture is cut: the plane, its slice, and the voxel of the cursor. */

import { cursorOn, PLANES, sliceAt } from "../geometry.js";
import { number, numbers, text } from "../line.js";
import { clamp } from "../numbers.js";
import { isPinned, positionText } from "../overlay.js";

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
  ],
  heard: ["plane", "plane_index", "slice", "cursor"],
  written: (before, after) => {
    // The end of a slider moves before its value when it grows, else after. The plane goes
    // first: until it is set, a slice would count along the axis of the old one.
    const grows = after.max_slice > before.max_slice;
    const order = grows ? ["max_slice", "slice"] : ["slice", "max_slice"];
    return ["plane", ...order, "plane_index", "cursor", "position"];
  },
  settle: (name, state, grid) => {
    const plane = name === "plane_index" ? PLANES[clamp(state.plane_index, 0, 2)] : state.plane;
    const stack = grid.layouts[state.convention][plane];
    const last = stack.shape[stack.axis] - 1;
    // The slice nearest to a voxel may lie half a voxel beyond the last of a stack that leans.
    const sliceOf = (/** @type {number[]} */ voxel) =>
      stack.resampled ? clamp(sliceAt(stack, grid.affine, voxel), 0, last) : voxel[stack.axis];
    let cursor = state.cursor.map((n, i) => clamp(Math.round(n), 0, grid.shape[i] - 1));
    const wanted = clamp(Math.round(state.slice), 0, last);
    if (name === "slice" && wanted !== sliceOf(cursor)) {
      cursor = cursorOn(stack, grid.shape, grid.affine, cursor, wanted);
    }
    const slice = sliceOf(cursor);
    return {
      plane,
      plane_index: PLANES.indexOf(plane),
      max_slice: last,
      cursor,
      slice,
      position: positionText(stack, plane, slice),
    };
  },
  words: (state, { voxels }) => ({
    plane: text(state.plane),
    slice: number(state.slice),
    ...(state.mode === "planes" || (voxels && isPinned(state, voxels))
      ? { cursor: numbers(state.cursor) }
      : {}),
    ...(state.convention === "radiological" ? {} : { convention: text(state.convention) }),
  }),
};
