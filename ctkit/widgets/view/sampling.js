/**
 * HU between voxels, linear. The reference is `ctkit.resample(..., kernel="linear")`.
 *
 * @typedef {{shape: number[], valueAt: (index: number[]) => number}} Values
 */

import { clamp } from "./numbers.js";

/**
 * The voxel below a place along one axis, and how far the place lies above it.
 * @param {number} place
 * @param {number} end the last index
 */
function neighbour(place, end) {
  // Rounding in an affine must not mix a voxel with its neighbour.
  const whole = Math.round(place);
  const near = clamp(Math.abs(place - whole) < 1e-4 ? whole : place, 0, end);
  const low = Math.min(Math.floor(near), Math.max(end - 1, 0));
  return { low, part: near - low };
}

/**
 * HU at a place between voxels; null where it lies outside of the outermost voxels' faces.
 * @param {Values} source
 * @param {number[]} index fractions too
 */
export function sample(source, index) {
  const ends = source.shape.map((n) => n - 1);
  if (index.some((n, axis) => n < -0.5001 || n > ends[axis] + 0.5001)) return null;
  const sides = index.map((n, axis) => neighbour(n, ends[axis]));
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    const bits = [corner & 1, (corner >> 1) & 1, (corner >> 2) & 1];
    const parts = sides.map(({ part }, axis) => (bits[axis] ? part : 1 - part));
    const weight = parts[0] * parts[1] * parts[2];
    if (weight) sum += weight * source.valueAt(sides.map(({ low }, axis) => low + bits[axis]));
  }
  return sum;
}
