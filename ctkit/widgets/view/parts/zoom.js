/** How much of the picture is seen: zoom, pan, and how it is drawn between its pixels. */

import { number, numbers, text } from "../line.js";
import { clamp } from "../numbers.js";
import { FARTHEST, ZOOMS } from "../zooming.js";

const SETTABLE = ["zoom", "pan"];

/** @type {import("../state.js").Part} */
export const zoom = {
  traits: [...SETTABLE, "interpolation"],
  heard: SETTABLE,
  written: () => SETTABLE,
  settle: (_, state) => ({
    zoom: clamp(state.zoom, ...ZOOMS),
    pan: state.pan.map((mm) => clamp(mm, -FARTHEST, FARTHEST)),
  }),
  words: (state) => ({
    ...(state.zoom === 1 ? {} : { zoom: number(state.zoom) }),
    ...(state.pan.some((mm) => mm !== 0) ? { pan: numbers(state.pan) } : {}),
    ...(state.interpolation === "linear" ? {} : { interpolation: text(state.interpolation) }),
  }),
};
