/**
 * Where the texts over a picture stand, so that none runs into another, nor a line through them.
 * The reference is ctkit/lettering.py; every name and number here is the same there.
 *
 * @typedef {import("./overlay.js").Text} Text
 * @typedef {number[][][]} Paths
 * @typedef {[number, number, number, number]} Box left, top, right, bottom
 * @typedef {[number, number, string, string]} Spot x, y, align, base
 */

export const MARGIN = 12;
const CHARACTER = 0.62;
const LINE = 1.4;
const [LARGE, SMALL] = [14, 12];
const CLEAR = 16;
const GAP = 8;
const PAD = 4;
const BESIDE = 10; // between a mark and its label
const WIDEST = 0.45; // of the stage, that a label takes before it is broken

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
 * Labels beside what they belong to, where none covers another text.
 * @param {{text: string, points: number[][]}[]} words with the points on the stage of what each
 *   belongs to
 * @param {Text[]} texts those that stand already
 * @param {number[]} stage
 * @returns {Text[]}
 */
export function standBeside(words, texts, stage) {
  const taken = texts.filter(({ text }) => text).map(boxOf);
  const marks = words.map(({ points }) => around(points));
  return words.map(({ text, points }) => {
    const label = beside(fit(text, WIDEST * stage[0]), points, taken, marks, stage);
    taken.push(boxOf(label));
    return label;
  });
}

/**
 * @param {string} text
 * @param {number[][]} points
 * @param {Box[]} taken
 * @param {Box[]} marks
 * @param {number[]} stage
 */
function beside(text, points, taken, marks, stage) {
  const size = sizeOf(text, SMALL);
  const wanted = spots(points);
  /** @type {Spot|undefined} */
  let free;
  for (const spot of wanted) {
    const box = boxAt(spot, size);
    if (!isFree(box, taken, stage)) continue;
    if (isFree(box, marks, stage)) return label(text, spot);
    free ??= spot;
  }
  return free ? label(text, free) : moved(label(text, wanted[0]), stage);
}

/** The box around points. @param {number[][]} points @returns {Box} */
function around(points) {
  const [xs, ys] = [0, 1].map((i) => points.map((point) => point[i]));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** @param {string} text @param {Spot} spot @returns {Text} */
const label = (text, [x, y, align, base]) => ({
  place: "label",
  text,
  x,
  y,
  align,
  base,
  size: SMALL,
  weight: 400,
});

/**
 * Places around points: to the right and left at some heights, under and over them.
 * @param {number[][]} points
 * @returns {Spot[]}
 */
function spots(points) {
  const [left, top, right, bottom] = around(points);
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  /** @type {Spot[]} */
  const sides = [0, 22, -22, 44, -44, 66, -66, 88, -88].flatMap((move) => [
    [right + BESIDE, y + move, "left", "middle"],
    [left - BESIDE, y + move, "right", "middle"],
  ]);
  /** @type {Spot[]} */
  const level = [0, 60, -60].flatMap((move) => [
    [x + move, bottom + BESIDE, "center", "top"],
    [x + move, top - BESIDE, "center", "bottom"],
  ]);
  return [...sides.slice(0, 2), ...level.slice(0, 2), ...sides.slice(2), ...level.slice(2)];
}

/** @param {Box} box @param {Box[]} taken @param {number[]} stage */
function isFree([left, top, right, bottom], taken, [wide, high]) {
  if (left < 0 || top < 0 || right > wide || bottom > high) return false;
  return taken.every(
    (other) => right <= other[0] || other[2] <= left || bottom <= other[1] || other[3] <= top,
  );
}

/** A text moved onto the stage. @param {Text} text @param {number[]} stage @returns {Text} */
function moved(text, [wide, high]) {
  const [left, top, right, bottom] = boxOf(text);
  const x = text.x + Math.max(0, -left) - Math.max(0, right - wide);
  return { ...text, x, y: text.y + Math.max(0, -top) - Math.max(0, bottom - high) };
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
export const boxOf = ({ text, x, y, align, base, size }) =>
  boxAt([x, y, align, base], sizeOf(text, size));

/** How wide and high a text is. @param {string} text @param {number} size */
const sizeOf = (text, size) => [widthOf(text, size), LINE * size * text.split("\n").length];

/** @param {Spot} spot @param {number[]} size @returns {Box} */
function boxAt([x, y, align, base], [wide, high]) {
  const left = x - ({ left: 0, center: 0.5, right: 1 }[align] ?? 0) * wide;
  const top = y - ({ top: 0, middle: 0.5, bottom: 1 }[base] ?? 0) * high;
  return [left - PAD, top - PAD, left + wide + PAD, top + high + PAD];
}

/**
 * Straight lines, interrupted where texts stand.
 * @param {Paths} paths
 * @param {Text[]} texts
 * @returns {Paths}
 */
export function interrupt(paths, texts) {
  const boxes = texts.filter(({ text }) => text).map(boxOf);
  return paths.flatMap((line) => pieces(line, boxes));
}

/**
 * What is left of a line; along it things are counted from 0 to 1.
 * @param {number[][]} line
 * @param {Box[]} boxes
 * @returns {Paths}
 */
function pieces(line, boxes) {
  const hidden = boxes
    .map((box) => behind(line, box))
    .filter((span) => span.length > 0)
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const found = [];
  let start = 0;
  for (const [low, high] of [...hidden, [1, 1]]) {
    if (low > start) found.push([start, low]);
    start = Math.max(start, high);
  }
  return found.map((span) => span.map((part) => pointAt(line, part)));
}

/**
 * From where to where a line runs behind a box; nothing where it passes it by.
 * @param {number[][]} line
 * @param {Box} box
 */
function behind([from, to], box) {
  let [low, high] = [0, 1];
  for (const axis of [0, 1]) {
    const [start, end] = [from[axis], to[axis]];
    const edges = [box[axis], box[axis + 2]];
    if (start === end) {
      if (!(edges[0] < start && start < edges[1])) return [];
      continue;
    }
    const ends = edges.map((edge) => (edge - start) / (end - start));
    low = Math.max(low, Math.min(...ends));
    high = Math.min(high, Math.max(...ends));
  }
  return low < high ? [low, high] : [];
}

/** @param {number[][]} line @param {number} part */
function pointAt(line, part) {
  // The ends are as they were, to the last digit.
  if (part === 0 || part === 1) return line[part];
  return line[0].map((start, axis) => start + part * (line[1][axis] - start));
}
