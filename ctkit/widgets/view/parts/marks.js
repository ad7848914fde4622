/** What is drawn and measured on the picture: rulers, regions, angles and points. */

import { numbers, text } from "../line.js";

/** A line of Python with more letters of marks than this names them instead. */
const LONGEST = 3000;

/** @type {Record<string, string>} */
const NONE = {};

/** @type {import("../state.js").Part} */
export const marks = {
  traits: ["drawn"],
  words: ({ drawn }) => (drawn?.length ? { marks: told(drawn) } : NONE),
};

/** @param {import("../marks.js").Mark[]} drawn */
function told(drawn) {
  const line = lineOf(drawn);
  return [...line].length <= LONGEST ? line : "marks";
}

/** Marks as they are written in a line of Python. @param {import("../marks.js").Mark[]} drawn */
const lineOf = (drawn) => `[${drawn.map(literal).join(", ")}]`;

/** @param {import("../marks.js").Mark} mark */
function literal({ kind, name, points, normal, visible }) {
  const words = [
    ["kind", text(kind)],
    ["name", text(name)],
    ["points", `[${points.map((point) => numbers(short(point, 4))).join(", ")}]`],
    ["normal", numbers(short(normal, 8))],
    ...(visible ? [] : [["visible", "False"]]),
  ];
  return `{${words.map(([key, word]) => `${text(key)}: ${word}`).join(", ")}}`;
}

/** Rounded numbers: the line is for people too. @param {number[]} values @param {number} digits */
const short = (values, digits) => values.map((n) => Number(n.toFixed(digits)));
