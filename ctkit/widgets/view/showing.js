/**
 * The two halves of the life of a view: its traits are kept in line, and it is drawn as soon as its
 * voxels are there.
 *
 * @typedef {import("./state.js").Model} Model
 */

import { atOnce, awaited, dropStill, waitFor } from "./asking.js";
import { bringControls } from "./box.js";
import { make, setText } from "./dom.js";
import { watchKernel } from "./kernel.js";
import { keepLinked } from "./linking.js";
import { keepInLine, SOURCES } from "./state.js";
import { messageOf, Viewer } from "./viewer.js";

const ALONE =
  "No kernel: this view is on its own. It moves as before, but Python hears nothing of it.";
const ALONE_WITH_SLICES =
  "No kernel: this view is on its own. It has only the slices that came before.";

/** A view: kept in line once, drawn in each place where it stands. */
export function createView() {
  /** @type {Set<Viewer>} */
  const viewers = new Set();
  return {
    /** @param {{model: Model}} context */
    initialize: ({ model }) =>
      // A link of views has the same script, and draws nothing.
      model.get("views") ? keepLinked(model) : linkTraits(model, viewers),
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
  const stop = new AbortController();
  awaited(model, "voxels", stop.signal).then((source) => {
    if (stop.signal.aborted || !source) return;
    end = keepInLine(model, source, (state) => {
      for (const viewer of viewers) viewer.preview(state);
    });
  }, console.error);
  return () => {
    stop.abort();
    end();
  };
}

/**
 * Draw a view when its voxels are there. Jupyter waits for what is returned, and gives the model
 * no news until then: so nothing is waited for that is not there already.
 * @param {Model} model
 * @param {Element} el
 * @param {Set<Viewer>} viewers
 * @returns {Promise<() => void>} clean-up
 */
async function drawView(model, el, viewers) {
  const stop = new AbortController();
  const stops = [() => stop.abort()];
  const found = await atOnce(model, SOURCES).catch(() => null);
  const coming = found ? Promise.resolve(found) : waitFor(model, SOURCES, el, stop.signal);
  const drawn = coming
    .then((sources) => {
      if (!stop.signal.aborted) stops.push(...showView(model, el, viewers, sources));
    })
    .catch((error) => showFailure(el, error));
  if (found) await drawn;
  return () => {
    for (const end of stops) end();
  };
}

/**
 * @param {Model} model
 * @param {Element} el
 * @param {Set<Viewer>} viewers
 * @param {Record<string, any>} sources
 * @returns {(() => void)[]} clean-up
 */
function showView(model, el, viewers, sources) {
  const viewer = new Viewer(model, el, /** @type {any} */ (sources));
  viewers.add(viewer);
  dropStill(model);
  const note = make("div", "ctkit-kernel", null, { role: "status" });
  viewer.root.prepend(note);
  return [
    // The model of the voxels is Jupyter's own, which knows whether it is alive.
    watchKernel(sources.voxels.model, (gone) => {
      setText(note, gone ? (sources.voxels.all ? ALONE : ALONE_WITH_SLICES) : "");
    }),
    ...["overlay", "second"].map((name) => follow(model, viewer, name)),
    bringControls(model, /** @type {HTMLElement} */ (el)),
    () => {
      viewers.delete(viewer);
      viewer.close();
    },
  ];
}

/**
 * Fetch another second volume or mask when Python names one; a late one is dropped.
 * @param {Model} model
 * @param {Viewer} viewer
 * @param {string} name
 * @returns {() => void} clean-up
 */
function follow(model, viewer, name) {
  const { signal } = viewer.stop;
  const handler = async () => {
    const wanted = model.get(name);
    const source = await awaited(model, name, signal);
    if (model.get(name) === wanted) viewer.replace(name, source);
  };
  model.on(`change:${name}`, handler);
  return () => model.off(`change:${name}`, handler);
}

/** An error of the script stands in the widget, where people see it. @param {Element} el @param {any} error */
export function showFailure(el, error) {
  make("div", "ctkit-error", el, {
    role: "alert",
  }).textContent = `The viewer stopped: ${messageOf(error)}`;
  console.error(error);
}
