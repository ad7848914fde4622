/**
 * Views that go together in millimetres, in the page alone. The reference is
 * ctkit/widgets/linking.py.
 *
 * @typedef {import("./state.js").Model} Model
 * @typedef {{cursor: number[], pinned: boolean, center: number, width: number, zoom: number,
 *   pan: number[], limits: {center: [number, number], width: [number, number]}, shape: number[],
 *   affine: number[][], fits: number}} Seen
 */

import { applyAffine, invert, nearest } from "./geometry.js";
import { clamp, same } from "./numbers.js";
import { panes, pictures } from "./overlay.js";
import { clampWindow } from "./parts/window.js";
import { read, save } from "./state.js";
import { FARTHEST, ZOOMS } from "./zooming.js";

const NAMES = { place: ["cursor", "pinned"], window: ["center", "width"], zoom: ["zoom", "pan"] };

/**
 * What the traits of a view become when it follows another.
 * @param {Seen} leader
 * @param {Seen} follower
 * @param {boolean} window whether center and width go together too
 * @param {boolean} zoom
 * @returns {Record<string, any>}
 */
export function following(leader, follower, window, zoom) {
  const place = applyAffine(leader.affine, leader.cursor);
  const index = applyAffine(invert(follower.affine), place).map(nearest);
  return {
    cursor: index.map((n, axis) => clamp(n, 0, follower.shape[axis] - 1)),
    pinned: leader.pinned,
    ...(window ? clampWindow(leader, follower.limits) : {}),
    ...(zoom ? zoomed(leader, follower) : {}),
  };
}

/** @param {Seen} leader @param {Seen} follower */
function zoomed(leader, follower) {
  const [here, there] = [leader, follower].map(middleOf);
  return {
    zoom: clamp((leader.zoom * follower.fits) / leader.fits, ...ZOOMS),
    pan: leader.pan.map((mm, i) => clamp(here[i] + mm - there[i], -FARTHEST, FARTHEST)),
  };
}

/** The middle of a volume in mm. @param {Seen} seen */
const middleOf = ({ affine, shape }) =>
  applyAffine(
    affine,
    shape.map((n) => (n - 1) / 2),
  );

/** @typedef {{model: Model, grids: import("./overlay.js").Grids}} Linked */

/**
 * Keep the views of a link together.
 * @param {Model} model of the link
 * @returns {() => void} clean-up
 */
export function keepLinked(model) {
  const stop = new AbortController();
  /** @type {(() => void)[]} */
  const ends = [() => stop.abort()];
  /** @type {string[]} */
  const references = model.get("views");
  Promise.all(references.map((reference) => linkedOf(model, reference)))
    .then((views) => {
      if (!stop.signal.aborted) ends.push(...link(model, views));
    })
    .catch(console.error);
  return () => {
    for (const end of ends) end();
  };
}

/** @param {Model} model @param {Linked[]} views @returns {(() => void)[]} clean-up */
function link(model, views) {
  let leads = false;
  const [window, zoom] = [model.get("window"), model.get("zoom")];
  const names = [...NAMES.place, ...(window ? NAMES.window : []), ...(zoom ? NAMES.zoom : [])];
  /** @param {Linked} leader */
  const lead = (leader) => {
    if (leads) return;
    leads = true;
    try {
      for (const view of views) if (view !== leader) follow(view, leader, window, zoom);
    } finally {
      leads = false;
    }
  };
  return views.flatMap((view) =>
    names.map((name) => {
      const handler = () => lead(view);
      view.model.on(`change:${name}`, handler);
      return () => view.model.off(`change:${name}`, handler);
    }),
  );
}

/**
 * @param {Linked} view
 * @param {Linked} leader
 * @param {boolean} window
 * @param {boolean} zoom
 */
function follow(view, leader, window, zoom) {
  const patch = following(seenOf(leader), seenOf(view), window, zoom);
  const different = Object.entries(patch).filter(
    ([name, value]) => !same(view.model.get(name), value),
  );
  if (different.length) save(view.model, Object.fromEntries(different));
}

/** @param {Model} model of the link @param {string} reference @returns {Promise<Linked>} */
async function linkedOf(model, reference) {
  const view = await modelOf(model, reference);
  /** @type {import("./overlay.js").Grids} */
  const grids = {};
  for (const name of ["voxels", "second"]) {
    if (view.get(name)) grids[name] = gridOf(await modelOf(model, view.get(name)));
  }
  return { model: view, grids };
}

/** @param {Model} model @param {string} reference @returns {Promise<Model>} */
const modelOf = (model, reference) =>
  model.widget_manager.get_model(reference.replace("IPY_MODEL_", ""));

/** @param {Model} data @returns {import("./geometry.js").Grid} */
const gridOf = (data) => ({
  shape: data.get("shape"),
  affine: data.get("affine"),
  layouts: data.get("layouts"),
});

/** What the rule reads of a view. @param {Linked} linked @returns {Seen} */
function seenOf({ model, grids }) {
  const state = read(model);
  const [pane] = panes(state, grids);
  const { frame } = pictures(state, grids, { ...pane, plane: null });
  const { shape, affine } = /** @type {import("./geometry.js").Grid} */ (grids.voxels);
  return { ...state, shape, affine, fits: Math.max(frame.width, frame.height) };
}
