/**
 * The canvas view of ctkit, with no library: anywidget's entry. The voxels come once. A table of
 * 65,536 entries turns HU into grey, a loop lays one plane out as a picture, and a canvas shows
 * it at the size of its voxels; CSS stretches it to the true aspect. What is no plane of the
 * voxels' own grid goes through one sampler.
 */

import { inflated, inOrder, standIn, stateFrom } from "./alone.js";
import * as cine from "./cine.js";
import * as crossing from "./crossing.js";
import * as cutting from "./cutting.js";
import { createField } from "./drop/field.js";
import { packed } from "./drop/packing.js";
import * as geometry from "./geometry.js";
import { wheelSteps } from "./gestures.js";
import { countsOf, ticks } from "./histogram.js";
import * as labels from "./labels.js";
import * as lettering from "./lettering.js";
import * as lines from "./line.js";
import { following } from "./linking.js";
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
import { createView } from "./showing.js";
import { createSinogram, elementAt, pointOn } from "./sinogram.js";
import { steps } from "./slider.js";
import { PARTS, settle } from "./state.js";
import * as windowing from "./windowing.js";
import * as zooming from "./zooming.js";

/** @typedef {import("./state.js").Model} Model */

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
