/**
 * Whether an answer of a question is right, and what is said to it. The reference of a place is
 * ctkit/exercises/pointing.py.
 *
 * @typedef {object} Option
 * @property {string} text
 * @property {string} says
 * @property {boolean} right
 *
 * @typedef {object} Question
 * @property {"single"|"several"|"number"|"place"} kind
 * @property {string} ask
 * @property {Option[]} [options]
 * @property {string} [says] for who is right
 * @property {string} [otherwise] for who is wrong in no known way
 * @property {number} [right]
 * @property {number} [tolerance]
 * @property {string} [unit]
 * @property {any[]} [wrong] of a number `[number, says]`, of a place `Spot`
 * @property {Record<string, any>} [view] the state of the viewer of a place, with its voxels
 * @property {Spot} [target]
 * @property {import("../marks.js").Mark} [mark] the circle around the right place
 *
 * @typedef {object} Spot
 * @property {number[]} mm x, y, z
 * @property {number} within in mm
 * @property {string} [says]
 *
 * @typedef {object} Judged
 * @property {boolean} right
 * @property {string[]} says one for each option; one alone where there are none
 */

/** What rounding may add to a distance, in mm. */
const TINY = 1e-6;

/**
 * @param {Question} question
 * @param {any} answer number of an option, several of them, a text, or [x, y, z] in mm
 * @returns {Judged|null} null where there is no answer yet
 */
export function judged(question, answer) {
  if (answer === null || answer === undefined) return null;
  if (question.kind === "single") return ofSingle(question, answer);
  if (question.kind === "several") return ofSeveral(question, answer);
  if (question.kind === "number") return ofNumber(question, answer);
  return ofPlace(question, answer);
}

/** @param {Question} question @param {number} answer @returns {Judged} */
function ofSingle({ options = [] }, answer) {
  const says = options.map((option, i) => (i === answer ? option.says : ""));
  return { right: !!options[answer]?.right, says };
}

/** @param {Question} question @param {number[]} answer @returns {Judged} */
function ofSeveral({ options = [] }, answer) {
  const right = options.every((option, i) => option.right === answer.includes(i));
  return { right, says: options.map((option) => option.says) };
}

/** @param {Question} question @param {string} answer @returns {Judged} */
function ofNumber(question, answer) {
  const value = asNumber(answer);
  if (!Number.isFinite(value)) return { right: false, says: ["Write a number, such as 12.5."] };
  const off = (/** @type {number} */ wanted) => Math.abs(value - wanted);
  const near = (question.tolerance ?? 0) + 1e-9;
  if (off(question.right ?? 0) <= near) return { right: true, says: [question.says ?? ""] };
  const known = question.wrong?.find(([wrong]) => off(wrong) <= near);
  return { right: false, says: [known?.[1] ?? question.otherwise ?? ""] };
}

/** A number as people type it, with a point or a comma. @param {string} text */
export const asNumber = (text) =>
  text.trim() ? Number(text.trim().replace(",", ".").replace("−", "-")) : Number.NaN;

/** @param {Question} question @param {number[]} answer @returns {Judged} */
function ofPlace({ target, wrong = [], says = "", otherwise = "" }, answer) {
  const isNear = (/** @type {Spot|undefined} */ spot) =>
    !!spot && Math.hypot(...spot.mm.map((n, i) => n - answer[i])) <= spot.within + TINY;
  if (isNear(target)) return { right: true, says: [says] };
  return { right: false, says: [wrong.find(isNear)?.says ?? otherwise] };
}
