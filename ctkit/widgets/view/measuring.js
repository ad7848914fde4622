/**
 * What a region and a ruler say. The reference is `measure_region` and `measure_length` in Python.
 *
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {import("./parts/voxels.js").Source} Source
 * @typedef {import("./parts/voxels.js").Held} Held
 * @typedef {import("./geometry.js").Grid} Grid
 * @typedef {{plane: string, slice: number, start: number[], end: number[]}} Mark
 */

import { applyAffine, compose, invert, reaches, stackOn, toPicture } from "./geometry.js";
import { differenceHeld } from "./parts/voxels.js";
import { NOTHING } from "./sampling.js";

/**
 * Whether a pixel lies in the rectangle between two corners, or in the ellipse inside of it.
 * @param {string} kind
 * @param {number[]} rows lowest and highest
 * @param {number[]} columns
 */
function insideOf(kind, rows, columns) {
  if (kind === "rectangle") return () => true;
  const middle = [rows, columns].map(([low, high]) => (low + high) / 2);
  const radii = [rows, columns].map(([low, high]) => (high - low > 1e-5 ? (high - low) / 2 : 0.5));
  return (/** @type {number} */ row, /** @type {number} */ column) =>
    ((row - middle[0]) / radii[0]) ** 2 + ((column - middle[1]) / radii[1]) ** 2 <= 1;
}

/**
 * The whole numbers from low to high, both within 0 to count - 1.
 * @param {number[]} span
 * @param {number} count
 */
function wholes([low, high], count) {
  const first = Math.max(Math.ceil(low), 0);
  const last = Math.min(Math.floor(high), count - 1);
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => first + i);
}

/**
 * Statistics of the voxels whose centres lie inside a region; of a second volume, on whatever
 * grid, and of the difference as well.
 * @param {Source} source
 * @param {string} convention
 * @param {Mark & {kind: string}} region its ends as indices of the volume
 * @param {Source|null} [second]
 */
export function measureRegion(source, convention, region, second) {
  const stack = source.layouts[convention][region.plane];
  const corners = cornersOf(source, stack, region);
  const own = statisticsOf(source, source.picture(stack, region.slice), stack, corners, region);
  if (!second) return own;
  return { ...own, ...ofSecond(source, second, convention, stack, corners, region) };
}

/**
 * What the second volume, and its difference to the first, are inside of a region.
 * @param {Source} source
 * @param {Source} second
 * @param {string} convention
 * @param {Layout} stack
 * @param {number[][]} corners
 * @param {Mark & {kind: string}} region
 */
function ofSecond(source, second, convention, stack, corners, region) {
  const own = second.layouts[convention][region.plane];
  const on = stackOn(stack, own, second.shape, second.affine);
  const change = compose(invert(on.affine), stack.affine);
  const there = corners.map((corner) => applyAffine(change, corner));
  const plane = Math.floor((there[0][on.axis] + there[1][on.axis]) / 2 + 0.5 + 1e-6);
  const inside = plane >= 0 && plane < on.shape[on.axis];
  if (!inside || !reaches(on, second.shape, second.affine, plane)) {
    return { after: null, difference: null };
  }
  const both = differenceHeld(source, second, stack, region.slice);
  return {
    after: statisticsOf(second, second.picture(on, plane), on, there, region),
    difference: statisticsOf(source, both, stack, corners, region),
  };
}

/**
 * The two corners of a region as indices of a stack, on its plane.
 * @param {Grid} grid
 * @param {Layout} stack
 * @param {Mark} region
 */
function cornersOf(grid, stack, { start, end, slice }) {
  const change = compose(invert(stack.affine), grid.affine);
  return [start, end].map((index) => {
    const corner = applyAffine(change, index);
    corner[stack.axis] = slice;
    return corner;
  });
}

/**
 * Statistics of the pixels of a picture inside a region between two corners.
 * @param {Source} source
 * @param {Held|null} held null where it has not come
 * @param {Layout} stack
 * @param {number[][]} corners
 * @param {{kind: string}} region
 */
function statisticsOf(source, held, stack, corners, { kind }) {
  const ends = corners.map((index) => toPicture(stack, stack.shape, index));
  const [rows, columns] = [0, 1].map((i) => {
    const [low, high] = ends.map((end) => end[i]).sort((a, b) => a - b);
    // What lies on the border but for rounding lies inside.
    return [low - 1e-6, high + 1e-6];
  });
  const values = held ? valuesIn(source, held, kind, rows, columns) : [];
  return statistics(values, stack.spacing[0] * stack.spacing[1]);
}

/**
 * @param {Source} source
 * @param {Held} held
 * @param {string} kind
 * @param {number[]} rows lowest and highest
 * @param {number[]} columns
 */
function valuesIn(source, { values, steps }, kind, rows, columns) {
  const inside = insideOf(kind, rows, columns);
  const numbers = source.numbers(values);
  const found = [];
  for (const row of wholes(rows, steps.rows)) {
    for (const column of wholes(columns, steps.columns)) {
      if (!inside(row, column)) continue;
      found.push(numbers[steps.start + row * steps.rowStep + column * steps.columnStep]);
    }
  }
  return found;
}

/**
 * @param {number[]} found
 * @param {number} pixel its area in square millimetres
 */
function statistics(found, pixel) {
  const there = found.filter((value) => value !== NOTHING);
  const values = there.filter(Number.isFinite);
  const count = values.length;
  const rest = { area_mm2: there.length * pixel, missing: there.length - count };
  if (!count) return { voxels: 0, mean: null, sd: null, minimum: null, maximum: null, ...rest };
  const mean = values.reduce((sum, v) => sum + v, 0) / count;
  const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count);
  const [minimum, maximum] = values.reduce(
    ([low, high], v) => [Math.min(low, v), Math.max(high, v)],
    [Infinity, -Infinity],
  );
  return { voxels: count, mean, sd, minimum, maximum, ...rest };
}

/**
 * Millimetres between two points of a volume.
 * @param {{affine: number[][]}} grid
 * @param {number[]} start
 * @param {number[]} end
 */
export function measureLength(grid, start, end) {
  const [a, b] = [start, end].map((index) => applyAffine(grid.affine, index));
  return Math.hypot(...a.map((v, i) => v - b[i]));
}
