/** Pixels: a plane in greys, a difference, each laid out as its picture. */

import { clamp } from "./numbers.js";
import { NOTHING } from "./sampling.js";
import { OPAQUE } from "./windowing.js";

/**
 * @typedef {import("./geometry.js").Steps} Steps
 * @typedef {import("./windowing.js").Table} Table
 */

const BELOW = [70, 150, 255];
const ABOVE = [255, 140, 50];
/** What is no number, and where a volume has nothing: neither is a grey. */
const TINT = [150, 60, 160];
const EMPTY = [35, 42, 54];

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

/** @param {number[]} rgb @returns {number} an opaque pixel */
const opaque = ([red, green, blue]) => (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;

/**
 * Lay a plane of float32 out: greys of the window, what is no number tinted.
 * @param {Uint32Array} out
 * @param {Float32Array} values
 * @param {Table} table
 * @param {Steps} steps
 */
export function fillFloats(out, values, { greyOf, flip }, steps) {
  const { rows, columns, rowStep, columnStep, start } = steps;
  const [tint, empty] = [opaque(TINT), opaque(EMPTY)];
  let to = 0;
  for (let row = 0; row < rows; row++) {
    let from = start + row * rowStep;
    for (let column = 0; column < columns; column++, from += columnStep) {
      const value = values[from];
      // Only of a number is the difference to itself 0.
      if (value - value === 0) out[to++] = OPAQUE[greyOf(value) ^ flip];
      else out[to++] = value === NOTHING ? empty : tint;
    }
  }
}

/** Colours of a difference from -1 to 1, 511 of them: blue below, black, orange above. */
export function differenceTable() {
  return Uint32Array.from({ length: 511 }, (_, i) => {
    const part = Math.abs(i - 255) / 255;
    return opaque((i < 255 ? BELOW : ABOVE).map((c) => Math.round(c * part)));
  });
}

/**
 * Lay a difference out in its colours; nothing where it has none.
 * @param {Uint32Array} out
 * @param {Float32Array} values
 * @param {number} limit at which the colours are full
 * @param {Uint32Array} colours
 */
export function fillDifference(out, values, limit, colours) {
  const tint = opaque(TINT);
  const steps = 255 / limit;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value - value === 0) {
      out[i] = colours[Math.round(clamp(value * steps, -255, 255)) + 255];
    } else out[i] = value === NOTHING ? 0 : tint;
  }
}
