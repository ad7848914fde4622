/**
 * Values between voxels, linear. The reference is ctkit/sampling.py.
 *
 * @typedef {{shape: number[], valueAt: (index: number[]) => number|undefined}} Values
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {Int16Array|Uint8Array|Float32Array} Numbers
 */

import { applyAffine, stridesOf, toIndex } from "./geometry.js";
import { clamp } from "./numbers.js";

/** What a sampled plane holds where the volume has no voxel; NaN is a voxel that is no number. */
export const NOTHING = -Infinity;

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
    const index = sides.map(({ low }, axis) => low + bits[axis]);
    if (weight) sum += weight * (source.valueAt(index) ?? NaN);
  }
  return sum;
}

/**
 * One plane of a stack as a picture, linear between the voxels of a volume.
 * @param {Numbers} values all of the volume
 * @param {number[]} shape of the volume
 * @param {number[][]} change from indices of the stack to those of the volume
 * @param {Layout} stack
 * @param {number} slice
 * @returns {Float32Array} by rows and columns
 */
export function samplePlane(values, shape, change, stack, slice) {
  const rows = stack.shape[stack.down];
  const columns = stack.shape[stack.across];
  const out = new Float32Array(rows * columns);
  const sign = stack.flip_across ? -1 : 1;
  const step = [0, 1, 2].map((i) => sign * change[i][stack.across]);
  for (let row = 0; row < rows; row++) {
    const start = applyAffine(change, toIndex(stack, stack.shape, slice, row, 0));
    sampleRow(out, row * columns, columns, values, shape, start, step);
  }
  return out;
}

/**
 * A row of a picture. It is written out by axis: the loops of `sample` take ten times as long.
 * @param {Float32Array} out
 * @param {number} to where the row begins in it
 * @param {number} columns
 * @param {Numbers} values
 * @param {number[]} shape
 * @param {number[]} start index of the first pixel in the volume
 * @param {number[]} step to the next pixel
 */
function sampleRow(out, to, columns, values, shape, start, step) {
  const [s0, s1] = stridesOf(shape);
  const [n0, n1, n2] = shape;
  for (let column = 0; column < columns; column++) {
    const a = start[0] + column * step[0];
    const b = start[1] + column * step[1];
    const c = start[2] + column * step[2];
    if (
      !(a >= -0.5001 && a <= n0 - 0.4999) ||
      !(b >= -0.5001 && b <= n1 - 0.4999) ||
      !(c >= -0.5001 && c <= n2 - 0.4999)
    ) {
      out[to + column] = NOTHING;
      continue;
    }
    const p0 = within(a, n0);
    const p1 = within(b, n1);
    const p2 = within(c, n2);
    const i0 = p0 | 0;
    const i1 = p1 | 0;
    const i2 = p2 | 0;
    const at = i0 * s0 + i1 * s1 + i2;
    let value = square(values, at, s1, p1 - i1, p2 - i2);
    if (p0 > i0) value += (p0 - i0) * (square(values, at + s0, s1, p1 - i1, p2 - i2) - value);
    out[to + column] = value;
  }
}

/**
 * A place along an axis of so many voxels, on a voxel where it is but for rounding.
 * @param {number} place
 * @param {number} count
 */
function within(place, count) {
  const whole = Math.floor(place + 0.5);
  const near = Math.abs(place - whole) < 1e-4 ? whole : place;
  return clamp(near, 0, count - 1);
}

/**
 * Between four voxels of a slice; one with no weight is not read, as it may be no number.
 * @param {Numbers} values
 * @param {number} at
 * @param {number} next to the next row
 * @param {number} down share of the next row
 * @param {number} right share of the next column
 */
function square(values, at, next, down, right) {
  let value = values[at];
  if (right > 0) value += right * (values[at + 1] - value);
  if (down > 0) {
    let below = values[at + next];
    if (right > 0) below += right * (values[at + next + 1] - below);
    value += down * (below - value);
  }
  return value;
}

/**
 * Second minus first on a plane, as a picture: NOTHING where one of the two has nothing.
 * @param {Float32Array} before
 * @param {Float32Array} after
 */
export function differenceOf(before, after) {
  return Float32Array.from(before, (low, i) =>
    low === NOTHING || after[i] === NOTHING ? NOTHING : after[i] - low,
  );
}
