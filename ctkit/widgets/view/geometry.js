/**
 * Where a voxel is: in the patient, in memory, and in a picture. The reference is
 * ctkit/geometry.py; the layouts themselves are computed there and come with the voxels.
 *
 * @typedef {number[][]} Affine 3 x 4 or 4 x 4, from (slice, row, column) to LPS+ mm
 * @typedef {{axis: number, down: number, across: number, flip_down: boolean,
 *   flip_across: boolean, spacing: number[], letters: string[], shape: number[],
 *   affine: Affine, resampled: boolean, name: string, thickness: number, projection: string,
 *   turned: number}} Layout of the planes of a stack, with the shape and affine of its grid:
 *   whether it lies between the voxels, its plane's name, how thick its slabs are in mm and what
 *   is shown of them, and by how many degrees somebody turned it
 * @typedef {{shape: number[], affine: Affine,
 *   layouts: Record<string, Record<string, Layout>>}} Grid layouts by convention and plane
 * @typedef {{rows: number, columns: number, rowStep: number, columnStep: number,
 *   start: number}} Steps
 */

import { clamp } from "./numbers.js";

/** A lean that moves no voxel by more than this share of one isn't seen. */
const UNSEEN = 0.1;
/** A slice this share of a step beyond the border of a slab lies on it: spacings are rounded. */
const ON_BORDER = 1e-4;
/** The most pixels along a side of a turned plane: more would take too long to make. */
const MOST_PIXELS = 2047;
/** Degrees from which a direction lies between two of the patient's, and has two letters. */
const OBLIQUE = 5;

export const PLANES = ["axial", "coronal", "sagittal"];
export const LETTERS = ["RL", "AP", "IS"];

/** @param {number[]} shape */
export const stridesOf = (shape) => [shape[1] * shape[2], shape[2], 1];

/**
 * Where a plane begins in the flat values, and how far its neighbours are apart.
 * @param {Layout} layout
 * @param {number[]} shape
 * @param {number} index
 * @param {number[]} strides of the values; 0 along an axis of which they hold one plane
 * @returns {Steps}
 */
export function planeSteps(layout, shape, index, strides = stridesOf(shape)) {
  const rows = shape[layout.down];
  const columns = shape[layout.across];
  const down = strides[layout.down];
  const across = strides[layout.across];
  return {
    rows,
    columns,
    rowStep: layout.flip_down ? -down : down,
    columnStep: layout.flip_across ? -across : across,
    start:
      index * strides[layout.axis] +
      (layout.flip_down ? (rows - 1) * down : 0) +
      (layout.flip_across ? (columns - 1) * across : 0),
  };
}

/**
 * Array index of a picture's row and column.
 * @param {Layout} layout
 * @param {number[]} shape
 * @param {number} slice
 * @param {number} row
 * @param {number} column
 */
export function toIndex(layout, shape, slice, row, column) {
  const index = [0, 0, 0];
  index[layout.axis] = slice;
  index[layout.down] = layout.flip_down ? shape[layout.down] - 1 - row : row;
  index[layout.across] = layout.flip_across ? shape[layout.across] - 1 - column : column;
  return index;
}

/**
 * Row and column in the picture of an array index.
 * @param {Layout} layout
 * @param {number[]} shape
 * @param {number[]} index
 */
export function toPicture(layout, shape, index) {
  const row = index[layout.down];
  const column = index[layout.across];
  return [
    layout.flip_down ? shape[layout.down] - 1 - row : row,
    layout.flip_across ? shape[layout.across] - 1 - column : column,
  ];
}

/**
 * Millimetres in the patient (LPS+) of an array index.
 * @param {Affine} affine
 * @param {number[]} index
 */
export const applyAffine = (affine, index) =>
  [0, 1, 2].map((i) => affine[i][3] + index.reduce((sum, n, j) => sum + affine[i][j] * n, 0));

/**
 * The affine that does `second` and then `first`; 3 x 4 is enough.
 * @param {Affine} first
 * @param {Affine} second
 * @returns {Affine}
 */
export function compose(first, second) {
  /** @param {number} i @param {number} j */
  const cell = (i, j) =>
    [0, 1, 2].reduce((sum, k) => sum + first[i][k] * second[k][j], j === 3 ? first[i][3] : 0);
  return [0, 1, 2].map((i) => [0, 1, 2, 3].map((j) => cell(i, j)));
}

/**
 * The affine from millimetres back to indices.
 * @param {Affine} affine
 * @returns {Affine}
 */
export function invert(affine) {
  const [[a, b, c, x], [d, e, f, y], [g, h, i, z]] = affine;
  const cofactors = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  const size = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0];
  return cofactors.map((row) => {
    const scaled = row.map((v) => v / size);
    return [...scaled, -(scaled[0] * x + scaled[1] * y + scaled[2] * z)];
  });
}

// ------------------------------------------------------------ planes as they are shown

/** The nearest whole index; of two as near the higher, whatever the rounding before. @param {number} place */
export const nearest = (place) => Math.floor(place + 0.5 + 1e-6);

/**
 * From the indices of a grid to those of a stack.
 * @param {Layout} stack
 * @param {Affine} affine
 */
const intoStack = (stack, affine) => compose(inverseOf(stack), affine);

/**
 * The lowest and the highest index along each axis of a stack that a volume reaches.
 * @param {number[]} shape
 * @param {Affine} change from the volume's indices to the stack's
 */
function reachOf(shape, change) {
  const corners = Array.from({ length: 8 }, (_, bits) =>
    applyAffine(
      change,
      shape.map((n, axis) => ((bits >> axis) & 1) * (n - 1)),
    ),
  );
  const along = [0, 1, 2].map((axis) => corners.map((corner) => corner[axis]));
  return { low: along.map((n) => Math.min(...n)), high: along.map((n) => Math.max(...n)) };
}

/**
 * What follows from a stack alone, worked out once: every key asks for it, and no stack changes.
 * @template T
 * @param {(stack: Layout) => T} make
 * @returns {(stack: Layout) => T}
 */
function once(make) {
  /** @type {WeakMap<Layout, T>} */
  const known = new WeakMap();
  return (stack) => {
    const found = known.get(stack) ?? make(stack);
    known.set(stack, found);
    return found;
  };
}

/** Unit vectors (LPS+) to the right and down of the pictures of a stack. */
export const directions = once((stack) => {
  /** @param {number} axis @param {boolean} flip */
  const unit = (axis, flip) => {
    const step = [0, 1, 2].map((i) => stack.affine[i][axis] * (flip ? -1 : 1));
    const length = Math.hypot(...step);
    return step.map((n) => n / length);
  };
  return [unit(stack.across, stack.flip_across), unit(stack.down, stack.flip_down)];
});

/** From mm to the indices of a stack. */
export const inverseOf = once((stack) => invert(stack.affine));

/**
 * How the planes of a second volume are shown beside, or over, those of a first: `own` where
 * its pictures run along the same directions, else on the grid of `base`.
 * @param {Layout} base
 * @param {Layout} own
 * @param {number[]} shape of the second
 * @param {Affine} affine of the second
 * @returns {Layout}
 */
export function stackOn(base, own, shape, affine) {
  const [mine, theirs] = [directions(base), directions(own)];
  const sizes = [own.shape[own.across], own.shape[own.down]];
  const turned = mine.map((way, i) => Math.max(...way.map((n, j) => Math.abs(n - theirs[i][j]))));
  if (turned.every((part, i) => part * sizes[i] <= UNSEEN)) {
    return { ...own, thickness: base.thickness, projection: base.projection };
  }
  const reach = reachOf(shape, intoStack(base, affine));
  const low = reach.low.map(nearest);
  const size = reach.high.map((n, axis) => nearest(n) - low[axis] + 1);
  // Along its own axis a stack counts as the first does: a slice is the same in both.
  low[base.axis] = 0;
  size[base.axis] = base.shape[base.axis];
  const origin = applyAffine(base.affine, low);
  const moved = [0, 1, 2].map((i) => [...base.affine[i].slice(0, 3), origin[i]]);
  moved.push([0, 0, 0, 1]);
  return { ...base, shape: size, affine: moved, resampled: true };
}

/**
 * Whether a volume has anything on a plane of a stack, or in the slab around it.
 * @param {Layout} stack
 * @param {number[]} shape
 * @param {Affine} affine
 * @param {number} index
 */
export function reaches(stack, shape, affine, index) {
  const [low, high] = facesAlong(stack, shape, affine);
  const half = stack.thickness ? stack.thickness / 2 / length(stepOf(stack)) : 0;
  return low - half + 1e-6 < index && index < high + half - 1e-6;
}

/**
 * Where the outermost faces of a volume lie along the axis of a stack, as indices of it.
 * @param {Layout} stack
 * @param {number[]} shape
 * @param {Affine} affine
 */
function facesAlong(stack, shape, affine) {
  const change = intoStack(stack, affine)[stack.axis];
  const along = change.slice(0, 3);
  const middle = dot(along, middleOf(shape)) + change[3];
  const reach = dot(along.map(Math.abs), shape) / 2;
  return [middle - reach, middle + reach];
}

/** The index in the middle of a volume, fractions too. @param {number[]} shape */
const middleOf = (shape) => shape.map((n) => (n - 1) / 2);

// ------------------------------------------------------------------------------ slabs

/**
 * From a plane of a stack straight to the next one, along their normal, in mm (LPS+).
 * @param {Layout} stack
 */
export function stepOf(stack) {
  const normal = unit(cross(column(stack.affine, stack.down), column(stack.affine, stack.across)));
  return scaled(normal, dot(normal, column(stack.affine, stack.axis)));
}

/** Whether the planes of a stack are moved against each other, as those of a tilted gantry. @param {Layout} stack */
export function leans(stack) {
  const lean = minus(column(stack.affine, stack.axis), stepOf(stack));
  const moved = length(lean) * (stack.shape[stack.axis] - 1);
  return moved > UNSEEN * Math.min(...spacingOf(stack.affine));
}

/**
 * The planes of the slab around a plane, counted from that one: the first and the last of those
 * that a volume reaches.
 * @param {Layout} stack
 * @param {number[]} shape
 * @param {Affine} affine of the volume
 * @param {number} index of the plane in the middle
 */
export function slabOffsets(stack, shape, affine, index) {
  const half = Math.floor(stack.thickness / 2 / length(stepOf(stack)) + ON_BORDER);
  const [low, high] = facesAlong(stack, shape, affine);
  const first = Math.floor(low - index + 1e-6) + 1;
  const last = Math.ceil(high - index - 1e-6) - 1;
  return [Math.max(0 - half, first), Math.min(half, last)];
}

// ------------------------------------------------------------------------------ turned

/** The unit vector (LPS+) across the planes of a stack. */
export const normalOf = once((stack) => {
  const [right, down] = directions(stack);
  return unit(cross(right, down));
});

/**
 * Planes at right angles to a direction, through all of a volume: one goes through the point, the
 * others lie at steps of the smallest spacing from it, and the pixels are squares of that size.
 * @param {Layout} stack the planes of the volume that lie nearest to them
 * @param {number[]} shape
 * @param {Affine} affine of the volume
 * @param {number[]} normal unit vector, LPS+
 * @param {number[]} through (x, y, z) in mm
 * @returns {Layout}
 */
export function turnedStack(stack, shape, affine, normal, through) {
  const ways = [normal, ...turnedWays(stack, normal)];
  // As far as the faces of the outermost voxels: beyond them there is nothing.
  const reach = ways.map((way) => reachAlong(way, shape, affine));
  const step = Math.min(...spacingOf(affine));
  const pixel = Math.max(step, (2 * Math.max(reach[1], reach[2])) / MOST_PIXELS);
  const sizes = [step, pixel, pixel];
  const middle = applyAffine(affine, middleOf(shape));
  const along = dot(normal, minus(through, middle));
  const before = reach.map((mm, i) => Math.floor(mm / sizes[i] + 1e-6));
  const after = [...before];
  before[0] = Math.max(Math.floor((reach[0] + along) / step + 1e-6), 0);
  after[0] = Math.max(Math.floor((reach[0] - along) / step + 1e-6), 0);
  const order = [stack.axis, stack.down, stack.across];
  const counts = [0, 0, 0];
  const matrix = [0, 1, 2].map((i) => [0, 0, 0, middle[i] + normal[i] * along]);
  order.forEach((axis, n) => {
    counts[axis] = before[n] + after[n] + 1;
    for (let i = 0; i < 3; i++) {
      matrix[i][axis] = ways[n][i] * sizes[n];
      matrix[i][3] -= before[n] * matrix[i][axis];
    }
  });
  const plane = stack.name.replace(/^oblique /, "");
  const turned = {
    ...stack,
    flip_down: false,
    flip_across: false,
    spacing: [pixel, pixel],
    letters: [...lettersOf(ways[2]), ...lettersOf(ways[1])],
    shape: counts,
    affine: [...matrix, [0, 0, 0, 1]],
    resampled: true,
    turned: angle(normal, normalOf(stack)),
  };
  return { ...turned, name: nameOf(turned, plane) };
}

/**
 * Down and right on planes at right angles to a normal: down stays as far down as it can.
 * @param {Layout} stack
 * @param {number[]} normal
 */
function turnedWays(stack, normal) {
  const [right, before] = directions(stack);
  const down = unit(minus(before, scaled(normal, dot(normal, before))));
  const sideways = cross(down, normal);
  return [down, dot(sideways, right) > 0 ? sideways : scaled(sideways, -1)];
}

/**
 * How far the faces of a volume reach from its middle.
 * @param {number[]} way unit vector
 * @param {number[]} shape
 * @param {Affine} affine
 */
const reachAlong = (way, shape, affine) =>
  shape.reduce((sum, n, axis) => sum + n * Math.abs(dot(way, column(affine, axis))), 0) / 2;

/**
 * Letters at the start and the end of a direction.
 * @param {number[]} way unit vector
 */
function lettersOf(way) {
  const size = way.map(Math.abs);
  const first = size.indexOf(Math.max(...size));
  const rest = [0, 1, 2].filter((axis) => axis !== first);
  const second = size[rest[1]] > size[rest[0]] ? rest[1] : rest[0];
  const axes = size[second] > Math.sin((OBLIQUE * Math.PI) / 180) ? [first, second] : [first];
  return [false, true].map((end) =>
    axes.map((axis) => LETTERS[axis][way[axis] > 0 === end ? 1 : 0]).join(""),
  );
}

/**
 * The plane, "oblique" where its normal lies off the patient's axis.
 * @param {Layout} stack
 * @param {string} plane
 */
function nameOf(stack, plane) {
  const cosine = Math.abs(normalOf(stack)[2 - PLANES.indexOf(plane)]);
  return cosine < Math.cos((OBLIQUE * Math.PI) / 180) ? `oblique ${plane}` : plane;
}

/** Degrees between two lines along unit vectors. @param {number[]} a @param {number[]} b */
const angle = (a, b) => (Math.atan2(length(cross(a, b)), Math.abs(dot(a, b))) * 180) / Math.PI;

/**
 * The plane, of the three of a volume, whose normal is nearest to a direction.
 * @param {number[]} normal
 * @param {Record<string, Layout>} stacks by plane
 */
export function nearestPlane(normal, stacks) {
  const closeness = PLANES.map((plane) => Math.abs(dot(normalOf(stacks[plane]), normal)));
  const best = Math.max(...closeness) - 1e-9;
  return PLANES[closeness.findIndex((close) => close >= best)];
}

// ----------------------------------------------------------------------------- vectors

/** @param {Affine} affine @param {number} axis */
const column = (affine, axis) => [0, 1, 2].map((i) => affine[i][axis]);

/** @param {number[]} a @param {number[]} b */
export const dot = (a, b) => a.reduce((sum, n, i) => sum + n * b[i], 0);

/** @param {number[]} a @param {number[]} b */
export const cross = (a, b) => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** @param {number[]} a @param {number[]} b */
const minus = (a, b) => a.map((n, i) => n - b[i]);

/** @param {number[]} a @param {number} factor */
export const scaled = (a, factor) => a.map((n) => n * factor);

/** @param {number[]} a */
const length = (a) => Math.hypot(...a);

/** @param {number[]} a */
export const unit = (a) => scaled(a, 1 / length(a));

/** Distances in mm between slices (along their normal), rows and columns. @param {Affine} affine */
export function spacingOf(affine) {
  const [step, down, across] = [0, 1, 2].map((axis) => column(affine, axis));
  return [Math.abs(dot(step, unit(cross(across, down)))), length(down), length(across)];
}

/**
 * The plane of a stack that is nearest to a voxel of a volume; it may lie outside of the stack.
 * @param {Layout} stack
 * @param {Affine} affine of the volume
 * @param {number[]} index
 */
export const sliceAt = (stack, affine, index) =>
  nearest(applyAffine(intoStack(stack, affine), index)[stack.axis]);

/**
 * A cursor moved onto a plane of its volume's stack: the voxel that is nearest to it.
 * @param {Layout} stack
 * @param {number[]} shape of the volume
 * @param {Affine} affine of the volume
 * @param {number[]} cursor
 * @param {number} wanted
 */
export function cursorOn(stack, shape, affine, cursor, wanted) {
  const { axis } = stack;
  const change = intoStack(stack, affine);
  let moved = [...cursor];
  for (const others of aroundCursor(stack, shape, cursor)) {
    moved = [...others.slice(0, axis), 0, ...others.slice(axis)];
    moved[axis] = wanted - nearest(applyAffine(change, moved)[axis]);
    if (moved[axis] >= 0 && moved[axis] < shape[axis]) break;
  }
  moved[axis] = clamp(moved[axis], 0, shape[axis] - 1);
  return moved;
}

/**
 * Indices along the two other axes, from the cursor's away; its own alone on a volume's grid.
 * @param {Layout} stack
 * @param {number[]} shape
 * @param {number[]} cursor
 */
function* aroundCursor(stack, shape, cursor) {
  const [first, second] = [0, 1, 2].filter((other) => other !== stack.axis);
  if (!stack.resampled) {
    yield [cursor[first], cursor[second]];
    return;
  }
  for (const low of indicesFrom(cursor[second], shape[second])) {
    for (const high of indicesFrom(cursor[first], shape[first])) yield [high, low];
  }
}

/** The indices along an axis, those nearest to one first. @param {number} start @param {number} count */
function* indicesFrom(start, count) {
  for (let away = 0; away < count; away++) {
    if (start - away >= 0) yield start - away;
    if (away > 0 && start + away < count) yield start + away;
  }
}
