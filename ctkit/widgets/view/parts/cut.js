/** How thick the planes are that a view shows, and what is shown of them. */

import { PROJECTIONS } from "../cutting.js";
import { number, text } from "../line.js";
import { clamp } from "../numbers.js";

const SETTABLE = ["slab", "projection", "projection_index"];

/** @type {import("../state.js").Part} */
export const cut = {
  traits: SETTABLE,
  heard: SETTABLE,
  written: () => SETTABLE,
  settle: (name, state) => {
    const chosen = PROJECTIONS[clamp(state.projection_index, 0, PROJECTIONS.length - 1)];
    const projection = name === "projection_index" ? chosen : state.projection;
    const projection_index = PROJECTIONS.indexOf(projection);
    return { slab: Math.max(state.slab, 0), projection, projection_index };
  },
  words: (state) => ({
    ...(state.slab ? { slab: number(state.slab) } : {}),
    ...(state.projection === "max" ? {} : { projection: text(state.projection) }),
  }),
};
