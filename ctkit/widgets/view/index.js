/**
 * The canvas view of ctkit, with no library: anywidget's entry. The int16 voxels come once. A
 * table of 65,536 entries turns HU into grey, a loop lays one plane out as a picture, and a
 * canvas shows it at the size of its voxels; CSS stretches it to the true aspect.
 */

import { bringControls } from "./box.js";
import { make } from "./dom.js";
import * as geometry from "./geometry.js";
import { wheelSteps } from "./gestures.js";
import { ticks } from "./histogram.js";
import * as lettering from "./lettering.js";
import * as measuring from "./measuring.js";
import { clamp } from "./numbers.js";
import * as overlay from "./overlay.js";
import { referred, Source } from "./parts/voxels.js";
import * as pictures from "./pictures.js";
import { sample } from "./sampling.js";
import { keepInLine, PARTS, SOURCES, settle } from "./state.js";
import { messageOf, Viewer } from "./viewer.js";
import * as windowing from "./windowing.js";

/** @typedef {import("./state.js").Model} Model */

/** What tests and benchmarks call: each is compared with its reference in Python. */
export const pure = {
  ...geometry,
  ...measuring,
  ...overlay,
  ...lettering,
  ...windowing,
  ...pictures,
  clamp,
  sample,
  settle,
  PARTS,
  Source,
  ticks,
  wheelSteps,
};

/** The two halves of one model's life: kept in line once, drawn in each of its views. */
export default function createView() {
  /** @type {Set<Viewer>} */
  const viewers = new Set();
  return {
    /** @param {{model: Model}} context */
    initialize: ({ model }) => linkTraits(model, viewers),
    /** @param {{model: Model, el: Element}} context */
    render: ({ model, el }) => drawView(model, el, viewers),
  };
}

/**
 * Keep the traits of a model in line. anywidget waits for this before it takes any message, so
 * it doesn't wait for the voxels.
 * @param {Model} model
 * @param {Set<Viewer>} viewers that draw a state before anyone else is told
 * @returns {() => void} clean-up
 */
function linkTraits(model, viewers) {
  let end = () => {};
  let ended = false;
  referred(model, "voxels").then((source) => {
    if (ended || !source) return;
    end = keepInLine(model, source, (state) => {
      for (const viewer of viewers) viewer.preview(state);
    });
  }, console.error);
  return () => {
    ended = true;
    end();
  };
}

/**
 * @param {Model} model
 * @param {Element} el
 * @param {Set<Viewer>} viewers
 * @returns {Promise<(() => void)|undefined>} clean-up
 */
async function drawView(model, el, viewers) {
  try {
    /** @type {Record<string, any>} */
    const sources = {};
    for (const name of SOURCES) sources[name] = await referred(model, name);
    const viewer = new Viewer(model, el, /** @type {any} */ (sources));
    viewers.add(viewer);
    const stops = ["overlay", "second"].map((name) => follow(model, viewer, name));
    stops.push(bringControls(model, /** @type {HTMLElement} */ (el)));
    return () => {
      for (const stop of stops) stop();
      viewers.delete(viewer);
      viewer.close();
    };
  } catch (error) {
    showFailure(el, error);
    return undefined;
  }
}

/**
 * Fetch another second volume or mask when Python names one; a late one is dropped.
 * @param {Model} model
 * @param {Viewer} viewer
 * @param {string} name
 * @returns {() => void} clean-up
 */
function follow(model, viewer, name) {
  const handler = async () => {
    const wanted = model.get(name);
    const source = await referred(model, name);
    if (model.get(name) === wanted) viewer.replace(name, source);
  };
  model.on(`change:${name}`, handler);
  return () => model.off(`change:${name}`, handler);
}

/** An error of the script stands in the widget, where people see it. @param {Element} el @param {any} error */
function showFailure(el, error) {
  make("div", "ctkit-error", el, {
    role: "alert",
  }).textContent = `The viewer stopped: ${messageOf(error)}`;
  console.error(error);
}
