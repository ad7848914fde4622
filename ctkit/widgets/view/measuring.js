/**
 * What marks say: lengths, angles, and the HU inside of regions. The reference is
 * ctkit/widgets/measuring.py, which tells what belongs to a region.
 *
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {import("./parts/voxels.js").Source} Source
 * @typedef {import("./parts/voxels.js").Held} Held
 * @typedef {import("./marks.js").Mark} Mark
 * @typedef {Pick<Mark, "kind"|"points">} Shape
 * @typedef {{rows: number, columns: number}} Size
 * @typedef {(row: number, left: number, right: number) => void} Fill of a row of pixels
 */

import { applyAffine, cross, dot, inverseOf, reaches, toPicture } from "./geometry.js";
import { middleOf, minus, REGIONS } from "./marks.js";
import { slabText } from "./overlay.js";
import { differenceHeld } from "./parts/voxels.js";
import { NOTHING, sample } from "./sampling.js";

const SPAN = [2, 98];
const BORDER = 1e-3; // mm
const MOST = 2000; // places along a profile

/**
 * What a mark says; of a second volume, on whatever grid, and of the difference as well.
 * @param {Source} source
 * @param {Shape} mark
 * @param {Layout} stack the planes on one of which it lies
 * @param {number} slice
 * @param {Source|null} [second]
 * @param {Layout|null} [on] the planes of the second
 * @returns {import("./marks.js").Results}
 */
export function measureMark(source, mark, stack, slice, second, on) {
  if (mark.kind === "ruler") return { mm: lengthOf(mark.points) };
  if (mark.kind === "angle") return { degrees: angleOf(mark.points) };
  const slab = stack.thickness ? { slab: slabText(stack) } : {};
  const own = { ...statisticsOf(source, source.picture(stack, slice), stack, mark), ...slab };
  if (!second || !on) return own;
  return { ...own, ...ofSecond(source, second, stack, slice, on, mark) };
}

/** The distance in mm between two points. @param {number[][]} points */
export const lengthOf = ([start, end]) => Math.hypot(...minus(end, start));

/** The angle in degrees at the second of three points. @param {number[][]} points */
export function angleOf([start, vertex, end]) {
  const [first, second] = [minus(start, vertex), minus(end, vertex)];
  const across = Math.hypot(...cross(first, second));
  return (Math.atan2(across, dot(first, second)) * 180) / Math.PI;
}

/**
 * What the second volume, and its difference to the first, are inside of a region.
 * @param {Source} source
 * @param {Source} second
 * @param {Layout} stack
 * @param {number} slice
 * @param {Layout} on
 * @param {Shape} mark
 */
function ofSecond(source, second, stack, slice, on, mark) {
  const middle = applyAffine(inverseOf(on), middleOf(mark.points));
  const there = Math.floor(middle[on.axis] + 0.5 + 1e-6);
  const inside = there >= 0 && there < on.shape[on.axis];
  if (!inside || !reaches(on, second.shape, second.affine, there)) {
    return { after: null, difference: null };
  }
  const both = differenceHeld(source, second, stack, slice);
  return {
    after: statisticsOf(second, second.picture(on, there), on, mark),
    difference: statisticsOf(source, both, stack, mark),
  };
}

/**
 * The values of the pixels inside of a region, without what is no number.
 * @param {Source} source
 * @param {Shape} mark
 * @param {Layout} stack
 * @param {number} slice
 * @returns {number[]}
 */
export function regionValues(source, mark, stack, slice) {
  const held = source.picture(stack, slice);
  return held ? valuesIn(source, held, stack, mark).filter(Number.isFinite) : [];
}

/**
 * The window of a region: its center is their mean, its width spans 96 % of them.
 * @param {number[]} values at least one
 */
export function windowOf(values) {
  const sorted = Float64Array.from(values).sort();
  const [low, high] = SPAN.map((part) => percentile(sorted, part));
  return { center: meanOf(values), width: high - low };
}

/** Linear between two values. @param {Float64Array} sorted @param {number} part of 100 */
function percentile(sorted, part) {
  const at = (part / 100) * (sorted.length - 1);
  const low = Math.floor(at);
  const next = sorted[Math.min(low + 1, sorted.length - 1)];
  return sorted[low] + (at - low) * (next - sorted[low]);
}

/** @param {number[]} values */
const meanOf = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;

/**
 * HU along a ruler, linear between the voxels; NaN outside of the volume, or where it has not come.
 * @param {Source} source
 * @param {number[][]} points
 * @param {number} spacing the smallest of the first volume
 * @returns {{mm: number[], hu: number[]}}
 */
export function profileOf(source, points, spacing) {
  const [start, end] = points;
  const length = lengthOf(points);
  const last = profileCount(length, spacing) - 1;
  const parts = Array.from({ length: last + 1 }, (_, i) => i / last);
  const places = parts.map((part) => start.map((n, i) => n + part * (end[i] - n)));
  return {
    mm: parts.map((part) => part * length),
    hu: places.map((place) => sample(source, applyAffine(source.inverse, place)) ?? Number.NaN),
  };
}

/** How many places a profile has, both ends included. @param {number} mm @param {number} spacing */
export const profileCount = (mm, spacing) =>
  Math.min(Math.max(Math.ceil((2 * mm) / spacing - 1e-6), 1), MOST - 1) + 1;

/**
 * Statistics of the pixels of a picture inside of a mark.
 * @param {Source} source
 * @param {Held|null} held null where it has not come
 * @param {Layout} stack
 * @param {Shape} mark
 */
function statisticsOf(source, held, stack, mark) {
  const values = held ? valuesIn(source, held, stack, mark) : [];
  return statistics(values, stack.spacing[0] * stack.spacing[1]);
}

/**
 * @param {Source} source
 * @param {Held} held
 * @param {Layout} stack
 * @param {Shape} mark
 */
function valuesIn(source, { values, steps }, stack, { kind, points }) {
  const numbers = source.numbers(values);
  /** @type {number[]} */
  const found = [];
  eachRow(kind, inPlane(points, stack), steps, stack.spacing, (row, left, right) => {
    let at = steps.start + row * steps.rowStep + left * steps.columnStep;
    for (let column = left; column <= right; column++, at += steps.columnStep) {
      if (numbers[at] !== NOTHING) found.push(numbers[at]);
    }
  });
  return found;
}

/**
 * @param {number[]} there
 * @param {number} pixel its area in square millimetres
 */
function statistics(there, pixel) {
  const values = there.filter(Number.isFinite);
  const count = values.length;
  const rest = { area_mm2: there.length * pixel, missing: there.length - count };
  if (!count) return { voxels: 0, mean: null, sd: null, minimum: null, maximum: null, ...rest };
  const mean = meanOf(values);
  const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count);
  const [minimum, maximum] = values.reduce(
    ([low, high], v) => [Math.min(low, v), Math.max(high, v)],
    [Infinity, -Infinity],
  );
  return { voxels: count, mean, sd, minimum, maximum, ...rest };
}

// -------------------------------------------------------------------- inside of a mark

/**
 * Points in mm from the centre of the picture's first pixel, down and across.
 * @param {number[][]} points
 * @param {Layout} stack
 */
export function inPlane(points, stack) {
  const inverse = inverseOf(stack);
  return points.map((point) => {
    const [row, column] = toPicture(stack, stack.shape, applyAffine(inverse, point));
    return [row * stack.spacing[0], column * stack.spacing[1]];
  });
}

/**
 * The pixels of a picture that belong to a mark, as runs along its rows.
 * @param {string} kind
 * @param {number[][]} corners as `inPlane` gives them
 * @param {Size} size
 * @param {number[]} spacing
 * @param {Fill} fill
 */
export function eachRow(kind, corners, size, spacing, fill) {
  if (kind === "freehand") insideLine(corners, size, spacing, fill);
  else if (kind === "point") nearestPixel(corners[0], size, spacing, fill);
  else insideBox(kind, corners, size, spacing, fill);
}

/**
 * @param {string} kind
 * @param {number[][]} corners
 * @param {Size} size
 * @param {number[]} spacing
 * @param {Fill} fill
 */
function insideBox(kind, corners, { rows, columns }, spacing, fill) {
  const middle = middleOf(corners);
  const [one, two] = halfAxes(corners).map(({ way, half }) => {
    const limit = half > BORDER || kind === "rectangle" ? half + BORDER : halfPixel(way, spacing);
    return { way, limit };
  });
  const reach = [0, 1].map(
    (i) => Math.abs(one.way[i]) * one.limit + Math.abs(two.way[i]) * two.limit,
  );
  const [top, bottom] = wholes(middle[0] - reach[0], middle[0] + reach[0], spacing[0], rows);
  const [left, right] = wholes(middle[1] - reach[1], middle[1] + reach[1], spacing[1], columns);
  for (let row = top; row <= bottom; row++) {
    const y = row * spacing[0] - middle[0];
    for (let column = left; column <= right; column++) {
      const x = column * spacing[1] - middle[1];
      const a = (y * one.way[0] + x * one.way[1]) / one.limit;
      const b = (y * two.way[0] + x * two.way[1]) / two.limit;
      const inside =
        kind === "rectangle" ? Math.abs(a) <= 1 && Math.abs(b) <= 1 : a * a + b * b <= 1;
      if (inside) fill(row, column, column);
    }
  }
}

/**
 * The first and the last whole step between two ends, a step to spare.
 * @param {number} low
 * @param {number} high
 * @param {number} step
 * @param {number} count
 */
const wholes = (low, high, step, count) => [
  Math.max(Math.ceil(low / step) - 1, 0),
  Math.min(Math.floor(high / step) + 1, count - 1),
];

/**
 * The two directions of a box, and half its length along each; a line has a side too.
 * @param {number[][]} corners
 */
function halfAxes(corners) {
  const sides = [1, 3].map((i) => minus(corners[i], corners[0]).map((n) => n / 2));
  const halves = sides.map((side) => Math.hypot(...side));
  if (halves[0] > BORDER) {
    const way = sides[0].map((n) => n / halves[0]);
    return [
      { way, half: halves[0] },
      { way: [-way[1], way[0]], half: halves[1] },
    ];
  }
  const way = halves[1] > BORDER ? sides[1].map((n) => n / halves[1]) : [1, 0];
  return [
    { way: [-way[1], way[0]], half: halves[0] },
    { way, half: halves[1] },
  ];
}

/** Half of a pixel along a direction. @param {number[]} way @param {number[]} spacing */
const halfPixel = (way, spacing) =>
  (Math.abs(way[0]) * spacing[0] + Math.abs(way[1]) * spacing[1]) / 2;

/**
 * @param {number[]} point
 * @param {Size} size
 * @param {number[]} spacing
 * @param {Fill} fill
 */
function nearestPixel(point, { rows, columns }, spacing, fill) {
  const [row, column] = point.map((n, i) => Math.floor(n / spacing[i] + 0.5 + 1e-6));
  if (row >= 0 && row < rows && column >= 0 && column < columns) fill(row, column, column);
}

/**
 * Row by row between where a closed line goes in and where it comes out, and on it.
 * @param {number[][]} corners
 * @param {Size} size
 * @param {number[]} spacing
 * @param {Fill} fill
 */
function insideLine(corners, { rows, columns }, spacing, fill) {
  const ys = corners.map(([y]) => y);
  const first = Math.max(Math.ceil((Math.min(...ys) - BORDER) / spacing[0]), 0);
  const last = Math.min(Math.floor((Math.max(...ys) + BORDER) / spacing[0]), rows - 1);
  for (let row = first; row <= last; row++) {
    let next = 0;
    for (const [left, right] of spans(row * spacing[0], corners).sort((a, b) => a[0] - b[0])) {
      // A pixel that lies in two of them counts once.
      const from = Math.max(Math.ceil((left - BORDER) / spacing[1]), next);
      const to = Math.min(Math.floor((right + BORDER) / spacing[1]), columns - 1);
      if (to >= from) fill(row, from, to);
      next = Math.max(next, to + 1);
    }
  }
}

/**
 * From where to where a level line lies inside of a closed one, or on it.
 * @param {number} y
 * @param {number[][]} corners
 */
function spans(y, corners) {
  /** @type {number[]} */
  const places = [];
  /** @type {number[][]} */
  const found = [];
  corners.forEach(([y0, x0], i) => {
    const [y1, x1] = corners[(i + 1) % corners.length];
    if (y0 <= y !== y1 <= y) places.push(x0 + ((y - y0) / (y1 - y0)) * (x1 - x0));
    if (Math.abs(y0 - y) > BORDER) return;
    const level = Math.abs(y1 - y) <= BORDER;
    found.push(level ? [Math.min(x0, x1), Math.max(x0, x1)] : [x0, x0]);
  });
  places.sort((a, b) => a - b);
  for (let i = 0; i + 1 < places.length; i += 2) found.push([places[i], places[i + 1]]);
  return found;
}

/** Whether a mark has HU of its own. @param {{kind: string}} mark */
export const hasValues = ({ kind }) => REGIONS.includes(kind) || kind === "point";
