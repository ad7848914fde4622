/**
 * How a question is drawn. Each gives back a function that shows an answer and what is said to it.
 *
 * @typedef {import("./judging.js").Question} Question
 * @typedef {import("./judging.js").Judged} Judged
 * @typedef {(answer: any, judged: Judged|null) => void} Show
 * @typedef {(answer: any) => void} Take
 */

import { make, setHidden } from "../dom.js";
import { drawPlace } from "./place.js";

let drawn = 0; // fields of one name belong together, in the whole page

/**
 * @param {Element} parent
 * @param {Question} question
 * @param {number} number from 0
 * @param {Take} take
 * @param {AbortSignal} stop when it is drawn no more
 * @returns {Show}
 */
export function drawQuestion(parent, question, number, take, stop) {
  const field = make("fieldset", "ctkit-quiz-item", parent);
  const legend = make("legend", "", field);
  write(legend, `${number + 1}. ${question.ask}`);
  if (question.kind === "single" || question.kind === "several")
    return drawOptions(field, question, take);
  if (question.kind === "number") return drawNumber(field, question, take);
  const stage = make("div", "ctkit-quiz-place", field);
  drawButton(field, "Check", () => place.check());
  const place = drawPlace(stage, question, take, drawSaid(field), stop);
  return place.show;
}

/** A text in which backticks mark code. @param {Element} element @param {string} text */
export function write(element, text) {
  element.replaceChildren(
    ...text.split("`").map((part, i) => {
      if (i % 2 === 0) return document.createTextNode(part);
      const code = document.createElement("code");
      code.textContent = part;
      return code;
    }),
  );
}

const RIGHT = "Right.";
const WRONG = "Not yet.";

/**
 * Where feedback stands, which is read aloud when it comes.
 * @param {Element} parent
 * @returns {(text: string, right: boolean|null, word?: string) => void}
 */
export function drawSaid(parent) {
  const line = make("div", "ctkit-quiz-said", parent, { role: "status" });
  return (text, right, word = right ? RIGHT : WRONG) => {
    setHidden(line, !text);
    line.classList.toggle("ctkit-quiz-right", right === true);
    line.classList.toggle("ctkit-quiz-wrong", right === false);
    write(line, text && `${word} ${text}`);
  };
}

/** @param {Element} field @param {Question} question @param {Take} take @returns {Show} */
function drawOptions(field, question, take) {
  const several = question.kind === "several";
  const name = `ctkit-quiz-${drawn++}`;
  const options = question.options ?? [];
  const rows = options.map((option, i) => {
    const row = make("div", "ctkit-quiz-option", field);
    const label = make("label", "", row);
    const type = several ? "checkbox" : "radio";
    const input = make("input", "", label, { type, name, value: i });
    write(make("span", "", label), option.text);
    return { input, say: drawSaid(row) };
  });
  const chosen = () => rows.flatMap(({ input }, i) => (input.checked ? [i] : []));
  if (several) {
    for (const { input } of rows) {
      input.addEventListener("change", () => {
        for (const { say } of rows) say("", null);
      });
    }
    drawButton(field, "Check", () => take(chosen()));
  } else
    for (const [i, { input }] of rows.entries()) input.addEventListener("change", () => take(i));
  return (answer, judged) => {
    const given = answer === null ? [] : [answer].flat();
    rows.forEach(({ input, say }, i) => {
      input.checked = given.includes(i);
      const right = several ? options[i].right === input.checked : options[i].right;
      const word = several ? wordOf(options[i].right, input.checked) : undefined;
      say(judged?.says[i] ?? "", right, word);
    });
  };
}

/** What comes before the feedback of one of several. @param {boolean} right @param {boolean} chosen */
const wordOf = (right, chosen) =>
  right ? (chosen ? RIGHT : "This one too.") : chosen ? "Not this one." : "Rightly left out.";

/** @param {Element} field @param {Question} question @param {Take} take @returns {Show} */
function drawNumber(field, question, take) {
  const row = make("div", "ctkit-quiz-number", field);
  const input = make("input", "", row, {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    "aria-label": `Your number${question.unit ? ` in ${question.unit}` : ""}`,
  });
  if (question.unit) make("span", "", row).textContent = question.unit;
  drawButton(row, "Check", () => take(input.value));
  const say = drawSaid(field);
  input.addEventListener("keydown", (event) => {
    event.stopPropagation(); // of a notebook, which has keys of its own
    if (event.key === "Enter") take(input.value);
  });
  return (answer, judged) => {
    if (answer !== null && input.value !== answer) input.value = answer;
    say(judged?.says[0] ?? "", judged?.right ?? null);
  };
}

/** @param {Element} parent @param {string} text @param {() => void} act */
function drawButton(parent, text, act) {
  const button = make("button", "ctkit-quiz-button", parent, { type: "button" });
  button.textContent = text;
  button.addEventListener("click", act);
}
