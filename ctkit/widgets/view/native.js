/** Plane, slice, window and blend as native inputs, in a page without Jupyter's. */

import { NAMES, PROJECTIONS } from "./cutting.js";
import { make, setAttribute, setHidden, setValue } from "./dom.js";
import { PLANES } from "./geometry.js";
import { BLENDS, limitEnds } from "./parts/second.js";
import { THICKEST, WORDS } from "./slabs.js";
import { NumberSlider, stops, wholes } from "./slider.js";

/**
 * @param {Element} parent
 * @param {import("./viewer.js").Viewer} viewer
 * @returns {(state: import("./state.js").State) => void} brings them into line with a state
 */
export function addNativeControls(parent, viewer) {
  const { presets, limits, step, unit } = viewer.state;
  const panel = make("div", "ctkit-native", parent);
  const windows = presets.map(([name, center, width]) => `${name} (${center} / ${width})`);
  const plane = addMenu(panel, "Plane", PLANES);
  const slice = addSlider(panel, "Slice", 0, "");
  slice.classList.add("ctkit-slice");
  const preset = addMenu(panel, "Window", ["your own", ...windows]);
  const set = (/** @type {object} */ patch) => viewer.hand.set(patch);
  const center = addNumber(panel, "Center", limits.center, { step, unit }, wholes, (value) =>
    set({ whole_center: value }),
  );
  const width = addNumber(panel, "Width", limits.width, { step, unit }, stops, (value) =>
    set({ whole_width: value }),
  );
  for (const row of [preset.parentElement, center.root, width.root]) {
    row?.classList.add("ctkit-window");
  }
  const tie = (/** @type {HTMLElement} */ input, /** @type {() => object} */ patch) =>
    input.addEventListener("input", () => set(patch()), { signal: viewer.stop.signal });
  const drawSlab = addSlab(panel, viewer, tie);
  const drawBlend = viewer.state.blend === undefined ? () => {} : addBlend(panel, viewer, tie);
  tie(plane, () => ({ plane_index: plane.selectedIndex }));
  tie(slice, () => ({ slice: Number(slice.value) }));
  tie(preset, () => ({ preset_index: preset.selectedIndex }));
  return (state) => {
    setChosen(plane, state.plane_index);
    setAttribute(slice, "max", String(state.max_slice));
    setValue(slice, String(state.slice));
    setChosen(preset, state.preset_index);
    center.show(state.whole_center);
    width.show(state.whole_width);
    drawBlend(state);
    drawSlab(state);
  };
}

/**
 * The thickness of a slab, and what is shown of it; seen while there is one.
 * @param {Element} panel
 * @param {import("./viewer.js").Viewer} viewer
 * @param {(input: HTMLElement, patch: () => object) => void} tie
 * @returns {(state: import("./state.js").State) => void}
 */
function addSlab(panel, viewer, tie) {
  const change = (/** @type {number} */ slab) => viewer.hand.set({ slab });
  const slider = new NumberSlider(panel, "Slab mm", stops(1, THICKEST), change, false, "mm");
  const names = PROJECTIONS.map((name) => `${NAMES[name]} (${WORDS[name]})`);
  const menu = addMenu(panel, "Values", names);
  for (const row of [slider.root, menu.parentElement]) row?.classList.add("ctkit-slab");
  tie(menu, () => ({ projection_index: menu.selectedIndex }));
  return (state) => {
    slider.show(state.slab);
    setChosen(menu, state.projection_index);
  };
}

/**
 * A number of the window: whole HU with a box for it, or in steps of what is no HU.
 * @param {Element} panel
 * @param {string} name
 * @param {[number, number]} limits
 * @param {{step: number, unit: string}} fine
 * @param {(low: number, high: number) => number[]} stopsOf
 * @param {(value: number) => void} change
 * @returns {{root: Element|null, show: (value: number) => void}}
 */
function addNumber(panel, name, [low, high], { step, unit }, stopsOf, change) {
  if (unit) return new NumberSlider(panel, name, stopsOf(low, high), change);
  const slider = addSlider(panel, name, low, high, step);
  slider.addEventListener("input", () => change(slider.valueAsNumber));
  const show = (/** @type {number} */ value) => setValue(slider, String(value));
  return { root: slider.parentElement, show };
}

/**
 * How two volumes are shown together, and of their difference the value at which its colours are full.
 * @param {Element} panel
 * @param {import("./viewer.js").Viewer} viewer
 * @param {(input: HTMLElement, patch: () => object) => void} tie
 * @returns {(state: import("./state.js").State) => void}
 */
function addBlend(panel, viewer, tie) {
  const blend = addMenu(panel, "Show", BLENDS);
  const limit = addLimit(panel, viewer);
  tie(blend, () => ({ blend_index: blend.selectedIndex }));
  return (state) => {
    setChosen(blend, state.blend_index);
    setHidden(/** @type {HTMLElement} */ (blend.parentElement), !viewer.sources.second);
    limit.show(state.limit);
  };
}

/** @param {Element} panel @param {import("./viewer.js").Viewer} viewer */
function addLimit(panel, viewer) {
  const change = (/** @type {number} */ limit) => viewer.hand.set({ limit });
  const { step, unit } = viewer.state;
  const [low, high] = limitEnds(step);
  const slider = new NumberSlider(panel, "Limit", stops(low, high, step), change, false, unit);
  slider.root.classList.add("ctkit-limit");
  return slider;
}

/** @param {HTMLSelectElement} menu @param {number} index */
function setChosen(menu, index) {
  if (menu.selectedIndex !== index) menu.selectedIndex = index;
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
