/**
 * Whether an answer of a question is right, and what is said to it.
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
 * @property {[number, string][]} [wrong] of a number
 * @property {Picture} [picture]
 *
 * @typedef {object} Picture
 * @property {string} source
 * @property {string} alt
 * @property {[number, number]} size in mm: wide, high
 * @property {Spot} target
 * @property {Spot[]} wrong
 *
 * @typedef {object} Spot
 * @property {number} x in mm from the left
 * @property {number} y in mm from the top
 * @property {number} within in mm
 * @property {string} says
 *
 * @typedef {object} Judged
 * @property {boolean} right
 * @property {string[]} says one for each option; one alone where there are none
 */

/**
 * @param {Question} question
 * @param {any} answer number of an option, several of them, a text, or [x, y] in mm
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

/** @param {Question} question @param {[number, number]} answer @returns {Judged} */
function ofPlace({ picture, says = "", otherwise = "" }, answer) {
  const inside = (/** @type {Spot} */ spot) =>
    Math.hypot(answer[0] - spot.x, answer[1] - spot.y) <= spot.within;
  if (!picture) return { right: false, says: [otherwise] };
  if (inside(picture.target)) return { right: true, says: [says] };
  return { right: false, says: [picture.wrong.find(inside)?.says ?? otherwise] };
}
