/**
 * Voxels that the page does not have yet. A page that was opened a moment ago fetches the models
 * of a living kernel one after the other, and a cell that runs meanwhile makes a view that shares
 * its voxels with one of them. So they are waited for, and asked for again.
 */

import { make } from "./dom.js";
import { referred } from "./parts/voxels.js";

/** @typedef {import("./state.js").Model} Model */

const PAUSE = 200;
const ASK = 3000; // milliseconds until they are asked for, and between two wishes
const PATIENCE = 120_000;

/**
 * The voxels that the traits of these names refer to; an error where some are not there.
 * @param {Model} model
 * @param {string[]} names
 */
export const atOnce = (model, names) => byName(names, (name) => referred(model, name));

/**
 * The same as soon as they are there, with a still picture meanwhile.
 * @param {Model} model
 * @param {string[]} names
 * @param {Element} el
 * @param {AbortSignal} stop
 */
export async function waitFor(model, names, el, stop) {
  const still = addStill(model, el);
  try {
    return await byName(names, (name) => awaited(model, name, stop));
  } finally {
    URL.revokeObjectURL(still.url);
    still.root.remove();
  }
}

/**
 * @param {string[]} names
 * @param {(name: string) => Promise<any>} find
 */
async function byName(names, find) {
  /** @type {Record<string, any>} */
  const found = {};
  for (const name of names) found[name] = await find(name);
  return found;
}

/** The picture as it was displayed, and what it is there for. @param {Model} model @param {Element} el */
function addStill(model, el) {
  const root = make("div", "ctkit-waiting", el, { role: "status" });
  const bytes = model.get("snapshot");
  const url = bytes ? URL.createObjectURL(new Blob([bytes], { type: "image/png" })) : "";
  if (url) make("img", "", root, { src: url, alt: "The view as it was displayed" });
  make("div", "", root).textContent = "A still picture: the voxels have not come yet.";
  return { root, url };
}

/**
 * The voxels that a trait refers to, as soon as they are there; null where it refers to none.
 * @param {Model} model
 * @param {string} name
 * @param {AbortSignal} stop
 * @returns {Promise<import("./parts/voxels.js").Source|null>}
 */
export async function awaited(model, name, stop) {
  const start = Date.now();
  let asked = start;
  while (!stop.aborted) {
    try {
      return await referred(model, name);
    } catch (error) {
      // Without Jupyter nothing comes later.
      if (!model.widget_manager || Date.now() - start > PATIENCE) throw error;
    }
    await new Promise((resume) => setTimeout(resume, PAUSE));
    if (Date.now() - asked < ASK || stop.aborted) continue;
    asked = Date.now();
    askAgain(model, name);
  }
  return null;
}

/**
 * The still picture was for the time before the view; the kernel hears of it with the next change.
 * Jupyter keeps what a model held before the last change: so it is told twice.
 * @param {Model} model
 */
export function dropStill(model) {
  if (!model.get("snapshot")) return;
  for (let time = 0; time < 2; time++) model.set("snapshot", null);
}

/** @param {Model} model @param {string} name */
function askAgain(model, name) {
  try {
    model.send({ kind: "again", trait: name, missing: model.get(name) });
  } catch (error) {
    console.warn("ctkit: the kernel is not there", error);
  }
}
