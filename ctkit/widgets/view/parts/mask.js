/** What is drawn over the picture: a mask, the labels of a label map, or several masks. */

import { number, text } from "../line.js";

/** What can be set of a label. */
const SETTINGS = /** @type {const} */ (["name", "color", "opacity", "visible"]);

/** @typedef {import("../labels.js").Label} Label */

/** @type {import("../state.js").Part} */
export const mask = {
  traits: ["opacity", "outline", "labels", "usual_labels", "overlaps"],
  source: "overlay",
  words: (state, { overlay }) => ({
    ...(overlay ? { mask: "mask" } : {}),
    ...(state.opacity === 0.25 ? {} : { opacity: number(state.opacity) }),
    ...(state.outline ? {} : { outline: "False" }),
    labels: labelsWord(state.labels, state.usual_labels),
  }),
};

/**
 * What labels have other than the mask says, with their values; "" where they have nothing.
 * @param {Label[]} labels
 * @param {Label[]} usual
 */
function labelsWord(labels, usual) {
  const changes = labels.flatMap((label, place) => {
    const changed = SETTINGS.filter((name) => label[name] !== usual[place]?.[name]);
    return changed.length ? [written(label, changed)] : [];
  });
  return changes.length ? `[${changes.join(", ")}]` : "";
}

/**
 * What is set of a label, as a dict in Python.
 * @param {Label} label
 * @param {(typeof SETTINGS)[number][]} names
 */
function written(label, names) {
  const parts = names.map((name) => `'${name}': ${word(label[name])}`);
  return `{${[`'value': ${label.value}`, ...parts].join(", ")}}`;
}

/** @param {string|number|boolean} value */
function word(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "string" ? text(value) : number(value);
}
