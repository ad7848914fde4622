/** A second volume, and how the two are shown together. */

import { number, text, texts } from "../line.js";
import { clamp, same } from "../numbers.js";
import { steps } from "../slider.js";

export const BLENDS = ["side by side", "curtain", "flicker", "difference"];
/** The limit of a difference by itself, and the highest that a hand sets, in steps of the window. */
const USUAL_LIMIT = 100;
const HIGHEST_LIMIT = 4000;
const SETTABLE = ["blend", "blend_index"];

/** @type {import("../state.js").Part} */
export const second = {
  traits: [...SETTABLE, "names", "usual_names", "curtain", "limit"],
  source: "second",
  heard: SETTABLE,
  written: () => SETTABLE,
  settle: (name, state) => {
    const chosen = BLENDS[clamp(state.blend_index, 0, BLENDS.length - 1)];
    const blend = name === "blend_index" ? chosen : state.blend;
    return { blend, blend_index: BLENDS.indexOf(blend) };
  },
  words: (state) => ({
    ...(state.blend === BLENDS[0] ? {} : { blend: text(state.blend) }),
    ...(state.curtain === 0.5 ? {} : { curtain: number(state.curtain) }),
    ...(state.limit === steps(USUAL_LIMIT, state.step ?? 1) ? {} : { limit: number(state.limit) }),
    ...(same(state.names, state.usual_names) ? {} : { names: texts(state.names) }),
  }),
};

/** The lowest and the highest limit that a hand sets. @param {number} step of the window */
export const limitEnds = (step) => [step, steps(HIGHEST_LIMIT, step)];
