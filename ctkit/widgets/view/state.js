/**
 * The state of a view: its parts put together, read from a model, brought into line, written.
 *
 * @typedef {import("./geometry.js").Grid} Grid
 *
 * @typedef {object} Model anywidget's, or a stand-in in a page without Jupyter
 * @property {(name: string) => any} get
 * @property {(name: string, value: any) => void} set
 * @property {(event: string, handler: (...args: any[]) => void) => void} on
 * @property {(event: string, handler: (...args: any[]) => void) => void} off
 * @property {() => void} save_changes
 * @property {(message: any) => void} send
 * @property {{get_model: (id: string) => Promise<Model>}} widget_manager
 *
 * @typedef {object} Part of a view
 * @property {string[]} traits the first tells whether a view has the part
 * @property {string} [source] the trait that refers to voxels
 * @property {string[]} [heard] traits that others depend on
 * @property {(before: State, after: State) => string[]} [written] what `settle` may change, in
 *   the order in which it is to be told
 * @property {(name: string, state: State, grid: Grid) => Partial<State>} [settle] what the
 *   traits of the part become when `name` has changed: clamped, and in line with it
 * @property {(state: State, grids: import("./overlay.js").Grids) => Record<string, string>} [words]
 *   arguments of the line of Python that brings the picture back; an empty one takes away what a
 *   part before has said
 *
 * @typedef {object} State of all parts; the traits of a part that a view lacks are undefined
 * @property {string} mode "single", "planes" or "compare"
 * @property {string} call the line of Python that made the view, as far as its arguments
 * @property {boolean} standalone
 * @property {{low: number, high: number, counts: number[]}} histogram
 * @property {string} note
 * @property {string} unit "HU", or "" where the values can't be any
 * @property {string} plane
 * @property {number} plane_index
 * @property {number} slice
 * @property {number} max_slice
 * @property {number[]} cursor
 * @property {boolean} pinned
 * @property {string} position
 * @property {string} convention
 * @property {number[]|null} normal (x, y, z) across a plane that was turned
 * @property {number[]|null} through the point in mm that it goes through
 * @property {number} slab thickness in mm, 0 for a plane alone
 * @property {string} projection "max", "min" or "mean"
 * @property {number} projection_index
 * @property {number} zoom
 * @property {number} speed slices a second
 * @property {number[]|null} range first and last slice that are played
 * @property {string} playback "looping" or "sweeping"
 * @property {number[]} pan
 * @property {string} interpolation "linear" or "nearest"
 * @property {number} center
 * @property {number} width
 * @property {number} step of the sliders: 1 HU, or what goes with other values
 * @property {number} whole_center
 * @property {number} whole_width
 * @property {number} preset_index
 * @property {[string, number, number, string][]} presets
 * @property {{center: [number, number], width: [number, number]}} limits
 * @property {string} function
 * @property {boolean} invert
 * @property {{center: number, width: number}} home
 * @property {import("./marks.js").Mark[]} drawn
 * @property {number|null} [selected] which of them a hand has chosen: no trait
 * @property {number} opacity
 * @property {boolean} outline
 * @property {import("./labels.js").Label[]} labels
 * @property {import("./labels.js").Label[]} usual_labels those that the mask itself says
 * @property {import("./labels.js").Overlaps} overlaps
 * @property {string} blend
 * @property {number} blend_index
 * @property {string[]} names
 * @property {string[]} usual_names
 * @property {number} curtain
 * @property {number} limit
 * @property {string} busy
 * @property {string} outcome
 * @property {string} error
 * @property {string} trace
 * @property {boolean} stale
 * @property {Record<string, string>} made_of
 * @property {Record<string, string>} starts
 * @property {string[]} taken
 */

import { same } from "./numbers.js";
import { cine } from "./parts/cine.js";
import { cut } from "./parts/cut.js";
import { marks } from "./parts/marks.js";
import { mask } from "./parts/mask.js";
import { place } from "./parts/place.js";
import { second } from "./parts/second.js";
import { tuned } from "./parts/tuned.js";
import { voxels } from "./parts/voxels.js";
import { window } from "./parts/window.js";
import { zoom } from "./parts/zoom.js";

/** What belongs to the view as a whole. @type {Part} */
const whole = { traits: ["mode", "call", "standalone"] };
// In the order in which their traits are brought into line, and told.
export const PARTS = [whole, voxels, place, cut, zoom, cine, window, marks, mask, second, tuned];
export const SOURCES = PARTS.flatMap((part) => part.source ?? []);

/** @type {WeakMap<Model, {parts: Part[], traits: string[]}>} */
const known = new WeakMap();

/** The parts that a model has, and their traits: the same as long as it lives. @param {Model} model */
function knownOf(model) {
  const found = known.get(model);
  if (found) return found;
  const parts = PARTS.filter((part) => model.get(part.traits[0]) !== undefined);
  const all = { parts, traits: parts.flatMap((part) => part.traits) };
  known.set(model, all);
  return all;
}

/** @param {Model} model */
const partsOf = (model) => knownOf(model).parts;

/**
 * The traits of a model's parts as one plain object.
 * @param {Model} model
 * @returns {State}
 */
export function read(model) {
  /** @type {Record<string, any>} */
  const state = {};
  for (const name of knownOf(model).traits) state[name] = model.get(name);
  return /** @type {State} */ (state);
}

/**
 * What the other traits become when `name` has changed: clamped, and in line with it.
 * @param {string} name
 * @param {State} state
 * @param {Grid} grid of the first volume
 * @returns {State}
 */
export function settle(name, state, grid) {
  const next = { ...state };
  for (const part of PARTS) {
    if (part.traits[0] in state) Object.assign(next, part.settle?.(name, next, grid));
  }
  return next;
}

/**
 * Set what differs.
 * @param {Model} model
 * @param {State} before
 * @param {State} after
 * @returns {boolean} whether anything did
 */
function write(model, before, after) {
  const names = partsOf(model).flatMap((part) => part.written?.(before, after) ?? []);
  const state = /** @type {Record<string, any>} */ (after);
  const different = names.filter((name) => !same(model.get(name), state[name]));
  for (const name of different) model.set(name, state[name]);
  return different.length > 0;
}

/**
 * Set traits, and tell the kernel at once; where it is missing the picture goes on without it.
 * @param {Model} model
 * @param {Record<string, any>} [patch]
 */
export function save(model, patch = {}) {
  for (const [name, value] of Object.entries(patch)) model.set(name, value);
  try {
    model.save_changes();
  } catch (error) {
    console.warn("ctkit: the kernel is not there", error);
  }
}

/**
 * @param {Model} model
 * @param {string[]} names of traits
 * @param {(name: string) => void} callback when one of them changes
 * @returns {() => void} clean-up
 */
function listen(model, names, callback) {
  const handlers = names.map(
    (name) => /** @type {const} */ ([`change:${name}`, () => callback(name)]),
  );
  for (const [event, handler] of handlers) model.on(event, handler);
  return () => {
    for (const [event, handler] of handlers) model.off(event, handler);
  };
}

/**
 * Keep the traits of a model in line, whoever sets them.
 * @param {Model} model
 * @param {Grid} grid of the first volume
 * @param {(state: State) => void} show draws the pictures, before anyone else is told:
 *   links and the message to the kernel take longer than the picture
 * @returns {() => void} clean-up
 */
export function keepInLine(model, grid, show) {
  const names = partsOf(model).flatMap((part) => part.heard ?? []);
  return listen(model, names, (name) => {
    const before = read(model);
    const after = settle(name, before, grid);
    show(after);
    if (write(model, before, after)) save(model);
  });
}

/**
 * Call back once after each turn in which any trait changed, still before the next frame.
 * Jupyter's models don't fire a plain "change" when a handler sets more.
 * @param {Model} model
 * @param {() => void} callback
 * @returns {() => void} clean-up
 */
export function watch(model, callback) {
  let waiting = false;
  let stopped = false;
  const names = partsOf(model).flatMap((part) => part.traits);
  const stop = listen(model, names, () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      if (!stopped) callback();
    });
  });
  return () => {
    stopped = true;
    stop();
  };
}
