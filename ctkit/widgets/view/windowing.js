/**
 * Windows: HU to greys. The reference is `ctkit.apply_window` (ctkit/windowing.py).
 *
 * @typedef {{id: string, packed: Uint32Array, greyOf: (value: number) => number, flip: number}} Table
 *   of a window: the pixels of every int16, by its bits; and what makes greys of other values
 */

import { clamp } from "./numbers.js";

/**
 * Grey from 0 to 1 of one HU, for what has no exact whole-number form.
 * @param {number} hu
 * @param {number} center
 * @param {number} width
 * @param {string} fn
 */
function grey(hu, center, width, fn) {
  if (fn === "SIGMOID") return 1 / (1 + Math.exp((-4 * (hu - center)) / width));
  return hu > center - 0.5 ? 1 : 0;
}

/**
 * What makes a grey 0 to 255 of any value; its arithmetic is that of `windowBytes`.
 * @param {number} center
 * @param {number} width
 * @param {string} fn
 * @returns {(value: number) => number}
 */
export function greyOf(center, width, fn) {
  if (fn === "SIGMOID" || (fn === "LINEAR" && width === 1)) {
    return (value) => Math.floor(255 * grey(value, center, width, fn) + 0.5);
  }
  const shift = fn === "LINEAR" ? 0.5 : 0;
  const wide = fn === "LINEAR" ? width - 1 : width;
  return (value) => {
    const byte = (255 * (2 * (value + shift - center) + wide) + wide) / (2 * wide);
    return byte < 0 ? 0 : byte >= 256 ? 255 : byte | 0;
  };
}

/**
 * Greys 0 to 255 of every int16, indexed by its bits as uint16 (DICOM PS3.3 C.11.2).
 * The order of the arithmetic is that of ctkit.apply_window, so that no grey differs.
 * @param {number} center
 * @param {number} width
 * @param {string} fn "LINEAR", "LINEAR_EXACT" or "SIGMOID"
 */
export function windowBytes(center, width, fn) {
  const table = new Uint8ClampedArray(65536);
  const smooth = fn === "SIGMOID" || (fn === "LINEAR" && width === 1);
  const shift = fn === "LINEAR" ? 0.5 : 0;
  const wide = fn === "LINEAR" ? width - 1 : width;
  // Beyond this every grey is 0 or 255: only the window itself is computed.
  const reach = (fn === "SIGMOID" ? 2 : 0.5) * width + 2;
  const low = clamp(Math.floor(center - reach), -32768, 32768);
  const high = clamp(Math.ceil(center + reach), -32769, 32767);
  for (let hu = low; hu <= high; hu++) {
    table[hu & 0xffff] = smooth
      ? Math.floor(255 * grey(hu, center, width, fn) + 0.5)
      : Math.floor((255 * (2 * (hu + shift - center) + wide) + wide) / (2 * wide));
  }
  table.fill(255, Math.max(high + 1, 0), 32768);
  if (high < -1) table.fill(255, 65536 + high + 1, 65536);
  return table;
}

/** Opaque pixels of the greys 0 to 255. */
export const OPAQUE = Uint32Array.from(
  { length: 256 },
  (_, value) => 0xff000000 | (value * 0x10101),
);

/**
 * Greys as opaque pixels, little-endian as every browser has them; a table is used again.
 * @param {ArrayLike<number>} bytes
 * @param {boolean} invert
 * @param {Uint32Array} packed
 */
export function packGreys(bytes, invert, packed = new Uint32Array(65536)) {
  const flip = invert ? 255 : 0;
  for (let i = 0; i < 65536; i++) packed[i] = OPAQUE[bytes[i] ^ flip];
  return packed;
}
