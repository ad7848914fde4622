/** A second volume, and how the two are shown together. */

import { clamp } from "../numbers.js";

const BLENDS = ["side by side", "curtain", "flicker", "difference"];
/** The highest limit that a hand sets, in HU. */
export const LIMIT = 4000;
const SETTABLE = ["blend", "blend_index"];

/** @type {import("../state.js").Part} */
export const second = {
  traits: [...SETTABLE, "names", "curtain", "limit"],
  source: "second",
  heard: SETTABLE,
  written: () => SETTABLE,
  settle: (name, state) => {
    const chosen = BLENDS[clamp(state.blend_index, 0, BLENDS.length - 1)];
    const blend = name === "blend_index" ? chosen : state.blend;
    return { blend, blend_index: BLENDS.indexOf(blend) };
  },
};
