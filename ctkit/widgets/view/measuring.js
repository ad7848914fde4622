/**
 * What a region and a ruler say. The reference is `measure_region` and `measure_length` in Python.
 *
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {import("./sampling.js").Values} Values
 * @typedef {{plane: string, slice: number, start: number[], end: number[]}} Mark
 */

import { applyAffine, toIndex, toPicture } from "./geometry.js";

/**
 * Whether a pixel lies in the rectangle between two corners, or in the ellipse inside of it.
 * @param {string} kind
 * @param {number[]} rows lowest and highest
 * @param {number[]} columns
 */
function insideOf(kind, rows, columns) {
  if (kind === "rectangle") return () => true;
  const middle = [rows, columns].map(([low, high]) => (low + high) / 2);
  const radii = [rows, columns].map(([low, high]) => (high - low) / 2 || 0.5);
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
 * Statistics of the voxels whose centres lie inside a region.
 * @param {Values} source
 * @param {Layout} layout
 * @param {Mark & {kind: string}} region
 */
export function measureRegion(source, layout, region) {
  const { shape } = source;
  const corners = [region.start, region.end].map((index) => toPicture(layout, shape, index));
  const [rows, columns] = [0, 1].map((i) => corners.map((c) => c[i]).sort((a, b) => a - b));
  const inside = insideOf(region.kind, rows, columns);
  const values = [];
  for (const row of wholes(rows, shape[layout.down])) {
    for (const column of wholes(columns, shape[layout.across])) {
      if (!inside(row, column)) continue;
      values.push(source.valueAt(toIndex(layout, shape, region.slice, row, column)));
    }
  }
  return statistics(values, layout.spacing[0] * layout.spacing[1]);
}

/**
 * @param {number[]} values
 * @param {number} pixel its area in square millimetres
 */
function statistics(values, pixel) {
  const count = values.length;
  const none = { mean: null, sd: null, minimum: null, maximum: null };
  if (!count) return { voxels: 0, ...none, area_mm2: 0 };
  const mean = values.reduce((sum, v) => sum + v, 0) / count;
  const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count);
  const [minimum, maximum] = values.reduce(
    ([low, high], v) => [Math.min(low, v), Math.max(high, v)],
    [Infinity, -Infinity],
  );
  return { voxels: count, mean, sd, minimum, maximum, area_mm2: count * pixel };
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
