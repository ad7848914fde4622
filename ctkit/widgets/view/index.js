/**
 * The canvas view of ctkit, with no library: anywidget's entry. The voxels come once. A table of
 * 65,536 entries turns HU into grey, a loop lays one plane out as a picture, and a canvas shows
 * it at the size of its voxels; CSS stretches it to the true aspect. What is no plane of the
 * voxels' own grid goes through one sampler.
 */

import { inflated, inOrder, standIn, stateFrom } from "./alone.js";
import { atOnce, awaited, dropStill, waitFor } from "./asking.js";
import { bringControls } from "./box.js";
import * as cine from "./cine.js";
import * as crossing from "./crossing.js";
import * as cutting from "./cutting.js";
import { make, setText } from "./dom.js";
import { createField } from "./drop/field.js";
import { packed } from "./drop/packing.js";
import * as geometry from "./geometry.js";
import { wheelSteps } from "./gestures.js";
import { countsOf, ticks } from "./histogram.js";
import { watchKernel } from "./kernel.js";
import * as labels from "./labels.js";
import * as lettering from "./lettering.js";
import * as lines from "./line.js";
import { following, keepLinked } from "./linking.js";
import * as marks from "./marks.js";
import * as measuring from "./measuring.js";
import { clamp } from "./numbers.js";
import * as overlay from "./overlay.js";
import { differenceHeld, laidOut, Source } from "./parts/voxels.js";
import { onStep } from "./parts/window.js";
import * as pictures from "./pictures.js";
import { asNumber, judged } from "./quiz/judging.js";
import { createQuiz } from "./quiz/quiz.js";
import * as sampling from "./sampling.js";
import { stateLine } from "./saving.js";
import { createSinogram, elementAt, pointOn } from "./sinogram.js";
import { steps } from "./slider.js";
import { keepInLine, PARTS, SOURCES, settle } from "./state.js";
import { messageOf, Viewer } from "./viewer.js";
import * as windowing from "./windowing.js";
import * as zooming from "./zooming.js";

/** @typedef {import("./state.js").Model} Model */

const ALONE =
  "No kernel: this view is on its own. It moves as before, but Python hears nothing of it.";
const ALONE_WITH_SLICES =
  "No kernel: this view is on its own. It has only the slices that came before.";

/** What a page without Jupyter makes a view with. */
export { inflated, inOrder, standIn, stateFrom };

/** What tests and benchmarks call: each is compared with its reference in Python. */
export const pure = {
  ...crossing,
  ...cutting,
  ...geometry,
  ...lines,
  ...marks,
  ...measuring,
  ...overlay,
  ...lettering,
  ...labels,
  ...windowing,
  ...pictures,
  ...sampling,
  ...zooming,
  asNumber,
  judged,
  endsOf: cine.endsOf,
  following,
  sliceAfter: cine.sliceAfter,
  clamp,
  countsOf,
  differenceHeld,
  elementAt,
  laidOut,
  onStep,
  pointOn,
  packed: (/** @type {number[]} */ sizes, /** @type {number} */ most) => [...packed(sizes, most)],
  settle,
  stateLine,
  steps,
  PARTS,
  Source,
  ticks,
  wheelSteps,
};

/**
 * The two halves of the life of a model of anywidget's: of a view, of the field of `drop()`, or of
 * a quiz or a sinogram, which only the model can tell apart.
 */
export default function createWidget() {
  const widgets = { drop: createField(), quiz: createQuiz(), sinogram: createSinogram() };
  const view = createView();
  /** @param {Model} model @returns {typeof view} */
  const of = (model) => /** @type {any} */ (widgets)[model.get("mode")] ?? view;
  return {
    /** @param {{model: Model}} context */
    initialize: (context) => of(context.model).initialize(context),
    /** @param {{model: Model, el: HTMLElement}} context */
    render: (context) => of(context.model).render(context),
  };
}

/** A view: kept in line once, drawn in each place where it stands. */
function createView() {
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
function showFailure(el, error) {
  make("div", "ctkit-error", el, {
    role: "alert",
  }).textContent = `The viewer stopped: ${messageOf(error)}`;
  console.error(error);
}
