/** Where the picture is cut: the plane, its slice, and the voxel of the cursor. */

import { PLANES } from "../geometry.js";
import { clamp } from "../numbers.js";
import { positionText } from "../overlay.js";

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
    const { axis } = grid.layouts[state.convention][plane];
    const wanted = [...state.cursor];
    if (name === "slice") wanted[axis] = state.slice;
    const cursor = wanted.map((n, i) => clamp(Math.round(n), 0, grid.shape[i] - 1));
    return {
      plane,
      plane_index: PLANES.indexOf(plane),
      max_slice: grid.shape[axis] - 1,
      cursor,
      slice: cursor[axis],
      position: positionText(grid, state.convention, plane, cursor[axis]),
    };
  },
};
