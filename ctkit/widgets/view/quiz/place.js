/**
 * A picture that is pointed at: by a click, or by arrows and Enter.
 *
 * @typedef {import("./judging.js").Question} Question
 * @typedef {import("./judging.js").Judged} Judged
 */

import { make, setHidden } from "../dom.js";
import { clamp } from "../numbers.js";

const STEP = 2; // mm by one key, five times as much with Shift
/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {Element} field
 * @param {Question} question
 * @param {(answer: any) => void} take
 * @param {(text: string, right: boolean|null) => void} say
 * @returns {(answer: any, judged: Judged|null) => void}
 */
export function drawPicture(field, question, take, say) {
  const picture = /** @type {import("./judging.js").Picture} */ (question.picture);
  const [wide, high] = picture.size;
  const stage = make("div", "ctkit-quiz-picture", null, {
    role: "application",
    tabindex: 0,
    "aria-label": `${picture.alt}. Arrows move the cross, Enter answers.`,
  });
  stage.style.aspectRatio = `${wide} / ${high}`;
  field.insertBefore(stage, field.lastElementChild);
  make("img", "", stage, { src: picture.source, alt: "", draggable: "false" });
  const cross = make("div", "ctkit-quiz-cross", stage);
  /** @type {[number, number]|null} */
  let at = null;
  const show = () => {
    setHidden(cross, at === null);
    cross.style.left = `${(100 * (at?.[0] ?? 0)) / wide}%`;
    cross.style.top = `${(100 * (at?.[1] ?? 0)) / high}%`;
  };
  stage.addEventListener("click", (event) => {
    const box = stage.getBoundingClientRect();
    take([
      ((event.clientX - box.left) / box.width) * wide,
      ((event.clientY - box.top) / box.height) * high,
    ]);
  });
  stage.addEventListener("keydown", (event) => {
    if (event.key === "Tab") return;
    event.stopPropagation(); // of a notebook, which has keys of its own
    const move = MOVES[event.key];
    if (!move && event.key !== "Enter") return;
    event.preventDefault();
    at ??= [wide / 2, high / 2];
    if (!move) return take(at);
    const step = event.shiftKey ? 5 * STEP : STEP;
    at = [clamp(at[0] + step * move[0], 0, wide), clamp(at[1] + step * move[1], 0, high)];
    show();
  });
  return (answer, judged) => {
    at = answer;
    show();
    say(judged?.says[0] ?? "", judged?.right ?? null);
  };
}
