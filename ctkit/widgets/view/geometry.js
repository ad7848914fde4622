/**
 * Where a voxel is: in the patient, in memory, and in a picture. The reference is
 * ctkit/geometry.py; the layouts themselves are computed there and come with the voxels.
 *
 * @typedef {number[][]} Affine 3 x 4 or 4 x 4, from (slice, row, column) to LPS+ mm
 * @typedef {{axis: number, down: number, across: number, flip_down: boolean,
 *   flip_across: boolean, spacing: number[], letters: string[]}} Layout
 * @typedef {{shape: number[], affine: Affine,
 *   layouts: Record<string, Record<string, Layout>>}} Grid layouts by convention and plane
 * @typedef {{rows: number, columns: number, rowStep: number, columnStep: number,
 *   start: number}} Steps
 */

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
