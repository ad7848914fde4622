/** A mask over the picture. */

import { number } from "../line.js";

/** @type {import("../state.js").Part} */
export const mask = {
  traits: ["opacity", "outline"],
  source: "overlay",
  words: (state, { overlay }) => ({
    ...(overlay ? { mask: "mask" } : {}),
    ...(state.opacity === 0.25 ? {} : { opacity: number(state.opacity) }),
    ...(state.outline ? {} : { outline: "False" }),
  }),
};
