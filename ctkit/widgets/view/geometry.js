/**
 * Where a voxel is: in the patient, in memory, and in a picture. The reference is
 * ctkit/geometry.py; the layouts themselves are computed there and come with the voxels.
 *
 * @typedef {number[][]} Affine 3 x 4 or 4 x 4, from (slice, row, column) to LPS+ mm
 * @typedef {{axis: number, down: number, across: number, flip_down: boolean,
 *   flip_across: boolean, spacing: number[], letters: string[], shape: number[],
 *   affine: Affine, resampled: boolean, name: string}} Layout of the planes of a stack, with the
 *   shape and affine of its grid: whether it lies between the voxels, and its plane's name
 * @typedef {{shape: number[], affine: Affine,
 *   layouts: Record<string, Record<string, Layout>>}} Grid layouts by convention and plane
 * @typedef {{rows: number, columns: number, rowStep: number, columnStep: number,
 *   start: number}} Steps
 */

import { clamp } from "./numbers.js";

/** A lean that moves no voxel by more than this share of one isn't seen. */
const UNSEEN = 0.1;

export const PLANES = ["axial", "coronal", "sagittal"];
export const LETTERS = ["RL", "AP", "IS"];

/** @param {number[]} shape */
export const stridesOf = (shape) => [shape[1] * shape[2], shape[2], 1];

/**
 * Where a plane begins in the flat values, and how far its neighbours are apart.
 * @param {Layout} layout
 * @param {number[]} shape
 * @param {number} index
 * @param {number[]} strides of the values; 0 along an axis of which they hold one plane
 * @returns {Steps}
 */
export function planeSteps(layout, shape, index, strides = stridesOf(shape)) {
  const rows = shape[layout.down];
  const columns = shape[layout.across];
  const down = strides[layout.down];
  const across = strides[layout.across];
  return {
    rows,
    columns,
    rowStep: layout.flip_down ? -down : down,
    columnStep: layout.flip_across ? -across : across,
    start:
      index * strides[layout.axis] +
      (layout.flip_down ? (rows - 1) * down : 0) +
      (layout.flip_across ? (columns - 1) * across : 0),
  };
}

/**
 * Array index of a picture's row and column.
 * @param {Layout} layout
 * @param {number[]} shape
 * @param {number} slice
 * @param {number} row
 * @param {number} column
 */
export function toIndex(layout, shape, slice, row, column) {
  const index = [0, 0, 0];
  index[layout.axis] = slice;
  index[layout.down] = layout.flip_down ? shape[layout.down] - 1 - row : row;
  index[layout.across] = layout.flip_across ? shape[layout.across] - 1 - column : column;
  return index;
}

/**
 * Row and column in the picture of an array index.
 * @param {Layout} layout
 * @param {number[]} shape
 * @param {number[]} index
 */
export function toPicture(layout, shape, index) {
  const row = index[layout.down];
  const column = index[layout.across];
  return [
    layout.flip_down ? shape[layout.down] - 1 - row : row,
    layout.flip_across ? shape[layout.across] - 1 - column : column,
  ];
}

/**
 * Millimetres in the patient (LPS+) of an array index.
 * @param {Affine} affine
 * @param {number[]} index
 */
export const applyAffine = (affine, index) =>
  [0, 1, 2].map((i) => affine[i][3] + index.reduce((sum, n, j) => sum + affine[i][j] * n, 0));

/**
 * Distances in mm between slices (along their normal), rows and columns.
 * @param {Affine} affine
 */
export function spacingOf(affine) {
  const [step, down, across] = [0, 1, 2].map((axis) => affine.slice(0, 3).map((row) => row[axis]));
  const normal = [
    across[1] * down[2] - across[2] * down[1],
    across[2] * down[0] - across[0] * down[2],
    across[0] * down[1] - across[1] * down[0],
  ];
  const between = Math.abs(step.reduce((sum, n, i) => sum + n * normal[i], 0));
  return [between / Math.hypot(...normal), Math.hypot(...down), Math.hypot(...across)];
}

/**
 * The affine that does `second` and then `first`; 3 x 4 is enough.
 * @param {Affine} first
 * @param {Affine} second
 * @returns {Affine}
 */
export function compose(first, second) {
  /** @param {number} i @param {number} j */
  const cell = (i, j) =>
    [0, 1, 2].reduce((sum, k) => sum + first[i][k] * second[k][j], j === 3 ? first[i][3] : 0);
  return [0, 1, 2].map((i) => [0, 1, 2, 3].map((j) => cell(i, j)));
}

/**
 * The affine from millimetres back to indices.
 * @param {Affine} affine
 * @returns {Affine}
 */
export function invert(affine) {
  const [[a, b, c, x], [d, e, f, y], [g, h, i, z]] = affine;
  const cofactors = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  const size = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0];
  return cofactors.map((row) => {
    const scaled = row.map((v) => v / size);
    return [...scaled, -(scaled[0] * x + scaled[1] * y + scaled[2] * z)];
  });
}

// ------------------------------------------------------------ planes as they are shown

/** The nearest whole index; of two as near the higher, whatever the rounding before. @param {number} place */
const nearest = (place) => Math.floor(place + 0.5 + 1e-6);

/**
 * From the indices of a grid to those of a stack.
 * @param {Layout} stack
 * @param {Affine} affine
 */
const intoStack = (stack, affine) => compose(invert(stack.affine), affine);

/**
 * The lowest and the highest index along each axis of a stack that a volume reaches.
 * @param {number[]} shape
 * @param {Affine} change from the volume's indices to the stack's
 */
function reachOf(shape, change) {
  const corners = Array.from({ length: 8 }, (_, bits) =>
    applyAffine(
      change,
      shape.map((n, axis) => ((bits >> axis) & 1) * (n - 1)),
    ),
  );
  const along = [0, 1, 2].map((axis) => corners.map((corner) => corner[axis]));
  return { low: along.map((n) => Math.min(...n)), high: along.map((n) => Math.max(...n)) };
}

/**
 * Unit vectors (LPS+) to the right and down of the pictures of a stack.
 * @param {Layout} stack
 */
export function directions(stack) {
  /** @param {number} axis @param {boolean} flip */
  const unit = (axis, flip) => {
    const step = [0, 1, 2].map((i) => stack.affine[i][axis] * (flip ? -1 : 1));
    const length = Math.hypot(...step);
    return step.map((n) => n / length);
  };
  return [unit(stack.across, stack.flip_across), unit(stack.down, stack.flip_down)];
}

/**
 * How the planes of a second volume are shown beside, or over, those of a first: `own` where
 * its pictures run along the same directions, else on the grid of `base`.
 * @param {Layout} base
 * @param {Layout} own
 * @param {number[]} shape of the second
 * @param {Affine} affine of the second
 * @returns {Layout}
 */
export function stackOn(base, own, shape, affine) {
  const [mine, theirs] = [directions(base), directions(own)];
  const sizes = [own.shape[own.across], own.shape[own.down]];
  const turned = mine.map((way, i) => Math.max(...way.map((n, j) => Math.abs(n - theirs[i][j]))));
  if (turned.every((part, i) => part * sizes[i] <= UNSEEN)) return own;
  const reach = reachOf(shape, intoStack(base, affine));
  const low = reach.low.map(nearest);
  const size = reach.high.map((n, axis) => nearest(n) - low[axis] + 1);
  // Along its own axis a stack counts as the first does: a slice is the same in both.
  low[base.axis] = 0;
  size[base.axis] = base.shape[base.axis];
  const origin = applyAffine(base.affine, low);
  const moved = [0, 1, 2].map((i) => [...base.affine[i].slice(0, 3), origin[i]]);
  moved.push([0, 0, 0, 1]);
  return { ...base, shape: size, affine: moved, resampled: true };
}

/**
 * Whether a volume has anything on a plane of a stack.
 * @param {Layout} stack
 * @param {number[]} shape
 * @param {Affine} affine
 * @param {number} index
 */
export function reaches(stack, shape, affine, index) {
  const { low, high } = reachOf(shape, intoStack(stack, affine));
  return low[stack.axis] <= index + 0.5 && index - 0.5 <= high[stack.axis];
}

/**
 * The plane of a stack that is nearest to a voxel of a volume; it may lie outside of the stack.
 * @param {Layout} stack
 * @param {Affine} affine of the volume
 * @param {number[]} index
 */
export const sliceAt = (stack, affine, index) =>
  nearest(applyAffine(intoStack(stack, affine), index)[stack.axis]);

/**
 * A cursor moved onto a plane of its volume's stack: the voxel that is nearest to it.
 * @param {Layout} stack
 * @param {number[]} shape of the volume
 * @param {Affine} affine of the volume
 * @param {number[]} cursor
 * @param {number} wanted
 */
export function cursorOn(stack, shape, affine, cursor, wanted) {
  const { axis } = stack;
  const change = intoStack(stack, affine);
  let moved = [...cursor];
  for (const others of aroundCursor(stack, shape, cursor)) {
    moved = [...others.slice(0, axis), 0, ...others.slice(axis)];
    moved[axis] = wanted - nearest(applyAffine(change, moved)[axis]);
    if (moved[axis] >= 0 && moved[axis] < shape[axis]) break;
  }
  moved[axis] = clamp(moved[axis], 0, shape[axis] - 1);
  return moved;
}

/**
 * Indices along the two other axes, from the cursor's away; its own alone on a volume's grid.
 * @param {Layout} stack
 * @param {number[]} shape
 * @param {number[]} cursor
 */
function* aroundCursor(stack, shape, cursor) {
  const [first, second] = [0, 1, 2].filter((other) => other !== stack.axis);
  if (!stack.resampled) {
    yield [cursor[first], cursor[second]];
    return;
  }
  for (const low of indicesFrom(cursor[second], shape[second])) {
    for (const high of indicesFrom(cursor[first], shape[first])) yield [high, low];
  }
}

/** The indices along an axis, those nearest to one first. @param {number} start @param {number} count */
const indicesFrom = (start, count) =>
  Array.from({ length: count }, (_, i) => i).sort(
    (a, b) => Math.abs(a - start) - Math.abs(b - start) || a - b,
  );
