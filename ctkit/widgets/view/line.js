/**
 * How a line of Python is written that brings a picture back. The reference is
 * ctkit/widgets/line.py; every name here is the same there.
 */

/** Letters that are not seen, or that turn the line round: they are written by their numbers. */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is for
  /[\\'\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u2000-\u200f\u2028-\u202f\u205f-\u206f\ud800-\udfff\ufeff]/gu;

/**
 * A call with its first arguments, and those that go by name.
 * @param {string} call
 * @param {Record<string, string>} words
 */
export const line = (call, words) =>
  `${[call, ...Object.entries(words).map(([name, word]) => `${name}=${word}`)].join(", ")})`;

/** A text between quotes. @param {string} value */
export const text = (value) => `'${value.replace(HIDDEN, escaped)}'`;

/** Two or more texts between brackets. @param {string[]} values */
export const texts = (values) => `(${values.map(text).join(", ")})`;

/**
 * A finite number with as many digits as it has, and no ".0".
 * @param {number} value
 */
export function number(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e-4 && size < 1e16) return String(value);
  // Python writes an exponent of two digits at least.
  return value.toExponential().replace(/([+-])(\d)$/, (_, sign, digit) => `${sign}0${digit}`);
}

/** Two or more numbers between brackets. @param {number[]} values */
export const numbers = (values) => `(${values.map(number).join(", ")})`;

/** @param {string} letter */
function escaped(letter) {
  if (letter === "\\" || letter === "'") return `\\${letter}`;
  const code = letter.charCodeAt(0);
  const digits = code.toString(16);
  return code < 256 ? `\\x${digits.padStart(2, "0")}` : `\\u${digits.padStart(4, "0")}`;
}
