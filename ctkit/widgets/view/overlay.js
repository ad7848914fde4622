/**
 * What stands over a picture, and where each picture lies: decided here, and drawn by the
 * stage, the saved PNG and, in Python, the still picture. The reference is ctkit/overlay.py;
 * every name and number here is the same there.
 *
 * @typedef {import("./geometry.js").Grid} Grid
 * @typedef {import("./geometry.js").Layout} Layout
 * @typedef {import("./state.js").State} State
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
 * @typedef {{scale: number, boxes: {base: Box, over: Box|null, mask: Box|null}, texts: Text[],
 *   lines: Line[], label: string}} Overlay lengths in pixels of the stage
 */

import { applyAffine, invert, LETTERS, PLANES, toPicture } from "./geometry.js";
import { interrupt, MARGIN, stand } from "./lettering.js";

const PATIENT_AXIS = PLANES.map((_, i) => 2 - i);
const SIDES = ["left", "right", "top", "bottom"];

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
  const over = pane.over && state.blend !== "side by side" ? optional(pane.over) : null;
  return {
    plane,
    base,
    // A difference lies on the grid of the first.
    over: over && state.blend === "difference" ? { ...base, of: over.of } : over,
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
function picture(state, grids, plane, of) {
  const grid = gridOf(grids, of);
  const layout = grid.layouts[state.convention][plane];
  const index = cursorIn(state, grids, of)[layout.axis];
  const slice = index >= 0 && index < grid.shape[layout.axis] ? index : null;
  return { of, layout, slice, box: extent(layout, grid, slice ?? 0) };
}

/** @param {Grids} grids @param {string} of @returns {Grid} */
const gridOf = (grids, of) => /** @type {Grid} */ (grids[of]);

/**
 * The cursor of the first volume as an index of another, by millimetres; may lie outside.
 * @param {State} state
 * @param {Grids} grids
 * @param {string} of
 */
function cursorIn(state, grids, of) {
  if (of === "voxels") return state.cursor;
  const place = applyAffine(gridOf(grids, "voxels").affine, state.cursor);
  return applyAffine(invert(gridOf(grids, of).affine), place).map(Math.round);
}

/**
 * Where a picture lies in the patient, in mm to the right and down: its outer edges.
 * @param {Layout} layout
 * @param {Grid} grid
 * @param {number} slice
 * @returns {Box}
 */
export function extent(layout, grid, slice) {
  const corner = [0, 0, 0];
  corner[layout.axis] = slice;
  if (layout.flip_down) corner[layout.down] = grid.shape[layout.down] - 1;
  if (layout.flip_across) corner[layout.across] = grid.shape[layout.across] - 1;
  const place = applyAffine(grid.affine, corner);
  const [, right, , bottom] = layout.letters;
  return {
    left: towards(right, place) - layout.spacing[1] / 2,
    top: towards(bottom, place) - layout.spacing[0] / 2,
    width: grid.shape[layout.across] * layout.spacing[1],
    height: grid.shape[layout.down] * layout.spacing[0],
  };
}

/**
 * How far a place lies towards a side of the patient.
 * @param {string} letter
 * @param {number[]} place in LPS+ mm
 */
function towards(letter, place) {
  const axis = LETTERS.findIndex((pair) => pair.includes(letter));
  return LETTERS[axis][1] === letter ? place[axis] : -place[axis];
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
  const scale = Math.min(stage[0] / frame.width, stage[1] / frame.height);
  /** @param {Picture|null} picture */
  const place = (picture) => picture && placed(picture.box, frame, scale, stage);
  const boxes = {
    base: placed(base.box, frame, scale, stage),
    over: place(over),
    mask: place(mask),
  };
  /** @param {number[]} index */
  const onStage = (index) => stagePoint(index, base, gridOf(grids, base.of), boxes.base);
  const words = texts(state, grids, pane, shown, stage, scale);
  return {
    scale,
    boxes,
    texts: words,
    lines: [
      bar(stage, scale),
      cross(state, grids, onStage, base, stage, words),
      ...measures(state, shown, pane).map((mark) => markLine(mark, onStage)),
      curtain(state, over, stage, words),
      handle(state, over, stage),
    ].filter((line) => line !== null),
    label: label(state, grids, shown),
  };
}

/**
 * A box in mm as one on the stage, in the middle of which the frame lies.
 * @param {Box} box
 * @param {Box} frame
 * @param {number} scale
 * @param {number[]} stage
 * @returns {Box}
 */
function placed(box, frame, scale, stage) {
  return {
    left: (stage[0] - frame.width * scale) / 2 + (box.left - frame.left) * scale,
    top: (stage[1] - frame.height * scale) / 2 + (box.top - frame.top) * scale,
    width: box.width * scale,
    height: box.height * scale,
  };
}

/**
 * Where the middle of a voxel (fractions too) is on the stage.
 * @param {number[]} index
 * @param {Picture} picture
 * @param {Grid} grid
 * @param {Box} box of the picture on the stage
 * @returns {number[]} x, y
 */
function stagePoint(index, { layout }, grid, box) {
  const [row, column] = toPicture(layout, grid.shape, index);
  return [
    box.left + ((column + 0.5) * box.width) / grid.shape[layout.across],
    box.top + ((row + 0.5) * box.height) / grid.shape[layout.down],
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
 * Lines right across the stage through the cursor, or a small cross where it was put on a voxel.
 * @param {State} state
 * @param {Grids} grids
 * @param {(index: number[]) => number[]} onStage
 * @param {Picture} base
 * @param {number[]} stage
 * @param {Text[]} words
 * @returns {Line|null}
 */
function cross(state, grids, onStage, base, [wide, high], words) {
  const across = state.mode === "planes";
  if (!across && !isPinned(state, gridOf(grids, "voxels"))) return null;
  const [x, y] = onStage(cursorIn(state, grids, base.of));
  const [gap, ...ends] = across ? [8, 0, wide, 0, high] : [3, x - 9, x + 9, y - 9, y + 9];
  const rows = [
    [
      [ends[0], y],
      [x - gap, y],
    ],
    [
      [x + gap, y],
      [ends[1], y],
    ],
  ];
  const columns = [
    [
      [x, ends[2]],
      [x, y - gap],
    ],
    [
      [x, y + gap],
      [x, ends[3]],
    ],
  ];
  const paths = [...rows, ...columns];
  return { name: "cross", paths: across ? interrupt(paths, words) : paths };
}

/**
 * Whether the cursor has been put on a voxel of the plane: it opens on the middle one.
 * @param {State} state
 * @param {Grid} grid of the first volume
 */
export function isPinned(state, grid) {
  if (state.pinned) return true;
  const { down, across } = grid.layouts[state.convention][state.plane];
  return [down, across].some((axis) => state.cursor[axis] !== Math.floor(grid.shape[axis] / 2));
}

/**
 * Ruler and region, where they belong to this slice.
 * @param {State} state
 * @param {Pictures} shown
 * @param {Pane} pane
 */
function measures(state, { plane, base }, pane) {
  const marks = pane.first === "voxels" ? [state.ruler, state.roi] : [];
  return marks.filter((mark) => mark != null && mark.plane === plane && mark.slice === base.slice);
}

/**
 * @param {any} mark
 * @param {(index: number[]) => number[]} onStage
 * @returns {Line}
 */
function markLine(mark, onStage) {
  const [[x0, y0], [x1, y1]] = [onStage(mark.start), onStage(mark.end)];
  if ("mm" in mark)
    return {
      name: "ruler",
      paths: [
        [
          [x0, y0],
          [x1, y1],
        ],
      ],
    };
  if (mark.kind === "rectangle") {
    return {
      name: "roi",
      paths: [
        [
          [x0, y0],
          [x1, y0],
          [x1, y1],
          [x0, y1],
          [x0, y0],
        ],
      ],
    };
  }
  const ellipse = [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)];
  return { name: "roi", ellipse };
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
  const words = {
    ...letters(shown.base.layout),
    tl: placeText(state, grids, shown),
    tr: [nameText(state, grids, pane), ...notes(state, grids, pane)].filter(Boolean).join("\n"),
    bl: greyText(state, shown.over),
    br: `${barLength(stage[0] / scale)} mm`,
    measure: measures(state, shown, pane).flatMap(markText).join("\n"),
  };
  return stand(words, stage);
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
 * @param {State} state
 * @param {Grids} grids
 * @param {Pictures} shown
 */
function placeText(state, grids, { plane, base }) {
  const grid = gridOf(grids, base.of);
  const outside = base.slice === null;
  const where = positionText(grid, state.convention, plane, base.slice ?? 0);
  const last = grid.shape[base.layout.axis] - 1;
  return `${plane}  ${base.slice ?? 0} / ${last}\n${outside ? "outside of this volume" : where}`;
}

/**
 * Where a plane lies, as in "S 12.50 mm": towards which side, and how far.
 * @param {Grid} grid
 * @param {string} convention
 * @param {string} plane
 * @param {number} slice
 */
export function positionText(grid, convention, plane, slice) {
  const middle = grid.shape.map((n) => (n - 1) / 2);
  middle[grid.layouts[convention][plane].axis] = slice;
  const axis = PATIENT_AXIS[PLANES.indexOf(plane)];
  return `${sideText(axis, applyAffine(grid.affine, middle)[axis])} mm`;
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
    const limit = numberText(state.limit);
    return `${after} − ${before}\n−${limit} blue … orange +${limit} HU`;
  }
  const window = [
    `C ${numberText(state.center)}`,
    `W ${numberText(state.width)}`,
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
 * @param {Pane} pane
 */
function notes(state, grids, pane) {
  const alone = panes(state, grids).length === 1 || state.mode !== "compare";
  return [
    pane.first === "voxels" ? state.note : "",
    alone || pane.first === "second" ? state.busy : "",
  ];
}

/** @param {any} mark @returns {string[]} */
function markText(mark) {
  if ("mm" in mark) return [`ruler ${mark.mm.toFixed(1)} mm`];
  if (!mark.voxels) return [];
  const { mean, sd, minimum, maximum, area_mm2 } = mark;
  return [
    `mean ${mean.toFixed(1).replace("-", "−")}  SD ${sd.toFixed(1)} HU`,
    `${numberText(minimum)} to ${numberText(maximum)} HU  ${area_mm2.toFixed(0)} mm²`,
  ];
}

/**
 * The picture in one sentence, for those who don't see it.
 * @param {State} state
 * @param {Grids} grids
 * @param {Pictures} shown
 */
function label(state, grids, { plane, base }) {
  const grid = gridOf(grids, base.of);
  const slice = base.slice ?? 0;
  const name = presetName(state);
  return [
    `CT, ${plane} slice ${slice} of 0 to ${grid.shape[base.layout.axis] - 1}`,
    positionText(grid, state.convention, plane, slice),
    `center ${numberText(state.center)} width ${numberText(state.width)} HU`,
    ...(name ? [`${name} window`] : []),
    ...(state.invert ? ["inverted"] : []),
  ].join(", ");
}
