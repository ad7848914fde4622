/**
 * The questions of `quiz()`, asked and judged in the browser: with no kernel as well. What was
 * answered, and whether it was right, goes back to Python as traits.
 *
 * @typedef {import("../state.js").Model} Model
 * @typedef {import("./judging.js").Question} Question
 */

import { make, setText } from "../dom.js";
import { judged } from "./judging.js";
import { drawQuestion } from "./questions.js";

/** The two halves of one model's life, as anywidget wants them. */
export function createQuiz() {
  return {
    initialize() {},
    /** @param {{model: Model, el: HTMLElement}} context */
    render: ({ model, el }) => drawQuiz(model, el),
  };
}

/**
 * @param {Model} model
 * @param {HTMLElement} el
 * @returns {() => void} clean-up
 */
function drawQuiz(model, el) {
  const root = make("section", "ctkit-quiz", el, { "aria-label": "Quiz" });
  /** @type {Question[]} */
  const questions = model.get("questions");
  const stop = new AbortController();
  /** The answers that are drawn. @type {(string|undefined)[]} */
  const drawn = [];
  const items = questions.map((question, number) => {
    const answered = (/** @type {any} */ answer) => {
      // The same answer again is told again.
      drawn[number] = undefined;
      take(model, questions, number, answer);
      show();
    };
    return drawQuestion(root, question, number, answered, stop.signal);
  });
  const sum = make("p", "ctkit-quiz-sum", root, { role: "status" });
  const show = () => {
    const answers = model.get("answers");
    questions.forEach((question, i) => {
      const answer = answers[i] ?? null;
      const key = JSON.stringify(answer);
      // What is ticked, typed or pointed at elsewhere, and not checked yet, stays.
      if (drawn[i] === key) return;
      drawn[i] = key;
      items[i](answer, judged(question, answer));
    });
    setText(sum, inSum(questions.length, model.get("results")));
  };
  model.on("change:answers", show);
  model.on("change:results", show);
  show();
  return () => {
    stop.abort();
    model.off("change:answers", show);
    model.off("change:results", show);
  };
}

/**
 * Keep an answer, and whether it is right.
 * @param {Model} model
 * @param {Question[]} questions
 * @param {number} number
 * @param {any} answer
 */
function take(model, questions, number, answer) {
  const result = judged(questions[number], answer);
  model.set("answers", { ...model.get("answers"), [number]: answer });
  if (result) model.set("results", { ...model.get("results"), [number]: result.right });
  model.save_changes();
}

/** @param {number} count @param {Record<string, boolean>} results */
function inSum(count, results) {
  const right = Object.values(results).filter(Boolean).length;
  const left = count - Object.keys(results).length;
  if (left === count) return `${count} questions`;
  return `${right} of ${count} right${left ? `, ${left} to go` : ""}`;
}
