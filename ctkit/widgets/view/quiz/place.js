/**
 * A place that is pointed at in a viewer: its cursor is the answer.
 *
 * @typedef {import("../state.js").Model} Model
 * @typedef {import("./judging.js").Question} Question
 * @typedef {import("./judging.js").Judged} Judged
 */

import { standIn, voxelModel } from "../alone.js";
import { applyAffine } from "../geometry.js";
import { referred } from "../parts/voxels.js";
import { createView, showFailure } from "../showing.js";

const NOT_POINTED = "Point at a place first: click on it, or move the cross with Shift and arrows.";

/**
 * @param {HTMLElement} el where the viewer stands
 * @param {Question} question
 * @param {(answer: any) => void} take
 * @param {(text: string, right: boolean|null) => void} say
 * @param {AbortSignal} stop
 * @returns {{check: () => void, show: (answer: any, judged: Judged|null) => void}}
 */
export function drawPlace(el, question, take, say, stop) {
  // The keys are the viewer's, of its sliders too: JupyterLab's shortcuts are caught before.
  el.dataset.lmSuppressShortcuts = "true";
  const opening = open(question, el, stop);
  opening.catch((error) => showFailure(el, error));
  return {
    check: async () => {
      const { model, source } = await opening;
      if (!model.get("pinned")) return say(NOT_POINTED, null);
      take(applyAffine(source.affine, model.get("cursor")));
    },
    show: async (answer, judged) => {
      say(judged?.says[0] ?? "", judged?.right ?? null);
      const { model, source } = await opening;
      if (!answer) return;
      model.set("cursor", source.indexAt(answer));
      model.set("pinned", true);
      if (judged?.right) reveal(model, question);
    },
  };
}

/**
 * The viewer of a question, with no kernel.
 * @param {Question} question
 * @param {HTMLElement} el
 * @param {AbortSignal} stop
 */
async function open({ view = {} }, el, stop) {
  // On the website the voxels are fetched before, and a model already.
  const voxels = view.voxels.get ? view.voxels : await voxelModel(view.voxels);
  const model = standIn({ ...view, voxels });
  const { initialize, render } = createView();
  const ends = [initialize({ model }), await render({ model, el })];
  const close = () => {
    for (const end of ends) end();
  };
  if (stop.aborted) close();
  stop.addEventListener("abort", close);
  const source = /** @type {import("../parts/voxels.js").Source} */ (
    await referred(model, "voxels")
  );
  return { model, source };
}

/** Show the slice with the right place, and mark it. @param {Model} model @param {Question} question */
function reveal(model, { view = {}, mark }) {
  model.set("normal", null);
  model.set("plane", view.plane);
  model.set("slice", view.slice);
  const others = model.get("drawn").filter((/** @type {any} */ one) => one.name !== mark?.name);
  model.set("drawn", [...others, mark]);
}
