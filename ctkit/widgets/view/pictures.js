/** Pixels: a plane in greys, a mask, a difference, each laid out as its picture. */

import { applyAffine, compose, planeSteps, toIndex } from "./geometry.js";
import { clamp, same } from "./numbers.js";
import { sample } from "./sampling.js";

/**
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {import("./geometry.js").Steps} Steps
 * @typedef {import("./parts/voxels.js").Source} Source
 */

const MASK_COLOUR = [255, 140, 0];
const BELOW = [70, 150, 255];
const ABOVE = [255, 140, 50];

/**
 * Lay a plane out: out[row * columns + column] = table[voxel].
 * @param {Uint32Array} out
 * @param {Uint16Array|Uint8Array} values
 * @param {Uint32Array} table
 * @param {Steps} steps
 */
export function fillPlane(out, values, table, steps) {
  const { rows, columns, rowStep, columnStep, start } = steps;
  let to = 0;
  for (let row = 0; row < rows; row++) {
    let from = start + row * rowStep;
    const end = from + columns;
    // Neighbours in memory, as in most pictures, are a little faster.
    if (columnStep === 1) while (from < end) out[to++] = table[values[from++]];
    else
      for (let column = 0; column < columns; column++, from += columnStep)
        out[to++] = table[values[from]];
  }
}

/** @param {number[]} rgb @returns {number} a pixel with no opacity */
const packed = ([red, green, blue]) => (blue << 16) | (green << 8) | red;

/**
 * Lay a mask out in one colour, its outline (4-neighbours) opaque.
 * @param {Uint32Array} out
 * @param {Uint16Array|Uint8Array} values
 * @param {Steps} steps
 * @param {number} opacity
 * @param {boolean} outline
 */
export function fillMask(out, values, steps, opacity, outline) {
  const { rows, columns, rowStep, columnStep, start } = steps;
  const colour = packed(MASK_COLOUR);
  const inside = ((Math.round(opacity * 255) << 24) | colour) >>> 0;
  const edge = outline ? (0xff000000 | colour) >>> 0 : inside;
  /** @param {number} row @param {number} column */
  const at = (row, column) =>
    row >= 0 && row < rows && column >= 0 && column < columns
      ? values[start + row * rowStep + column * columnStep]
      : 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const whole =
        at(row - 1, column) && at(row + 1, column) && at(row, column - 1) && at(row, column + 1);
      out[row * columns + column] = !at(row, column) ? 0 : whole ? inside : edge;
    }
  }
}

/** Colours of a difference from -1 to 1, 511 of them: blue below, black, orange above. */
export function differenceTable() {
  return Uint32Array.from({ length: 511 }, (_, i) => {
    const part = Math.abs(i - 255) / 255;
    const colour = (i < 255 ? BELOW : ABOVE).map((c) => Math.round(c * part));
    return (0xff000000 | packed(colour)) >>> 0;
  });
}

/**
 * Lay `second` minus `first` out on the plane of the first; linear between the voxels of
 * the second, nothing where it has none.
 * @param {Uint32Array} out
 * @param {Source} first
 * @param {Source} second
 * @param {Layout} layout
 * @param {number} slice
 * @param {number} limit HU at which the colours are full
 * @param {Uint32Array} colours
 */
export function fillDifference(out, first, second, layout, slice, limit, colours) {
  const to = compose(second.inverse, first.affine);
  if (isSameGrid(to, first, second)) {
    subtract(out, first, second, layout, slice, limit, colours);
    return;
  }
  const { rows, columns } = planeSteps(layout, first.shape, slice);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const index = toIndex(layout, first.shape, slice, row, column);
      const after = sample(second, applyAffine(to, index));
      const part = after === null ? NaN : (after - first.valueAt(index)) / limit;
      // Where nothing is, or has not come yet, nothing is drawn.
      out[row * columns + column] = Number.isFinite(part) ? shade(part, colours) : 0;
    }
  }
}

/** @param {number} part @param {Uint32Array} colours */
const shade = (part, colours) => colours[Math.round(clamp(part, -1, 1) * 255) + 255];

/**
 * Whether an affine between indices changes nothing.
 * @param {number[][]} to
 * @param {Source} first
 * @param {Source} second
 */
const isSameGrid = (to, first, second) =>
  same(first.shape, second.shape) &&
  to.every((row, i) => row.every((v, j) => Math.abs(v - (i === j ? 1 : 0)) < 1e-6));

/**
 * The difference where both volumes lie on one grid.
 * @param {Uint32Array} out
 * @param {Source} first
 * @param {Source} second
 * @param {Layout} layout
 * @param {number} slice
 * @param {number} limit
 * @param {Uint32Array} colours
 */
function subtract(out, first, second, layout, slice, limit, colours) {
  const [before, after] = [first, second].map((source) => source.plane(layout.axis, slice));
  if (!before || !after) return;
  const a = planeSteps(layout, first.shape, slice, before.strides);
  const b = planeSteps(layout, first.shape, slice, after.strides);
  for (let row = 0, to = 0; row < a.rows; row++) {
    for (let column = 0; column < a.columns; column++) {
      const low = before.values[a.start + row * a.rowStep + column * a.columnStep];
      const high = after.values[b.start + row * b.rowStep + column * b.columnStep];
      out[to++] = shade((((high << 16) >> 16) - ((low << 16) >> 16)) / limit, colours);
    }
  }
}
