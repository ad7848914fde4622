/**
 * Which part of a plane a stage shows. The reference is ctkit/zooming.py; what a hand does to it
 * is here alone.
 *
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {import("./overlay.js").Box} Box
 * @typedef {{zoom?: number, pan?: number[]}} Zoomed
 * @typedef {{scale: number, right: number, down: number}} Field pixels per mm, and the place in
 *   the middle of the stage, in mm along the directions of the pictures
 */

import { applyAffine, cross, directions, dot } from "./geometry.js";
import { clamp } from "./numbers.js";

export const ZOOMS = /** @type {const} */ ([0.25, 64]);
export const FARTHEST = 2000;
export const INTERPOLATIONS = ["linear", "nearest"];

/**
 * What a stage shows of the planes of a stack.
 * @param {Zoomed} state
 * @param {Layout} layout
 * @param {Box} frame in mm: what just fits at a zoom of 1
 * @param {number[]} stage width and height
 * @returns {Field}
 */
export function fieldOf({ zoom = 1, pan = [0, 0, 0] }, layout, frame, stage) {
  const fits = Math.min(stage[0] / frame.width, stage[1] / frame.height);
  const [right, down] = directions(layout).map((way) => dot(way, pan));
  return {
    scale: fits * zoom,
    right: frame.left + frame.width / 2 + right,
    down: frame.top + frame.height / 2 + down,
  };
}

/**
 * A box in mm as one in pixels of the stage.
 * @param {Box} box
 * @param {Field} field
 * @param {number[]} stage
 * @returns {Box}
 */
export function placed(box, { scale, right, down }, stage) {
  return {
    left: stage[0] / 2 + (box.left - right) * scale,
    top: stage[1] / 2 + (box.top - down) * scale,
    width: box.width * scale,
    height: box.height * scale,
  };
}

// ------------------------------------------------------------------- what a hand does to it

/**
 * A pane as a hand meets it: unit vectors to the right, down, and across its plane; how far the
 * middle of the stage may lie from the middle of the picture along each; how far the plane lies
 * from the middle of the volume; and pixels per mm at a zoom of 1.
 * @typedef {{ways: number[][], ends: number[], lies: number, fits: number, stage: number[]}} Sight
 */

/**
 * @param {{base: {layout: Layout, slice: number|null}, frame: Box}} shown
 * @param {import("./geometry.js").Grid} grid of the first volume
 * @param {number[]} stage
 * @returns {Sight}
 */
export function sightOf({ base: { layout, slice }, frame }, grid, stage) {
  const [right, down] = directions(layout);
  const across = cross(right, down);
  const middle = applyAffine(grid.affine, middleOf(grid.shape));
  const seen = middleOf(layout.shape);
  if (slice !== null) seen[layout.axis] = slice;
  const place = applyAffine(layout.affine, seen);
  const reach = grid.shape.reduce((sum, n, axis) => {
    const step = [0, 1, 2].map((i) => grid.affine[i][axis]);
    return sum + (Math.abs(dot(across, step)) * n) / 2;
  }, 0);
  return {
    ways: [right, down, across],
    ends: [frame.width / 2, frame.height / 2, reach],
    lies: dot(
      across,
      place.map((mm, i) => mm - middle[i]),
    ),
    fits: Math.min(stage[0] / frame.width, stage[1] / frame.height),
    stage,
  };
}

/** @param {number[]} shape */
const middleOf = (shape) => shape.map((n) => (n - 1) / 2);

/**
 * Larger by a factor, while the place in the patient at a point of the stage stays there; where
 * that place leads another plane of the view, its picture is zoomed about it too.
 * @param {Sight} sight
 * @param {{zoom: number, pan: number[]}} before
 * @param {number[]} point of the stage in pixels
 * @param {number} factor
 */
export function zoomAt(sight, before, [x, y], factor) {
  const { ways, lies, fits, stage } = sight;
  const zoom = clamp(Number((before.zoom * factor).toPrecision(4)), ...ZOOMS);
  const from = ways.map((way) => dot(way, before.pan));
  const scale = fits * before.zoom;
  const at = [from[0] + (x - stage[0] / 2) / scale, from[1] + (y - stage[1] / 2) / scale, lies];
  const part = 1 - before.zoom / zoom;
  return {
    zoom,
    pan: panTo(
      sight,
      zoom,
      from.map((mm, i) => mm + (at[i] - mm) * part),
    ),
  };
}

/**
 * The picture moved by so many pixels to the right and down.
 * @param {Sight} sight
 * @param {{zoom: number, pan: number[]}} before
 * @param {number[]} pixels
 */
export function panBy(sight, { zoom, pan }, pixels) {
  const scale = sight.fits * zoom;
  const to = sight.ways.map((way, i) => dot(way, pan) - (pixels[i] ?? 0) / scale);
  return { zoom, pan: panTo(sight, zoom, to) };
}

/**
 * A pan, as far as something is still seen, rounded to a tenth of a pixel: in a line of Python
 * more digits say nothing.
 * @param {Sight} sight
 * @param {number} zoom
 * @param {number[]} along each of the ways, in mm
 */
function panTo({ ways, ends, fits }, zoom, along) {
  const kept = along.map((mm, i) => clamp(mm, -ends[i], ends[i]));
  const digits = clamp(Math.ceil(Math.log10(fits * zoom)) + 1, 0, 9);
  return [0, 1, 2].map((i) => {
    const mm = ways.reduce((sum, way, j) => sum + way[i] * kept[j], 0);
    return Number(mm.toFixed(digits)) + 0;
  });
}
