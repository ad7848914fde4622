/**
 * Where the texts over a picture stand, so that none runs into another, nor a line through them.
 * The reference is ctkit/lettering.py; every name and number here is the same there.
 *
 * @typedef {import("./overlay.js").Text} Text
 * @typedef {number[][][]} Paths
 * @typedef {[number, number, number, number]} Box left, top, right, bottom
 */

export const MARGIN = 12;
const CHARACTER = 0.62;
const LINE = 1.4;
const [LARGE, SMALL] = [14, 12];
const CLEAR = 16;
const GAP = 8;
const PAD = 4;

/**
 * Each text with its place.
 * @param {Record<string, string>} words
 * @param {number[]} stage width and height
 * @returns {Text[]}
 */
export function stand(words, [wide, high]) {
  const room = wide - 2 * MARGIN;
  const fitted = { ...words };
  fitted.tl = fit(words.tl, room);
  fitted.tr = fit(words.tr, room - GAP - widthOf(fitted.tl));
  fitted.bl = fit(words.bl, room - GAP - widthOf(words.br));
  fitted.measure = fit(words.measure, room);
  const low = reaching(fitted.bl, wide) ? 26 : 8;
  const marks = low + 17 * fitted.bl.split("\n").length + 10;
  const under = Math.max(reaching(fitted.tl, wide), reaching(fitted.tr, wide));
  const top = under ? 10 + LINE * SMALL * under : 6;
  const [right, x, y] = [wide - MARGIN, wide / 2, high / 2];
  /** @type {Record<string, [number, number, string, string, number, number]>} */
  const rows = {
    left: [MARGIN, y, "left", "middle", LARGE, 600],
    right: [right, y, "right", "middle", LARGE, 600],
    top: [x, top, "center", "top", LARGE, 600],
    bottom: [x, high - 6, "center", "bottom", LARGE, 600],
    tl: [MARGIN, 8, "left", "top", SMALL, 400],
    tr: [right, 8, "right", "top", SMALL, 400],
    bl: [MARGIN, high - low, "left", "bottom", SMALL, 400],
    br: [right, high - 18, "right", "bottom", SMALL, 400],
    measure: [MARGIN, high - marks, "left", "bottom", SMALL, 400],
    nothing: [x, y, "center", "middle", LARGE, 400],
  };
  return Object.entries(fitted).map(([place, text]) => {
    const [left, down, align, base, size, weight] = rows[place];
    return { place, text, x: left, y: down, align, base, size, weight };
  });
}

/**
 * The text in lines that are no wider than the room: broken at spaces, a longer word cut.
 * @param {string} text
 * @param {number} room
 */
export function fit(text, room, size = SMALL) {
  const most = Math.max(6, Math.trunc(room / (CHARACTER * size)));
  return text
    .split("\n")
    .flatMap((whole) => broken(whole, most))
    .join("\n");
}

/** @param {string} text @param {number} most */
function broken(text, most) {
  // Most fit as they are.
  if (text.length <= most) return [trimmed(text)];
  const words = text
    .split(" ")
    .map((word) => (lengthOf(word) <= most ? word : `${[...word].slice(0, most - 1).join("")}…`));
  const lines = [words[0]];
  for (const word of words.slice(1)) {
    const last = lines.length - 1;
    if (lengthOf(lines[last]) + 1 + lengthOf(word) <= most) lines[last] += ` ${word}`;
    else lines.push(word);
  }
  const stripped = lines.map(trimmed).filter(Boolean);
  return stripped.length ? stripped : [""];
}

/** With no space at its ends. @param {string} text */
const trimmed = (text) =>
  text.startsWith(" ") || text.endsWith(" ") ? text.replace(/^ +| +$/g, "") : text;

/** @param {string} text */
const lengthOf = (text) => [...text].length;

/** @param {string} text */
const widthOf = (text, size = SMALL) =>
  CHARACTER * size * Math.max(...text.split("\n").map(lengthOf));

/**
 * How many lines a corner's text has, where one reaches the middle; else 0.
 * @param {string} text
 * @param {number} wide
 */
const reaching = (text, wide) =>
  MARGIN + widthOf(text) > wide / 2 - CLEAR ? text.split("\n").length : 0;

/**
 * What a text covers.
 * @param {Text} text
 * @returns {Box}
 */
export function boxOf({ text, x, y, align, base, size }) {
  const [wide, high] = [widthOf(text, size), LINE * size * text.split("\n").length];
  const left = x - ({ left: 0, center: 0.5, right: 1 }[align] ?? 0) * wide;
  const top = y - ({ top: 0, middle: 0.5, bottom: 1 }[base] ?? 0) * high;
  return [left - PAD, top - PAD, left + wide + PAD, top + high + PAD];
}

/**
 * Level and upright lines, interrupted where texts stand.
 * @param {Paths} paths
 * @param {Text[]} texts
 * @returns {Paths}
 */
export function interrupt(paths, texts) {
  const boxes = texts.filter(({ text }) => text).map(boxOf);
  return paths.flatMap((line) => pieces(line, boxes));
}

/** @param {number[][]} line @param {Box[]} boxes @returns {Paths} */
function pieces(line, boxes) {
  const along = line[0][1] === line[1][1] ? 0 : 1;
  const across = line[0][1 - along];
  const end = line[1][along];
  let start = line[0][along];
  const hidden = boxes
    .filter((box) => box[1 - along] < across && across < box[3 - along])
    .map((box) => [box[along], box[along + 2]])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const found = [];
  for (const [low, high] of [...hidden, [end, end]]) {
    if (Math.min(low, end) > start) found.push([start, Math.min(low, end)]);
    start = Math.max(start, high);
  }
  return found.map((span) => span.map((at) => (along ? [across, at] : [at, across])));
}
