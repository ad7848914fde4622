/**
 * Values between voxels, linear. The reference is ctkit/sampling.py.
 *
 * @typedef {{shape: number[], valueAt: (index: number[]) => number|undefined}} Values
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {import("./geometry.js").Steps} Steps
 * @typedef {Int16Array|Uint8Array|Float32Array} Numbers
 */

import {
  applyAffine,
  compose,
  invert,
  planeSteps,
  slabOffsets,
  stepOf,
  stridesOf,
  toIndex,
} from "./geometry.js";
import { clamp } from "./numbers.js";

/** What a sampled plane holds where the volume has no voxel; NaN is a voxel that is no number. */
export const NOTHING = -Infinity;
/** Rounding in an affine must not mix a voxel with its neighbour. */
const NEAR = 1e-4;

/**
 * The voxel below a place along one axis, and how far the place lies above it.
 * @param {number} place
 * @param {number} end the last index
 */
function neighbour(place, end) {
  const whole = Math.round(place);
  const near = clamp(Math.abs(place - whole) < NEAR ? whole : place, 0, end);
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
 * @param {boolean} [nearest] whether the nearest voxel counts, and nothing lies between two
 * @returns {Float32Array} by rows and columns
 */
export function samplePlane(values, shape, change, stack, slice, nearest = false) {
  const fill = nearest ? nearestRow : sampleRow;
  const rows = stack.shape[stack.down];
  const columns = stack.shape[stack.across];
  const out = new Float32Array(rows * columns);
  const sign = stack.flip_across ? -1 : 1;
  const step = [0, 1, 2].map((i) => sign * change[i][stack.across]);
  for (let row = 0; row < rows; row++) {
    const start = applyAffine(change, toIndex(stack, stack.shape, slice, row, 0));
    fill(out, row * columns, columns, values, shape, start, step);
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
  const [next0, next1] = stridesOf(shape);
  const [end0, end1, end2] = shape.map((n) => n - 1);
  const [from, until] = columnsInside(columns, shape, start, step);
  out.fill(NOTHING, to, to + columns);
  for (let column = from; column < until; column++) {
    const place0 = clamp(start[0] + column * step[0], 0, end0);
    const place1 = clamp(start[1] + column * step[1], 0, end1);
    const place2 = clamp(start[2] + column * step[2], 0, end2);
    // The voxel below, but the one above where only rounding parts the place from it.
    const low0 = (place0 + NEAR) | 0;
    const low1 = (place1 + NEAR) | 0;
    const low2 = (place2 + NEAR) | 0;
    const part1 = place1 - low1;
    const part2 = place2 - low2;
    const at = low0 * next0 + low1 * next1 + low2;
    let value = square(values, at, next1, part1, part2);
    if (place0 - low0 > NEAR) {
      value += (place0 - low0) * (square(values, at + next0, next1, part1, part2) - value);
    }
    out[to + column] = value;
  }
}

/**
 * A row of a picture of the voxels nearest to it.
 * @param {Float32Array} out
 * @param {number} to where the row begins in it
 * @param {number} columns
 * @param {Numbers} values
 * @param {number[]} shape
 * @param {number[]} start index of the first pixel in the volume
 * @param {number[]} step to the next pixel
 */
function nearestRow(out, to, columns, values, shape, start, step) {
  const strides = stridesOf(shape);
  for (let column = 0; column < columns; column++) {
    let at = 0;
    for (let axis = 0; axis < 3; axis++) {
      // The small number keeps rounding from choosing between two that are as near.
      const index = Math.floor(start[axis] + column * step[axis] + 0.5 + 1e-6);
      if (index < 0 || index >= shape[axis]) at = Number.NaN;
      else at += index * strides[axis];
    }
    out[to + column] = Number.isNaN(at) ? NOTHING : values[at];
  }
}

/**
 * The columns of a row whose places lie within the outermost voxels' faces: the first, and the
 * one after the last.
 * @param {number} columns
 * @param {number[]} shape
 * @param {number[]} start
 * @param {number[]} step
 */
function columnsInside(columns, shape, start, step) {
  let [from, until] = [0, columns];
  for (let axis = 0; axis < 3; axis++) {
    const inside = (/** @type {number} */ column) => {
      const place = start[axis] + column * step[axis];
      return place >= -0.5001 && place <= shape[axis] - 0.4999;
    };
    while (from < until && !inside(from)) from++;
    while (until > from && !inside(until - 1)) until--;
  }
  return [from, until];
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
  if (right > NEAR) value += right * (values[at + 1] - value);
  if (down > NEAR) {
    let below = values[at + next];
    if (right > NEAR) below += right * (values[at + next + 1] - below);
    value += down * (below - value);
  }
  return value;
}

// ------------------------------------------------------------------------------- slabs

/**
 * The slab around a plane of the voxels' own, as a picture by rows and columns: of the type of
 * the voxels, a mean as float32.
 * @param {Numbers} values all of the volume
 * @param {number[]} shape of the volume
 * @param {number[][]} affine
 * @param {Layout} stack
 * @param {number} slice
 * @returns {Numbers}
 */
export function slabOfVoxels(values, shape, affine, stack, slice) {
  const [first, last] = slabOffsets(stack, shape, affine, slice);
  const steps = planeSteps(stack, shape, slice + first);
  const behind = stridesOf(shape)[stack.axis];
  const depth = { count: last - first + 1, behind };
  if (stack.projection === "mean" && !(values instanceof Uint8Array)) {
    return meanOfVoxels(values, steps, depth);
  }
  // Of a mask what lies in any plane.
  const isLowest = stack.projection === "min" && !(values instanceof Uint8Array);
  const best = values instanceof Float32Array ? bestOfFloats : isLowest ? lowest : highest;
  return bestOfVoxels(values, steps, depth, isLowest, best);
}

/**
 * The highest or the lowest of the voxels behind each other.
 * @param {Numbers} values
 * @param {Steps} steps of the first plane
 * @param {{count: number, behind: number}} depth how many voxels, and how far apart they are
 * @param {boolean} isLowest
 * @param {typeof highest|typeof bestOfFloats} take what is better of a row
 * @returns {Numbers}
 */
function bestOfVoxels(values, steps, { count, behind }, isLowest, take) {
  const { rows, columns, rowStep, columnStep, start } = steps;
  const out = new /** @type {any} */ (values.constructor)(rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = start + row * rowStep;
    const best = out.subarray(row * columns, (row + 1) * columns);
    for (let column = 0; column < columns; column++) {
      best[column] = values[from + column * columnStep];
    }
    for (let n = 1; n < count; n++) take(best, values, from + n * behind, columnStep, isLowest);
  }
  return out;
}

// Written out one by one: a loop that had to ask which it is took twice as long.

/** @param {Numbers} best @param {Numbers} values @param {number} at @param {number} step */
function highest(best, values, at, step) {
  for (let i = 0; i < best.length; i++, at += step) if (values[at] > best[i]) best[i] = values[at];
}

/** @param {Numbers} best @param {Numbers} values @param {number} at @param {number} step */
function lowest(best, values, at, step) {
  for (let i = 0; i < best.length; i++, at += step) if (values[at] < best[i]) best[i] = values[at];
}

/**
 * One that is no number is the best.
 * @param {Numbers} best
 * @param {Numbers} values
 * @param {number} at
 * @param {number} step
 * @param {boolean} isLowest
 */
function bestOfFloats(best, values, at, step, isLowest) {
  for (let i = 0; i < best.length; i++, at += step) {
    const value = values[at];
    const better = isLowest ? value < best[i] : value > best[i];
    if (better || Number.isNaN(value)) best[i] = value;
  }
}

/**
 * The mean of the voxels behind each other.
 * @param {Numbers} values
 * @param {Steps} steps
 * @param {{count: number, behind: number}} depth
 */
function meanOfVoxels(values, { rows, columns, rowStep, columnStep, start }, { count, behind }) {
  const out = new Float32Array(rows * columns);
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let n = 0; n < count; n++) {
      let at = start + n * behind + row * rowStep;
      for (let column = 0; column < columns; column++, at += columnStep) sums[column] += values[at];
    }
    for (let column = 0; column < columns; column++) {
      out[row * columns + column] = sums[column] / count;
    }
  }
  return out;
}

/** A slab between the voxels as a picture: made row by row, as far as there is time. */
export class SlabMaker {
  /**
   * @param {Numbers} values all of the volume
   * @param {number[]} shape
   * @param {number[][]} affine of the volume
   * @param {Layout} stack
   * @param {number} slice
   * @param {number} [coarse] pixels of the stack, along each side, that become about one
   * @param {boolean} [nearest] whether nothing lies between two voxels
   */
  constructor(values, shape, affine, stack, slice, coarse = 1, nearest = false) {
    this.sample = nearest ? nearestRow : sampleRow;
    const [height, width] = [stack.shape[stack.down], stack.shape[stack.across]];
    this.values = values;
    this.shape = shape;
    this.stack = stack;
    this.slice = slice;
    this.rows = Math.ceil(height / coarse);
    this.columns = Math.ceil(width / coarse);
    // The pixels of a coarse picture fill the same rectangle.
    this.finer = [height / this.rows, width / this.columns];
    const back = invert(affine);
    this.change = compose(back, stack.affine);
    const [first, last] = slabOffsets(stack, shape, affine, slice);
    // A second volume may have nothing in all of the slab.
    this.offsets = first > last ? [0, 0] : [first, last];
    const step = stepOf(stack);
    this.behind = back.map((row) => row[0] * step[0] + row[1] * step[1] + row[2] * step[2]);
    /** Made with the first row: whoever only asks for the size needs none. */
    this.out = new Float32Array(0);
    this.row = 0;
    this.line = new Float32Array(this.columns);
    this.best = new Float32Array(this.columns);
    this.sums = new Float64Array(this.columns);
    this.counts = new Uint32Array(this.columns);
  }

  /** How many places are sampled. */
  get size() {
    return this.rows * this.columns * (this.offsets[1] - this.offsets[0] + 1);
  }

  get isDone() {
    return this.row >= this.rows;
  }

  /**
   * Make all that is left, or as many rows as fit.
   * @param {number} [milliseconds]
   */
  make(milliseconds = Infinity) {
    const end = performance.now() + milliseconds;
    if (!this.out.length) this.out = new Float32Array(this.rows * this.columns);
    while (!this.isDone && performance.now() < end) this.makeRow();
    return this.out;
  }

  makeRow() {
    const { stack, slice, finer, columns, row } = this;
    const [down, right] = finer;
    const place = [(row + 0.5) * down - 0.5, 0.5 * right - 0.5];
    const start = applyAffine(this.change, toIndex(stack, stack.shape, slice, place[0], place[1]));
    const sign = stack.flip_across ? -right : right;
    const step = [0, 1, 2].map((i) => sign * this.change[i][stack.across]);
    const mean = stack.projection === "mean" && !(this.values instanceof Uint8Array);
    const combine = mean ? this.add : this.compare;
    this.best.fill(this.isLowest ? Infinity : NOTHING);
    this.sums.fill(0);
    this.counts.fill(0);
    for (let n = this.offsets[0]; n <= this.offsets[1]; n++) {
      const from = start.map((v, i) => v + n * this.behind[i]);
      this.sample(this.line, 0, columns, this.values, this.shape, from, step);
      combine.call(this);
    }
    this.finishRow(row * columns, mean);
    this.row += 1;
  }

  get isLowest() {
    return this.stack.projection === "min" && !(this.values instanceof Uint8Array);
  }

  /** Take a line into the mean: where it has nothing, the others count. */
  add() {
    const { line, sums, counts } = this;
    for (let i = 0; i < line.length; i++) {
      if (line[i] === NOTHING) continue;
      sums[i] += line[i];
      counts[i] += 1;
    }
  }

  /** Take what is better of a line; no number is the best. */
  compare() {
    const { line, best } = this;
    if (!this.isLowest) {
      for (let i = 0; i < line.length; i++) {
        if (line[i] > best[i] || Number.isNaN(line[i])) best[i] = line[i];
      }
      return;
    }
    for (let i = 0; i < line.length; i++) {
      if (line[i] !== NOTHING && (line[i] < best[i] || Number.isNaN(line[i]))) best[i] = line[i];
    }
  }

  /** @param {number} to @param {boolean} mean */
  finishRow(to, mean) {
    for (let i = 0; i < this.columns; i++) {
      const value = mean ? this.sums[i] / this.counts[i] : this.best[i];
      const found = mean ? this.counts[i] > 0 : value !== Infinity;
      this.out[to + i] = found ? value : NOTHING;
    }
  }
}

/**
 * Second minus first on a plane, as a picture by rows and columns: NOTHING where one of the two
 * has nothing.
 * @param {Numbers} first
 * @param {Steps} a how they lie
 * @param {Numbers} second
 * @param {Steps} b
 */
export function differenceOf(first, a, second, b) {
  const out = new Float32Array(a.rows * a.columns);
  let to = 0;
  for (let row = 0; row < a.rows; row++) {
    let low = a.start + row * a.rowStep;
    let high = b.start + row * b.rowStep;
    for (let column = 0; column < a.columns; column++) {
      const before = first[low];
      const after = second[high];
      out[to++] = before === NOTHING || after === NOTHING ? NOTHING : after - before;
      low += a.columnStep;
      high += b.columnStep;
    }
  }
  return out;
}
