/** Plane, slice and window as native inputs, in a page without Jupyter's. */

import { make } from "./dom.js";
import { PLANES } from "./geometry.js";

/**
 * @param {Element} parent
 * @param {import("./viewer.js").Viewer} viewer
 * @returns {(state: import("./state.js").State) => void} brings them into line with a state
 */
export function addNativeControls(parent, viewer) {
  const { presets, limits, step } = viewer.state;
  const panel = make("div", "ctkit-native", parent);
  const windows = presets.map(([name, center, width]) => `${name} (${center} / ${width})`);
  const plane = addMenu(panel, "Plane", PLANES);
  const slice = addSlider(panel, "Slice", 0, "");
  const preset = addMenu(panel, "Window", ["your own", ...windows]);
  const center = addSlider(panel, "Center", ...limits.center, step);
  const width = addSlider(panel, "Width", ...limits.width, step);
  const tie = (/** @type {HTMLElement} */ input, /** @type {() => object} */ patch) =>
    input.addEventListener("input", () => viewer.hand.set(patch()), { signal: viewer.stop.signal });
  tie(plane, () => ({ plane_index: plane.selectedIndex }));
  tie(slice, () => ({ slice: Number(slice.value) }));
  tie(preset, () => ({ preset_index: preset.selectedIndex }));
  tie(center, () => ({ whole_center: Number(center.value) }));
  tie(width, () => ({ whole_width: Number(width.value) }));
  return (state) => {
    plane.selectedIndex = state.plane_index;
    slice.max = String(state.max_slice);
    slice.value = String(state.slice);
    preset.selectedIndex = state.preset_index;
    center.value = String(state.whole_center);
    width.value = String(state.whole_width);
  };
}

/** @param {Element} panel @param {string} name */
function addRow(panel, name) {
  const row = make("label", "", panel);
  make("span", "", row).textContent = name;
  return row;
}

/** @param {Element} panel @param {string} name @param {string[]} options */
function addMenu(panel, name, options) {
  const menu = make("select", "", addRow(panel, name), { "aria-label": name });
  for (const option of options) make("option", "", menu).textContent = option;
  return menu;
}

/**
 * @param {Element} panel
 * @param {string} name
 * @param {number} min
 * @param {number|string} max
 * @param {number} step
 */
function addSlider(panel, name, min, max, step = 1) {
  const attributes = { "aria-label": name, type: "range", min, max, step };
  return make("input", "", addRow(panel, name), attributes);
}
