/** Small rules about numbers. */

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 * @returns {number} `value` within low to high
 */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * Whether two values of a trait are equal, lists by their elements.
 * @param {any} a
 * @param {any} b
 */
export const same = (a, b) =>
  Array.isArray(a) ? a.length === b?.length && a.every((v, i) => v === b[i]) : a === b;
