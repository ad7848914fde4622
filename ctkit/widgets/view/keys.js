/** What the keys do. */

import { applyAffine } from "./geometry.js";
import { onHistoryKey, onMarkKey } from "./markkeys.js";
import { clamp } from "./numbers.js";
import { read } from "./state.js";
import { TOOLS } from "./tools.js";

/**
 * @typedef {import("./viewer.js").Viewer} Viewer
 * @typedef {import("./state.js").State} State
 */

/** Each arrow as steps to the right and down. @type {Record<string, [number, number]>} */
const ARROWS = {
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
};

/** What stands on a key of the American layout, by its place. @type {Record<string, string>} */
const CODES = { BracketLeft: "[", BracketRight: "]", Minus: "-", Equal: "+", Backspace: "Delete" };

/**
 * What a key may mean, the likeliest first: as it is written, without CapsLock, and, where no
 * Latin letter nor digit is on it, by its place.
 * @param {KeyboardEvent} event
 * @returns {string[]}
 */
export function meanings({ key, code }) {
  const latin = /^[a-z0-9]$/i.test(key);
  const place = code.replace(/^(Key|Digit|Numpad)(?=.$)/, "").toLowerCase();
  const placed = CODES[code] ?? (place.length === 1 ? place : key);
  return [...new Set([key, latin ? key.toLowerCase() : placed])];
}

/** @param {KeyboardEvent} event @param {Viewer} viewer */
export function onKey(event, viewer) {
  if (onHistoryKey(event, viewer)) return;
  // AltGr writes what a layout has no key of its own for; it comes with Ctrl and Alt.
  const written = event.getModifierState("AltGraph");
  const held = (event.ctrlKey || event.metaKey || event.altKey) && !written;
  if (
    held ? !look(event, viewer) : !meanings(event).some((key) => act(key, event.shiftKey, viewer))
  )
    return;
  event.preventDefault();
  event.stopPropagation();
}

/**
 * Ctrl or Alt with an arrow; one of the two is the system's own on a Mac, the other elsewhere.
 * @param {KeyboardEvent} event
 * @param {Viewer} viewer
 * @returns {boolean} whether the key means something here
 */
function look({ key, ctrlKey, altKey, metaKey, shiftKey }, viewer) {
  if (!(key in ARROWS) || metaKey || shiftKey || (ctrlKey && altKey)) return false;
  return viewer.framing.look(ARROWS[key]);
}

/**
 * Up and down on the slider of the slices go as they do on the picture: a slider of its own
 * would go the other way.
 * @param {KeyboardEvent} event on its way down to the slider
 * @param {Viewer} viewer
 */
export function onSliceSlider(event, viewer) {
  const slider = /** @type {Element} */ (event.target).closest?.(".ctkit-slice");
  const ours = slider?.closest(".ctkit-explorer")?.contains(viewer.root);
  const steps = { ArrowUp: -1, ArrowDown: 1, PageUp: -5, PageDown: 5 }[event.key];
  if (!ours || !steps || event.ctrlKey || event.metaKey || event.altKey) return;
  viewer.goTo(read(viewer.model).slice + steps);
  event.preventDefault();
  event.stopPropagation();
}

/**
 * @param {string} key
 * @param {boolean} shift
 * @param {Viewer} viewer
 * @returns {boolean} whether the key means something here
 */
function act(key, shift, viewer) {
  const state = read(viewer.model);
  const [right, down] = ARROWS[key] ?? [0, 0];
  if (onMarkKey(key, shift, right, down, viewer)) return true;
  if (key in ARROWS && shift) return moveCursor(viewer, state, ARROWS[key]);
  const slice = sliceOf(key, state);
  if (slice !== undefined) return viewer.goTo(slice);
  const preset = state.presets.find((row) => row[3] === key);
  if (preset) return viewer.hand.set({ center: preset[1], width: preset[2] });
  const tool = TOOLS.find(({ letter }) => letter === key);
  if (tool) return viewer.useTool(tool.name);
  return actions(viewer, state)[key]?.() ?? false;
}

/**
 * The slice that a key goes to; undefined for another key.
 * @param {string} key
 * @param {State} state
 * @returns {number|undefined}
 */
function sliceOf(key, { slice, max_slice }) {
  const [right, down] = ARROWS[key] ?? [0, 0];
  if (right || down) return slice + right + down;
  return { PageDown: slice + 5, PageUp: slice - 5, Home: 0, End: max_slice }[key];
}

/**
 * @param {Viewer} viewer
 * @param {State} state
 * @returns {Record<string, () => boolean>}
 */
function actions(viewer, { invert, curtain }) {
  const { framing, hand, slab } = viewer;
  return {
    i: () => hand.set({ invert: !invert }),
    h: () => viewer.legend.turn(),
    " ": () => framing.hold(true),
    "[": () => moveCurtain(viewer, curtain - 0.05),
    "]": () => moveCurtain(viewer, curtain + 0.05),
    "+": () => framing.zoomBy(1),
    "-": () => framing.zoomBy(-1),
    z: () => viewer.maximise(),
    ">": () => viewer.cine.quicken(1),
    "<": () => viewer.cine.quicken(-1),
    "{": () => viewer.cine.begin(),
    "}": () => viewer.cine.end(),
    m: () => viewer.lens.hold(true),
    x: () => slab.turn(),
    9: () => slab.grow(-1),
    0: () => slab.grow(1),
    Escape: () => viewer.gestures.cancel() || viewer.sheet.close(),
  };
}

/** Where there is one: a single view has no curtain. @param {Viewer} viewer @param {number} to */
function moveCurtain(viewer, to) {
  if (Number.isNaN(to)) return false;
  return viewer.hand.set({ curtain: clamp(to, 0, 1) });
}

/**
 * Move the cursor by voxels of the picture.
 * @param {Viewer} viewer
 * @param {State} state
 * @param {[number, number]} steps to the right, and down
 */
function moveCursor(viewer, { convention, plane, cursor }, [right, down]) {
  if (viewer.tool === "turn") return viewer.turning.turn([right, down]);
  const turned = viewer.turning.moved([right, down]);
  if (turned)
    return viewer.hand.set({ ...turned, ...viewer.walk.to(turned.through), pinned: true });
  const { shape, layouts, affine } = viewer.first;
  const layout = layouts[convention][viewer.active.wanted.plane ?? plane];
  const moved = [...cursor];
  moved[layout.across] += layout.flip_across ? -right : right;
  moved[layout.down] += layout.flip_down ? -down : down;
  const kept = moved.map((n, i) => clamp(n, 0, shape[i] - 1));
  return viewer.hand.set({
    cursor: kept,
    pinned: true,
    ...viewer.walk.to(applyAffine(affine, kept)),
  });
}
