/** Plane, slice, window and blend as native inputs, in a page without Jupyter's. */

import { make, setHidden } from "./dom.js";
import { PLANES } from "./geometry.js";
import { BLENDS } from "./parts/second.js";

const LEAST_LIMIT = 1; // HU

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
  const drawBlend = viewer.state.blend === undefined ? () => {} : addBlend(panel, viewer, tie);
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
    drawBlend(state);
  };
}

/**
 * How two volumes are shown together, and of their difference the HU at which its colours are full.
 * @param {Element} panel
 * @param {import("./viewer.js").Viewer} viewer
 * @param {(input: HTMLElement, patch: () => object) => void} tie
 * @returns {(state: import("./state.js").State) => void}
 */
function addBlend(panel, viewer, tie) {
  const blend = addMenu(panel, "Show", BLENDS);
  const limit = addNumber(panel, "Limit", LEAST_LIMIT);
  tie(blend, () => ({ blend_index: blend.selectedIndex }));
  // While it is being typed it may be no number.
  tie(limit, () => (limit.validity.valid && limit.value ? { limit: Number(limit.value) } : {}));
  return (state) => {
    blend.selectedIndex = state.blend_index;
    setHidden(/** @type {HTMLElement} */ (blend.parentElement), !viewer.sources.second);
    const isDifference = Boolean(viewer.sources.second) && state.blend === "difference";
    setHidden(/** @type {HTMLElement} */ (limit.parentElement), !isDifference);
    if (document.activeElement !== limit) limit.value = String(state.limit);
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

/** @param {Element} panel @param {string} name @param {number} min */
function addNumber(panel, name, min) {
  const attributes = { "aria-label": name, type: "number", min, step: "any" };
  return make("input", "", addRow(panel, name), attributes);
}
