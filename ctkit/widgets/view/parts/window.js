/** The window: center and width in HU, the row of a preset, how greys come of them, and how often each HU occurs. */

import { numbers, text } from "../line.js";
import { clamp } from "../numbers.js";
import { steps } from "../slider.js";

const SETTABLE = ["center", "width", "whole_center", "whole_width", "preset_index"];

/** @type {import("../state.js").Part} */
export const window = {
  traits: [...SETTABLE, "presets", "limits", "step", "function", "invert", "home", "histogram"],
  heard: SETTABLE,
  written: () => SETTABLE,
  settle: (name, state) => {
    const chosen = name === "preset_index" && state.presets[state.preset_index - 1];
    let [center, width] = chosen ? [chosen[1], chosen[2]] : [state.center, state.width];
    const step = state.step ?? 1;
    // A slider knows whole steps only: it moves the window when it says something else.
    const saysElse = (/** @type {number} */ told, /** @type {number} */ value) =>
      Math.abs(told - onStep(value, step)) > step / 2;
    if (name === "whole_center" && saysElse(state.whole_center, center)) {
      center = state.whole_center;
    }
    if (name === "whole_width" && saysElse(state.whole_width, width)) {
      width = state.whole_width;
    }
    ({ center, width } = clampWindow({ center, width }, state.limits));
    const row = state.presets.findIndex((preset) => preset[1] === center && preset[2] === width);
    const whole = { whole_center: onStep(center, step), whole_width: onStep(width, step) };
    return { center, width, ...whole, preset_index: row + 1 };
  },
  words: (state) => {
    const preset = state.presets[state.preset_index - 1];
    return {
      window: preset ? text(preset[0]) : numbers([state.center, state.width]),
      ...(state.function === "LINEAR" ? {} : { function: text(state.function) }),
      ...(state.invert ? { invert: "True" } : {}),
    };
  },
};

/**
 * Rounded half up to a multiple of a step.
 * @param {number} value
 * @param {number} step
 */
export const onStep = (value, step) => steps(Math.floor(value / step + 0.5), step);

/**
 * @param {{center: number, width: number}} wanted
 * @param {{center: [number, number], width: [number, number]}} limits
 */
export const clampWindow = ({ center, width }, limits) => ({
  center: clamp(center, ...limits.center),
  width: clamp(width, ...limits.width),
});
