/** Plane, slice and window as native inputs, in a page without Jupyter's. */

import { make } from "./dom.js";
import { PLANES } from "./geometry.js";
import { LIMIT } from "./parts/second.js";
import { NumberSlider, stops, wholes } from "./slider.js";

/**
 * @param {Element} parent
 * @param {import("./viewer.js").Viewer} viewer
 * @returns {(state: import("./state.js").State) => void} brings them into line with a state
 */
export function addNativeControls(parent, viewer) {
  const { presets, limits } = viewer.state;
  const panel = make("div", "ctkit-native", parent);
  const windows = presets.map(([name, center, width]) => `${name} (${center} / ${width})`);
  const plane = addMenu(panel, "Plane", PLANES);
  const slice = addSlider(panel, "Slice", 0, "");
  slice.classList.add("ctkit-slice");
  const preset = addMenu(panel, "Window", ["your own", ...windows]);
  const set = (/** @type {object} */ patch) => viewer.hand.set(patch);
  const center = new NumberSlider(panel, "Center", wholes(...limits.center), (value) =>
    set({ whole_center: value }),
  );
  const width = new NumberSlider(panel, "Width", stops(...limits.width), (value) =>
    set({ whole_width: value }),
  );
  for (const row of [preset.parentElement, center.root, width.root]) {
    row?.classList.add("ctkit-window");
  }
  const limit = viewer.state.limit === undefined ? null : addLimit(panel, viewer);
  const tie = (/** @type {HTMLElement} */ input, /** @type {() => object} */ patch) =>
    input.addEventListener("input", () => set(patch()), { signal: viewer.stop.signal });
  tie(plane, () => ({ plane_index: plane.selectedIndex }));
  tie(slice, () => ({ slice: Number(slice.value) }));
  tie(preset, () => ({ preset_index: preset.selectedIndex }));
  return (state) => {
    plane.selectedIndex = state.plane_index;
    slice.max = String(state.max_slice);
    slice.value = String(state.slice);
    preset.selectedIndex = state.preset_index;
    center.show(state.whole_center);
    width.show(state.whole_width);
    limit?.show(state.limit);
  };
}

/** @param {Element} panel @param {import("./viewer.js").Viewer} viewer */
function addLimit(panel, viewer) {
  const change = (/** @type {number} */ limit) => viewer.hand.set({ limit });
  const slider = new NumberSlider(panel, "Limit", stops(1, LIMIT), change);
  slider.root.classList.add("ctkit-limit");
  return slider;
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
 */
function addSlider(panel, name, min, max) {
  const attributes = { "aria-label": name, type: "range", min, max };
  return make("input", "", addRow(panel, name), attributes);
}
