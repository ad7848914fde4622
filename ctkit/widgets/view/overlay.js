/**
 * What stands over a picture, and where each picture lies: decided here, and drawn by the
 * stage, the saved PNG and, in Python, the still picture. The reference is ctkit/overlay.py;
 * every name and number here is the same there.
 *
 * @typedef {import("./geometry.js").Grid} Grid
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {import("./state.js").State} State
 * @typedef {import("./marks.js").Mark} Mark
 *
 * @typedef {Record<string, Grid|null|undefined>} Grids "voxels", "second" and "overlay"
 * @typedef {{left: number, top: number, width: number, height: number}} Box
 * @typedef {{plane: string|null, first: string, over: string|null}} Pane the plane it keeps to,
 *   or null for that of the state; its volume; and the volume over it
 * @typedef {{of: string, layout: Layout, slice: number|null, box: Box}} Picture a plane of a
 *   volume: its slice, or null where it has none there; its box in mm to the right and down
 * @typedef {{plane: string, base: Picture, over: Picture|null, mask: Picture|null, frame: Box}} Pictures
 * @typedef {{place: string, text: string, x: number, y: number, align: string, base: string,
 *   size: number, weight: number}} Text
 * @typedef {{name: string, paths?: number[][][], ellipse?: number[]}} Line points as [x, y];
 *   an ellipse as left, top, right, bottom
 * @typedef {{base: number[], over: number[]}} Clips from which x to which each is seen
 * @typedef {{scale: number, boxes: {base: Box, over: Box|null, mask: Box|null}, ground: Box|null,
 *   clips: Clips, texts: Text[], lines: Line[], point: number[],
 *   crossings: import("./crossing.js").Crossing[], label: string}} Overlay lengths in pixels of the
 *   stage; the ground is seen where one of two volumes has nothing, the point is that of the
 *   cursor, and the crossings are the lines of other planes through it
 */

import { crossingLines, piecesOf } from "./crossing.js";
import { cutStack, indexThrough, NAMES } from "./cutting.js";
import {
  applyAffine,
  directions,
  inverseOf,
  LETTERS,
  PLANES,
  reaches,
  sliceAt,
  stackOn,
  toPicture,
} from "./geometry.js";
import { interrupt, MARGIN, stand, standBeside } from "./lettering.js";
import { REGIONS, sliceFinder } from "./marks.js";
import { fieldOf, placed } from "./zooming.js";

const PATIENT_AXIS = PLANES.map((_, i) => 2 - i);
const SIDES = ["left", "right", "top", "bottom"];
export const NOTHING = "no slice here";
/** A mark with more points has no grip at each. */
export const MOST_GRIPS = 4;
const MOST_NAMES = 6;

/**
 * The panes of a view.
 * @param {State} state
 * @param {Grids} grids
 * @returns {Pane[]}
 */
export function panes(state, grids) {
  const alone = { plane: null, first: "voxels", over: null };
  if (state.mode === "planes") return PLANES.map((plane) => ({ ...alone, plane }));
  if (state.mode !== "compare") return [alone];
  const both = state.blend === "side by side" && grids.second;
  const first = { ...alone, over: "second" };
  return both ? [first, { ...alone, first: "second" }] : [first];
}

/**
 * The pictures of a pane, and the frame in mm that they share: in a comparison, that of both.
 * @param {State} state
 * @param {Grids} grids
 * @param {Pane} pane
 * @returns {Pictures}
 */
export function pictures(state, grids, pane) {
  const plane = pane.plane ?? state.plane;
  /** @param {string} name */
  const optional = (name) => (grids[name] ? picture(state, grids, plane, name) : null);
  const base = picture(state, grids, plane, grids[pane.first] ? pane.first : "voxels");
  const other = state.mode === "compare" && optional(base.of === "voxels" ? "second" : "voxels");
  let over = pane.over && state.blend !== "side by side" ? optional(pane.over) : null;
  // A difference lies on the grid of the first.
  if (over && state.blend === "difference") {
    over = { ...base, of: over.of, slice: over.slice === null ? null : base.slice };
  }
  return {
    plane,
    base,
    over,
    mask: base.of === "voxels" ? optional("overlay") : null,
    frame: other ? union(base.box, other.box) : base.box,
  };
}

/**
 * @param {State} state
 * @param {Grids} grids
 * @param {string} plane
 * @param {string} of
 * @returns {Picture}
 */
export function picture(state, grids, plane, of) {
  const layout = layoutOf(state, grids, plane, of);
  const { shape, affine } = gridOf(grids, of);
  if (of === "voxels" && !layout.resampled) {
    const slice = state.cursor[layout.axis];
    return { of, layout, slice, box: extent(layout, slice) };
  }
  const first = gridOf(grids, "voxels");
  const index = sliceAt(layout, first.affine, indexThrough(state, first, plane));
  const inside = index >= 0 && index < layout.shape[layout.axis];
  const slice = inside && reaches(layout, shape, affine, index) ? index : null;
  return { of, layout, slice, box: extent(layout, slice ?? 0) };
}

/** @param {Grids} grids @param {string} of @returns {Grid} */
const gridOf = (grids, of) => /** @type {Grid} */ (grids[of]);

/**
 * The planes of a volume as they are shown: what is turned lies on those of the first.
 * @param {State} state
 * @param {Grids} grids
 * @param {string} plane
 * @param {string} of
 * @returns {Layout}
 */
export function layoutOf(state, grids, plane, of) {
  const base = cutStack(state, gridOf(grids, "voxels"), plane);
  if (of === "voxels") return base;
  const { layouts, shape, affine } = gridOf(grids, of);
  return stackOn(base, layouts[state.convention][plane], shape, affine);
}

/**
 * Where a picture lies, in mm along its own directions, right and down: its outer edges.
 * @param {Layout} layout
 * @param {number} slice
 * @returns {Box}
 */
export function extent(layout, slice) {
  const { shape, spacing } = layout;
  const corner = [0, 0, 0];
  corner[layout.axis] = slice;
  if (layout.flip_down) corner[layout.down] = shape[layout.down] - 1;
  if (layout.flip_across) corner[layout.across] = shape[layout.across] - 1;
  const place = applyAffine(layout.affine, corner);
  const [right, down] = directions(layout).map((way) =>
    way.reduce((sum, n, i) => sum + n * place[i], 0),
  );
  return {
    left: right - spacing[1] / 2,
    top: down - spacing[0] / 2,
    width: shape[layout.across] * spacing[1],
    height: shape[layout.down] * spacing[0],
  };
}

/**
 * The smallest rectangle that holds both.
 * @param {Box} a
 * @param {Box} b
 * @returns {Box}
 */
export function union(a, b) {
  const left = Math.min(a.left, b.left);
  const top = Math.min(a.top, b.top);
  const right = Math.max(a.left + a.width, b.left + b.width);
  const bottom = Math.max(a.top + a.height, b.top + b.height);
  return { left, top, width: right - left, height: bottom - top };
}

/**
 * All that stands over the pictures of a pane, on a stage of so many pixels.
 * @param {State} state
 * @param {Grids} grids
 * @param {Pane & {flickered?: boolean}} pane
 * @param {number[]} stage width and height
 * @returns {Overlay}
 */
export function describe(state, grids, pane, stage) {
  const shown = pictures(state, grids, pane);
  const { base, over, mask, frame } = shown;
  const field = fieldOf(state, base.layout, frame, stage);
  const { scale } = field;
  /** @param {Picture|null} picture */
  const place = (picture) => picture && placed(picture.box, field, stage);
  const boxes = {
    base: placed(base.box, field, stage),
    over: place(over),
    mask: place(mask),
  };
  const intoBase = inverseOf(base.layout);
  /** @param {number[]} place in mm */
  const onStage = (place) => stagePoint(applyAffine(intoBase, place), base, boxes.base);
  const marks = drawnOn(state, grids, shown).map((mark) => ({
    mark,
    places: mark.points.map(onStage),
  }));
  const words = texts(state, grids, pane, shown, stage, scale);
  const labels = marks
    .filter(({ places }) => isInSight(places, stage))
    .map(({ mark, places }) => ({ text: markLabel(state, mark), points: places }));
  words.push(...standBeside(labels, words, stage));
  const first = gridOf(grids, "voxels");
  const point = onStage(applyAffine(first.affine, indexThrough(state, first, shown.plane)));
  const crossings = crossingsOf(state, grids, shown.plane, point, stage);
  return {
    scale,
    boxes,
    ground: state.mode === "compare" ? placed(frame, field, stage) : null,
    clips: clips(state, pane, over, stage[0]),
    texts: words,
    lines: [
      bar(stage, scale),
      cross(state, grids, crossings, point, words),
      ...marks.map(({ mark, places }) => markLine(mark, places)),
      ...marks.filter(({ mark }) => isSelected(state, mark)).map(({ places }) => grips(places)),
      curtain(state, over, stage, words),
      handle(state, over, stage),
    ].filter((line) => line !== null),
    point,
    crossings,
    label: label(state, pane, shown),
  };
}

/**
 * From which x to which the base and the volume over it are seen: never one for the other.
 * @param {State} state
 * @param {Pane & {flickered?: boolean}} pane
 * @param {Picture|null} over
 * @param {number} wide
 * @returns {Clips}
 */
export function clips(state, pane, over, wide) {
  const [hidden, whole] = [
    [0, 0],
    [0, wide],
  ];
  if (!over) return { base: whole, over: hidden };
  if (state.blend === "curtain") {
    const x = state.curtain * wide;
    return { base: [0, x], over: [x, wide] };
  }
  const turned = state.blend === "difference" || pane.flickered;
  return turned ? { base: hidden, over: whole } : { base: whole, over: hidden };
}

/**
 * The picture that the words are about: of two that flicker, the one that is seen.
 * @param {State} state
 * @param {Pane & {flickered?: boolean}} pane
 * @param {Pictures} shown
 */
function front(state, pane, { base, over }) {
  return over && state.blend === "flicker" && pane.flickered ? over : base;
}

/**
 * Where the middle of a pixel (fractions too) of a stack is on the stage.
 * @param {number[]} index
 * @param {Picture} picture
 * @param {Box} box of the picture on the stage
 * @returns {number[]} x, y
 */
export function stagePoint(index, { layout }, box) {
  const [row, column] = toPicture(layout, layout.shape, index);
  return [
    box.left + ((column + 0.5) * box.width) / layout.shape[layout.across],
    box.top + ((row + 0.5) * box.height) / layout.shape[layout.down],
  ];
}

// ------------------------------------------------------------------------------- lines

/**
 * The scale bar, with a tick at each end.
 * @param {number[]} stage
 * @param {number} scale
 * @returns {Line}
 */
function bar([wide, high], scale) {
  const [x, y] = [wide - MARGIN, high - MARGIN];
  const from = x - barLength(wide / scale) * scale;
  return {
    name: "bar",
    paths: [
      [
        [from, y - 4],
        [from, y],
        [x, y],
        [x, y - 4],
      ],
    ],
  };
}

/**
 * The round length of a scale bar in a field of so many mm: about a quarter of it.
 * @param {number} field
 */
export function barLength(field) {
  const power = 10 ** Math.floor(Math.log10(field / 4));
  return Math.max(...[1, 2, 5].filter((step) => step * power <= field / 4)) * power;
}

/**
 * Where the two other planes of three cross one.
 * @param {State} state
 * @param {Grids} grids
 * @param {string} plane
 * @param {number[]} point
 * @param {number[]} stage
 */
function crossingsOf(state, grids, plane, point, stage) {
  if (state.mode !== "planes") return [];
  const first = gridOf(grids, "voxels");
  const stacks = PLANES.map((name) => [name, cutStack(state, first, name)]);
  return crossingLines(Object.fromEntries(stacks), plane, point, stage);
}

/**
 * Lines right across the stage through the cursor, or a small cross where it was put on a voxel.
 * @param {State} state
 * @param {Grids} grids
 * @param {import("./crossing.js").Crossing[]} crossings
 * @param {number[]} point
 * @param {Text[]} words
 * @returns {Line|null}
 */
function cross(state, grids, crossings, point, words) {
  if (state.mode === "planes") {
    const lines = crossings.flatMap((line) => piecesOf(line, point));
    return { name: "cross", paths: interrupt(lines, words) };
  }
  if (!isPinned(state, gridOf(grids, "voxels"))) return null;
  const [x, y] = point;
  const ends = [
    [-9, -3],
    [3, 9],
  ];
  const rows = ends.map((span) => span.map((far) => [x + far, y]));
  const columns = ends.map((span) => span.map((far) => [x, y + far]));
  return { name: "cross", paths: [...rows, ...columns] };
}

/**
 * Whether the cursor has been put on a voxel of the plane: it opens on the middle one.
 * @param {State} state
 * @param {Grid} grid of the first volume
 */
export function isPinned(state, grid) {
  if (state.pinned || state.normal) return Boolean(state.pinned);
  const { down, across } = grid.layouts[state.convention][state.plane];
  return [down, across].some((axis) => state.cursor[axis] !== Math.floor(grid.shape[axis] / 2));
}

/**
 * The marks that belong to this slice of the first volume, and are not hidden.
 * @param {State} state
 * @param {Grids} grids
 * @param {Pictures} shown
 * @returns {Mark[]}
 */
export function drawnOn(state, grids, { plane, base }) {
  const marks = (state.drawn ?? []).filter(({ visible }) => visible);
  if (base.slice === null || !marks.length) return [];
  const { layout, slice } = picture(state, grids, plane, "voxels");
  const sliceOf = sliceFinder(layout);
  return marks.filter((mark) => sliceOf(mark) === slice);
}

/**
 * Whether a mark lies on the stage, at least with a part of its box.
 * @param {number[][]} places
 * @param {number[]} stage
 */
function isInSight(places, stage) {
  return stage.every((end, i) => {
    const along = places.map((place) => place[i]);
    return Math.min(...along) <= end && Math.max(...along) >= 0;
  });
}

/** Whether this is the mark that a hand has chosen. @param {State} state @param {Mark} mark */
const isSelected = ({ selected, drawn }, mark) => selected != null && drawn[selected] === mark;

/**
 * A mark as a line through its points on the stage.
 * @param {Mark} mark
 * @param {number[][]} places
 * @returns {Line}
 */
function markLine({ kind }, places) {
  if (kind === "point") return { name: "point", paths: pointPaths(places[0]) };
  if (!REGIONS.includes(kind)) return { name: kind, paths: [places] };
  if (kind === "ellipse") return { name: "roi", ...ellipse(places) };
  return { name: "roi", paths: [[...places, places[0]]] };
}

/** A small cross that leaves its middle free, so that the voxel is seen. @param {number[]} place */
function pointPaths([x, y]) {
  const ways = [
    [1, 1],
    [1, -1],
    [-1, 1],
    [-1, -1],
  ];
  return ways.map(([a, b]) => [
    [x + 2 * a, y + 2 * b],
    [x + 7 * a, y + 7 * b],
  ]);
}

/**
 * The ellipse in a box: level, or as a line with 64 corners where the box is turned.
 * @param {number[][]} corners
 */
function ellipse([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]) {
  const level =
    Math.abs(x0 - x3) + Math.abs(y0 - y1) < 0.01 || Math.abs(x0 - x1) + Math.abs(y0 - y3) < 0.01;
  if (level) {
    return { ellipse: [Math.min(x0, x2), Math.min(y0, y2), Math.max(x0, x2), Math.max(y0, y2)] };
  }
  const corners = [
    [x0, y0],
    [x1, y1],
    [x2, y2],
    [x3, y3],
  ];
  return { paths: [ellipseLine(corners)] };
}

/** The ellipse in a box as a closed line with 64 corners. @param {number[][]} corners */
export function ellipseLine([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]) {
  const middle = [(x0 + x2) / 2, (y0 + y2) / 2];
  const first = [(x1 - x0) / 2, (y1 - y0) / 2];
  const second = [(x3 - x0) / 2, (y3 - y0) / 2];
  return Array.from({ length: 65 }, (_, n) => {
    const [a, b] = [Math.cos((Math.PI * n) / 32), Math.sin((Math.PI * n) / 32)];
    return middle.map((m, i) => m + a * first[i] + b * second[i]);
  });
}

/**
 * What a mark is taken by: a small square at each point; of a freehand line none.
 * @param {number[][]} places
 * @returns {Line}
 */
function grips(places) {
  const wanted = places.length <= MOST_GRIPS ? places : [];
  const sides = [
    [-4, -4],
    [4, -4],
    [4, 4],
    [-4, 4],
    [-4, -4],
  ];
  return { name: "grip", paths: wanted.map(([x, y]) => sides.map(([a, b]) => [x + a, y + b])) };
}

/**
 * The edge of the curtain; of the second volume only what lies right of it is seen.
 * @param {State} state
 * @param {Picture|null} over
 * @param {number[]} stage
 * @param {Text[]} words
 * @returns {Line|null}
 */
function curtain(state, over, [wide, high], words) {
  const x = curtainAt(state, over, wide);
  if (x === null) return null;
  const line = [
    [x, 0],
    [x, high],
  ];
  const sides = words.filter(({ place }) => SIDES.includes(place));
  return { name: "curtain", paths: interrupt([line], sides) };
}

/**
 * What the curtain is taken by: it can be taken anywhere, and this says so.
 * @param {State} state
 * @param {Picture|null} over
 * @param {number[]} stage
 * @returns {Line|null}
 */
function handle(state, over, [wide, high]) {
  const [x, y] = [curtainAt(state, over, wide), high / 2];
  return x === null ? null : { name: "handle", ellipse: [x - 7, y - 11, x + 7, y + 11] };
}

/**
 * @param {State} state
 * @param {Picture|null} over
 * @param {number} wide
 */
export const curtainAt = (state, over, wide) =>
  over && state.blend === "curtain" ? state.curtain * wide : null;

// ------------------------------------------------------------------------------- texts

/**
 * @param {State} state
 * @param {Grids} grids
 * @param {Pane & {flickered?: boolean}} pane
 * @param {Pictures} shown
 * @param {number[]} stage
 * @param {number} scale
 * @returns {Text[]}
 */
function texts(state, grids, pane, shown, stage, scale) {
  const seen = front(state, pane, shown);
  const above = [nameText(state, grids, pane), ...notes(state, grids, pane, shown)];
  const words = {
    ...letters(seen.layout),
    tl: placeText(shown.plane, seen),
    tr: join(above),
    bl: greyText(state, shown.over),
    br: `${barLength(stage[0] / scale)} mm`,
    measure: join(told(state, grids, shown).map((mark) => markText(state, mark))),
    nothing: nothingText(seen, shown.over, clips(state, pane, shown.over, stage[0])),
  };
  const found = stand(words, stage);
  // Where the second has nothing.
  if (state.blend === "curtain" && shown.over) {
    found[found.length - 1].x = (stage[0] * (1 + state.curtain)) / 2;
  }
  return found;
}

/** @param {string[]} lines */
const join = (lines) => lines.filter(Boolean).join("\n");

/**
 * Said where a volume that is to be seen has no slice.
 * @param {Picture} seen
 * @param {Picture|null} over
 * @param {Clips} parts
 */
function nothingText(seen, over, parts) {
  const missing = over && over.slice === null && parts.over[1] > parts.over[0];
  return missing || seen.slice === null ? NOTHING : "";
}

/**
 * The patient's sides at the four sides of a picture.
 * @param {Layout} layout
 */
function letters(layout) {
  const [left, right, top, bottom] = layout.letters;
  return { left, right, top, bottom };
}

/**
 * The plane, its slice and where it lies.
 * @param {string} plane
 * @param {Picture} seen
 */
function placeText(plane, { layout, slice }) {
  if (slice === null) return `${layout.name}\n${NOTHING}`;
  const last = layout.shape[layout.axis] - 1;
  const where = positionText(layout, plane, slice);
  return join([`${layout.name}  ${slice} / ${last}`, where, slabText(layout)]);
}

/**
 * What a slab is called: "MIP 10 mm", or nothing of a plane alone.
 * @param {Layout} layout
 */
export const slabText = ({ thickness, projection }) =>
  thickness ? `${NAMES[projection]} ${numberText(thickness)} mm` : "";

/**
 * Where a plane lies, as in "S 12.50 mm": towards which side, and how far.
 * @param {Layout} layout
 * @param {string} plane
 * @param {number} slice
 */
export function positionText(layout, plane, slice) {
  const middle = layout.shape.map((n) => (n - 1) / 2);
  middle[layout.axis] = slice;
  const axis = PATIENT_AXIS[PLANES.indexOf(plane)];
  return `${sideText(axis, applyAffine(layout.affine, middle)[axis])} mm`;
}

/**
 * A length along a patient axis, as in "S 12.50".
 * @param {number} axis 0 x, 1 y, 2 z
 * @param {number} millimetres
 */
export function sideText(axis, millimetres) {
  const size = Math.floor(Math.abs(millimetres) * 100 + 0.5) / 100;
  return `${LETTERS[axis][millimetres >= 0 || size === 0 ? 1 : 0]} ${size.toFixed(2)}`;
}

/**
 * A number with at most two decimals.
 * @param {number} value
 */
export const numberText = (value) =>
  Number.isNaN(value) ? "…" : String(Math.round(value * 100) / 100).replace("-", "−");

/**
 * A value of a voxel as it is: HU with two decimals, what is none with six digits.
 * @param {number|undefined} value undefined where it has not come yet
 * @param {string} unit
 */
export function valueText(value, unit) {
  if (value === undefined || value === null) return "…";
  if (!Number.isFinite(value)) return "no number";
  return unit ? `${numberText(value)} ${unit}` : preciseText(value);
}

/**
 * A number with six digits.
 * @param {number} value
 */
export const preciseText = (value) => String(Number(value.toPrecision(6))).replace("-", "−");

/**
 * Center or width of the window, as fine as the values are.
 * @param {State} state
 * @param {"center"|"width"} name
 */
export const windowText = (state, name) =>
  unitOf(state) ? numberText(state[name]) : preciseText(state[name]);

/** @param {State} state */
const presetName = (state) => state.presets[state.preset_index - 1]?.[0] ?? "";

/**
 * What the greys mean: the window, or of a difference its colours.
 * @param {State} state
 * @param {Picture|null} over
 */
function greyText(state, over) {
  if (over && state.blend === "difference") {
    const [before, after] = state.names;
    const limit = preciseText(state.limit);
    return `${after} − ${before}\n−${limit} blue … orange +${limit}${space(unitOf(state))}`;
  }
  const window = [
    `C ${windowText(state, "center")}`,
    `W ${windowText(state, "width")}`,
    presetName(state),
  ];
  return [...window, state.invert ? "inverted" : ""].filter(Boolean).join("  ");
}

/**
 * Which of two volumes this is.
 * @param {State} state
 * @param {Grids} grids
 * @param {Pane & {flickered?: boolean}} pane
 */
function nameText(state, grids, pane) {
  if (state.mode !== "compare" || !grids.second) return "";
  const [before, after] = state.names;
  if (state.blend === "side by side") return pane.first === "second" ? after : before;
  if (state.blend === "curtain") return `${before} | ${after}`;
  if (state.blend === "flicker") return pane.flickered ? after : before;
  return "difference";
}

/**
 * What is to be known of this picture: of two, the second is the one being worked on.
 * @param {State} state
 * @param {Grids} grids
 * @param {Pane & {flickered?: boolean}} pane
 * @param {Pictures} shown
 */
function notes(state, grids, pane, shown) {
  const alone = panes(state, grids).length === 1 || state.mode !== "compare";
  return [
    resampledText(seenOf(state, pane, shown).at(-1)),
    pane.first === "voxels" ? state.note : "",
    alone || pane.first === "second" ? state.busy : "",
  ];
}

/**
 * The pictures that are seen: behind a curtain two.
 * @param {State} state
 * @param {Pane & {flickered?: boolean}} pane
 * @param {Pictures} shown
 */
function seenOf(state, pane, shown) {
  const seen = front(state, pane, shown);
  const both = shown.over && ["curtain", "difference"].includes(state.blend);
  return both && shown.over ? [seen, shown.over] : [seen];
}

/**
 * What is to be known of the pictures that are seen, for the sentence.
 * @param {State} state
 * @param {Pane & {flickered?: boolean}} pane
 * @param {Pictures} shown
 */
function ofSecond(state, pane, shown) {
  const last = /** @type {Picture} */ (seenOf(state, pane, shown).at(-1));
  const missing = last.slice === null && shown.base.slice !== null && last !== shown.base;
  return [resampledText(last), missing ? `${state.names[1]}: ${NOTHING}` : ""];
}

/**
 * How a picture was made whose pixels are no voxels.
 * @param {Picture} [seen]
 */
function resampledText(seen) {
  if (!seen?.layout.resampled) return "";
  const { of, layout } = seen;
  if (layout.turned) return `turned by ${layout.turned.toFixed(1)}°`;
  return of === "voxels" ? "resampled upright" : "resampled on these planes";
}

/**
 * Of the marks on this slice the selected one, or else the last ruler and the last region.
 * @param {State} state
 * @param {Grids} grids
 * @param {Pictures} shown
 */
function told(state, grids, shown) {
  const here = drawnOn(state, grids, shown);
  const chosen = here.filter((mark) => isSelected(state, mark));
  if (chosen.length) return chosen;
  const rulers = here.filter(({ kind }) => kind === "ruler");
  const regions = here.filter(({ kind }) => REGIONS.includes(kind));
  return [...rulers.slice(-1), ...regions.slice(-1)];
}

/** What stands at a mark: its name and its number. @param {State} state @param {Mark} mark */
export const markLabel = (state, mark) =>
  `${mark.name} ${numberOf(mark, unitOf(state))}`.replace(/^ +| +$/g, "");

/** @param {any} mark @param {string} unit */
export function numberOf(mark, unit) {
  if (mark.kind === "ruler") return `${mark.mm.toFixed(1)} mm`;
  if (mark.kind === "angle") return `${mark.degrees.toFixed(1)}°`;
  const means = [mark.mean, mark.after?.mean].filter((mean) => mean != null);
  // The value of one voxel is told as it is.
  const digits = mark.kind === "point" ? 2 : 1;
  const texts = means.map((mean) => meanText(mean, unit, digits));
  const value = texts.length ? `${texts.join(" → ")}${space(unit)}` : "";
  if (mark.kind === "point") return value;
  return [value && `mean ${value}`, areaText(mark)].filter(Boolean).join("  ");
}

/** All that a mark says. @param {State} state @param {any} mark */
function markText(state, mark) {
  if (!REGIONS.includes(mark.kind)) return markLabel(state, mark);
  if (!("difference" in mark)) return join([mark.slab, ...regionLines(mark, unitOf(state))]);
  const [before, after] = state.names;
  const parts = [
    [before, mark],
    [after, mark.after],
    ["difference", mark.difference],
  ];
  return join([mark.slab, ...parts.map(([name, part]) => regionLine(name, part, unitOf(state)))]);
}

/**
 * The statistics of a region in one volume.
 * @param {any} found
 * @param {string} unit
 */
function regionLines(found, unit) {
  if (!found.voxels) return [missingText(found)];
  const [lowest, highest] = [found.minimum, found.maximum].map((n) => meanText(n, unit, 2));
  return [
    meanWords(found, unit),
    `${lowest} to ${highest}${space(unit)}  ${areaText(found)}`,
    missingText(found),
  ];
}

/**
 * The statistics of a region in one of two volumes, or in their difference.
 * @param {string} name
 * @param {any} found
 * @param {string} unit
 */
function regionLine(name, found, unit) {
  if (!found || !(found.voxels || found.missing)) return `${name}: ${NOTHING}`;
  const words = found.voxels ? meanWords(found, unit) : "";
  const area = `${areaText(found)}  n ${found.voxels}`;
  return `${name}: ${[words, area, missingText(found)].filter(Boolean).join("  ")}`;
}

/** @param {any} found @param {string} unit */
const meanWords = ({ mean, sd }, unit) =>
  `mean ${meanText(mean, unit, 1)}  SD ${meanText(sd, unit, 1)}${space(unit)}`;

/**
 * A statistic: of HU with so many decimals, or as it is where they are at most two.
 * @param {number} value
 * @param {string} unit
 * @param {number} digits
 */
function meanText(value, unit, digits) {
  if (!unit) return preciseText(value);
  return digits === 2 ? numberText(value) : value.toFixed(1).replace("-", "−");
}

/** The unit of the values; "" where they are no HU. @param {State} state */
export const unitOf = (state) => state.unit ?? "HU";

/** @param {string} unit */
const space = (unit) => (unit ? ` ${unit}` : "");

/** @param {any} found */
const areaText = ({ area_mm2 }) => `${area_mm2.toFixed(0)} mm²`;

/** How many of the voxels are left out. @param {any} found */
const missingText = ({ missing, voxels }) =>
  missing ? `${missing} of ${missing + voxels} voxels are no number` : "";

/**
 * The picture in one sentence, for those who don't see it.
 * @param {State} state
 * @param {Pane & {flickered?: boolean}} pane
 * @param {Pictures} shown
 */
function label(state, pane, shown) {
  const seen = front(state, pane, shown);
  const { layout, slice } = seen;
  const name = presetName(state);
  const last = layout.shape[layout.axis] - 1;
  return [
    `CT, ${layout.name}${slice === null ? `: ${NOTHING}` : ` slice ${slice} of 0 to ${last}`}`,
    slice === null ? "" : positionText(layout, shown.plane, slice),
    slabText(layout),
    ...ofSecond(state, pane, shown),
    `center ${windowText(state, "center")} width ${windowText(state, "width")}${space(unitOf(state))}`,
    name ? `${name} window` : "",
    state.invert ? "inverted" : "",
    labelsText(state, shown),
    zoomText(state),
  ]
    .filter(Boolean)
    .join(", ");
}

/**
 * The names of the labels that are to be seen; a mask alone has none.
 * @param {State} state
 * @param {Pictures} shown
 */
function labelsText({ labels = [] }, { mask }) {
  if (!mask || mask.slice === null) return "";
  const names = labels.filter(({ visible }) => visible).map(({ name }) => name);
  if (!names.length || (names.length === 1 && names[0] === "mask")) return "";
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
  return `labels: ${names.slice(0, MOST_NAMES).join(", ")}${more}`;
}

/** How much larger a picture is than it fits. @param {State} state */
const zoomText = ({ zoom = 1 }) => (zoom === 1 ? "" : `zoom ${numberText(zoom)}`);
