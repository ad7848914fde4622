/** Drawing marks and taking hold of them: by a drag, by a finger, or at the cursor. */

import { indexThrough, isTurned, throughOf } from "./cutting.js";
import { directions, nearestPlane, normalOf, sliceAt, turnedStack } from "./geometry.js";

import {
  boxBetween,
  COUNTS,
  freeName,
  middleOf,
  minus,
  placeOn,
  REGIONS,
  sliceOf,
  whereIs,
} from "./marks.js";
import { measureMark } from "./measuring.js";
import { clamp } from "./numbers.js";
import { drawnOn, ellipseLine, layoutOf, MOST_GRIPS, picture, slabText } from "./overlay.js";

/**
 * @typedef {import("./viewer.js").Viewer} Viewer
 * @typedef {import("./pane.js").Pane} Pane
 * @typedef {import("./marks.js").Mark} Mark
 * @typedef {import("./state.js").State} State
 * @typedef {Partial<State>} Patch
 * @typedef {{plane: string, layout: import("./geometry.js").Layout, slice: number}} Ground
 *   what is drawn on
 * @typedef {{pane: Pane, list: Mark[], number: number, start: number[], path: number[][],
 *   grip: number|null, before: Mark|null, chosen: number|null, ends: boolean}} Grab what a pointer has
 *   taken: the list as it was, and in it the mark's number; one of its points or all of it, or
 *   none yet; and whether it is the last arm of an angle
 */

const NEAR_GRIP = { mouse: 12, touch: 18 }; // pixels: a target of at least 24
const NEAR_LINE = { mouse: 5, touch: 12 };
const STEP = 3; // pixels between two points of a freehand line
const SMALLEST = 0.5; // mm: half of the smallest region that the keys make
const LARGEST = 200;

/** The names of the tools that draw. */
export const DRAWING = ["ruler", "angle", "point", ...REGIONS];

export class Marking {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** The number of the mark that is chosen. @type {number|null} */
    this.selected = null;
    /** Whether the arrows move it. */
    this.steering = false;
    /** An angle whose second arm is still to come. @type {Grab|null} */
    this.open = null;
  }

  /** The marks as they are in sight. @returns {Mark[]} */
  get drawn() {
    return this.viewer.hand.held?.drawn ?? this.viewer.model.get("drawn") ?? [];
  }

  /** Whether the tool in hand draws, or an angle waits for its second arm. */
  get isDrawing() {
    return this.open !== null || DRAWING.includes(this.viewer.tool);
  }

  /** The mark that is chosen. */
  get chosen() {
    return this.selected === null ? null : (this.drawn[this.selected] ?? null);
  }

  /** A state that says which mark is chosen. @param {State} state @returns {State} */
  withSelected(state) {
    if (this.selected !== null && this.selected >= (state.drawn ?? []).length) {
      this.selected = null;
      this.steering = false;
    }
    return { ...state, selected: this.selected };
  }

  /** @param {number|null} number @param {boolean} steering */
  select(number, steering = false) {
    this.selected = number;
    this.steering = steering && number !== null;
    this.viewer.redraw();
    return true;
  }

  // ---- by a pointer

  /**
   * What a press takes hold of; null where it is none of the marks' business.
   * @param {PointerEvent} event
   * @param {Pane} pane
   * @returns {Grab|null}
   */
  take(event, pane) {
    const list = this.drawn;
    const start = pane.millimetresAt(event);
    const common = { pane, list, start, path: [start], chosen: this.selected, ends: false };
    if (this.open) return { ...this.open, ends: true };
    const hit = this.hit(event, pane);
    if (hit) return { ...common, ...hit, before: list[hit.number] };
    if (!DRAWING.includes(this.viewer.tool)) return null;
    return { ...common, number: list.length, grip: null, before: null };
  }

  /**
   * The mark under a pointer: its number, and the point of it that is near.
   * @param {{clientX: number, clientY: number, pointerType?: string}} event
   * @param {Pane} pane
   * @returns {{number: number, grip: number|null}|null}
   */
  hit(event, pane) {
    const kind = event.pointerType === "touch" ? "touch" : "mouse";
    const at = pane.stagePointAt(event);
    const marks = this.inSight(pane);
    // The chosen one first, then those that lie on top.
    marks.sort((a, b) => Number(b.number === this.selected) - Number(a.number === this.selected));
    for (const { number, places } of marks) {
      const grips = places.length > MOST_GRIPS ? [] : places;
      const apart = grips.map(([x, y]) => Math.hypot(x - at[0], y - at[1]));
      const nearest = Math.min(...apart);
      if (nearest <= NEAR_GRIP[kind]) return { number, grip: apart.indexOf(nearest) };
    }
    const on = marks.find(({ mark, places }) => distance(mark, places, at) <= NEAR_LINE[kind]);
    return on ? { number: on.number, grip: null } : null;
  }

  /** The marks in a pane with where their points are, the last one first. @param {Pane} pane */
  inSight(pane) {
    if (!pane.shown || !pane.overlay) return [];
    const state = { ...this.viewer.state, drawn: this.drawn };
    const here = drawnOn(pane.inSight(state), this.viewer.sources, pane.shown);
    return here.reverse().map((mark) => ({
      mark,
      number: this.drawn.indexOf(mark),
      places: mark.points.map((point) => pane.stageAt(point)),
    }));
  }

  /** A pointer moves with nothing in its hand. @param {PointerEvent} event @param {Pane} pane */
  hover(event, pane) {
    if (this.open && event.pointerType !== "touch") {
      this.viewer.hand.hold(this.moved({ ...this.open, ends: true }, event));
    }
    const hit = this.open ? null : this.hit(event, pane);
    pane.stage.classList.toggle("ctkit-near-mark", hit !== null);
  }

  /**
   * What a drag makes of what was taken.
   * @param {Grab} grab
   * @param {{clientX: number, clientY: number}} event
   * @returns {Patch}
   */
  moved(grab, event) {
    const { pane, list, number, before } = grab;
    this.selected = number;
    const place = pane.millimetresAt(event);
    const ground = before && !grab.ends ? this.groundOf(before, pane) : this.ground(pane);
    const mark = grab.ends
      ? { ...this.newMark("angle", list), points: [...grab.path.slice(0, 2), place] }
      : before
        ? changed(before, grab, place)
        : this.drawing(grab, place, ground, event);
    return { drawn: list.toSpliced(number, 1, this.finished(mark, ground)) };
  }

  /**
   * The mark that is being drawn.
   * @param {Grab} grab
   * @param {number[]} place
   * @param {Ground} ground
   * @param {{clientX: number, clientY: number}} event
   */
  drawing({ pane, list, start, path }, place, ground, event) {
    const mark = this.newMark(this.viewer.tool, list);
    if (mark.kind === "freehand") {
      const last = pane.stageAt(path[path.length - 1]);
      const at = pane.stagePointAt(event);
      if (Math.hypot(at[0] - last[0], at[1] - last[1]) >= STEP) path.push(place);
      return { ...mark, points: atLeastThree(path) };
    }
    return { ...mark, points: pointsBetween(mark.kind, start, place, ground) };
  }

  /**
   * The pointer lets go.
   * @param {Grab} grab
   * @param {PointerEvent} event
   * @param {boolean} moved
   * @returns {boolean} whether the press meant a mark, and not the voxel under it
   */
  release(grab, event, moved) {
    const angle = this.viewer.tool === "angle" && !grab.before && !grab.ends;
    this.open = null;
    if (angle && moved) {
      const end = grab.pane.millimetresAt(event);
      this.open = { ...grab, path: [grab.start, end] };
      return true;
    }
    if (grab.ends || (this.viewer.tool === "point" && !grab.before)) {
      this.viewer.hand.set(this.moved(grab, event));
      return true;
    }
    if (!moved) this.select(grab.before ? grab.number : null);
    return moved || grab.before !== null;
  }

  /** Give up an angle that has but one arm. @returns {boolean} whether there was one */
  cancel() {
    const { open } = this;
    if (!open) return false;
    this.open = null;
    this.selected = null;
    return this.viewer.hand.set({ drawn: open.list });
  }

  // ---- marks

  /**
   * What a pane is drawn on: the plane and slice of the first volume that are in sight there.
   * @param {Pane} pane
   * @returns {Ground}
   */
  ground(pane) {
    const { state, sources, first } = this.viewer;
    const plane = pane.wanted.plane ?? state.plane;
    const { layout, slice } = picture(state, sources, plane, "voxels");
    return {
      plane,
      layout,
      slice: slice ?? sliceAt(layout, first.affine, indexThrough(state, first, plane)),
    };
  }

  /**
   * The plane and slice of a mark: those of a pane that shows it, or else its own.
   * @param {Mark} mark
   * @param {Pane} pane
   * @returns {Ground}
   */
  groundOf(mark, pane) {
    const ground = this.ground(pane);
    const slice = sliceOf(mark, ground.layout);
    return slice === null ? this.ownGround(mark) : { ...ground, slice };
  }

  /**
   * The plane of a mark: one of the three, or turned; as thick as what is shown.
   * @param {Mark} mark
   * @returns {Ground}
   */
  ownGround(mark) {
    const { state, first } = this.viewer;
    const { slab: thickness = 0, projection = "max" } = state;
    const stacks = first.layouts[state.convention];
    const place = whereIs(mark, stacks);
    if (place) return { ...place, layout: { ...stacks[place.plane], thickness, projection } };
    const plane = nearestPlane(mark.normal, stacks);
    const { shape, affine } = first;
    const middle = middleOf(mark.points);
    const turned = turnedStack(stacks[plane], shape, affine, mark.normal, middle);
    const slice = sliceOf(mark, turned) ?? 0;
    return { plane, layout: { ...turned, thickness, projection }, slice };
  }

  /**
   * What was measured in sight belongs to the slab that is shown; where the hand holds nothing, and
   * the picture is there.
   */
  keepMeasured() {
    const { hand, shown, state } = this.viewer;
    const late = shown.some((pane) => pane.waiting || pane.isPreview);
    if (hand.held || this.open || late || state.slab === undefined) return;
    const list = [...this.drawn];
    for (const pane of shown) {
      for (const { mark, number } of this.inSight(pane)) {
        if (mark.voxels === undefined || (mark.slab ?? "") === slabText(this.ground(pane).layout)) {
          continue;
        }
        list[number] = this.finished(mark, this.groundOf(mark, pane));
      }
    }
    if (list.some((mark, number) => mark !== this.drawn[number])) hand.set({ drawn: list });
  }

  /** @param {string} kind @param {Mark[]} list */
  newMark(kind, list) {
    return { kind, name: freeName(kind, list), visible: true, points: [], normal: [] };
  }

  /**
   * A mark on its slice, with its numbers.
   * @param {Mark} mark
   * @param {Ground} ground
   * @returns {Mark}
   */
  finished(mark, { plane, layout, slice }) {
    const { state, sources, first } = this.viewer;
    const points = mark.points.map((point) => placeOn(layout, point, slice));
    const { kind, name, visible } = mark;
    const shape = { kind, name, visible, points, normal: normalOf(layout) };
    const { second } = sources;
    const on = second ? layoutOf(state, sources, plane, "second") : null;
    return { ...shape, ...measureMark(first, shape, layout, slice, second, on) };
  }

  /**
   * Marks that come back, measured anew: the second volume may be another one by now. Of a large
   * volume not all planes are here, and the numbers stay.
   * @param {Mark[]} list
   */
  measured(list) {
    const { first, sources } = this.viewer;
    if (!first.all || !sources.second?.all) return list;
    return list.map((mark) => this.finished(mark, this.ownGround(mark)));
  }

  /**
   * One mark of the list replaced by what it becomes, on the slice where it lies.
   * @param {number} number
   * @param {(mark: Mark, ground: Ground) => number[][]} pointsOf
   */
  change(number, pointsOf) {
    const mark = this.drawn[number];
    const ground = this.groundOf(mark, this.viewer.active);
    const next = this.finished({ ...mark, points: pointsOf(mark, ground) }, ground);
    return this.viewer.hand.set({ drawn: this.drawn.toSpliced(number, 1, next) });
  }

  /** Add a mark to the list. @param {string} kind @param {number[][]} points @param {Ground} ground */
  add(kind, points, ground) {
    const mark = this.finished({ ...this.newMark(kind, this.drawn), points }, ground);
    this.selected = this.drawn.length;
    return this.viewer.hand.set({ drawn: [...this.drawn, mark] });
  }

  /** Remove the chosen mark; where none is, all. */
  remove() {
    const rest = this.selected === null ? [] : this.drawn.toSpliced(this.selected, 1);
    this.selected = null;
    this.steering = false;
    this.open = null;
    return this.viewer.hand.set({ drawn: rest });
  }

  // ---- without a pointer

  /** The next mark, or the one before, with its slice. @param {number} step */
  next(step) {
    const count = this.drawn.length;
    if (!count) return false;
    const from = this.selected ?? (step > 0 ? -1 : count);
    return this.jump((from + step + count) % count, true);
  }

  /** Choose a mark and show its slice. @param {number} number @param {boolean} steering */
  jump(number, steering = false) {
    const { state, first } = this.viewer;
    const mark = this.drawn[number];
    const place = whereIs(mark, first.layouts[state.convention]);
    this.select(number, steering);
    if (!place) return this.turnTo(mark);
    const normal = isTurned(state, first, place.plane) ? null : state.normal;
    this.viewer.hand.set({ plane: place.plane, normal });
    return this.viewer.goTo(place.slice);
  }

  /** Show the oblique plane of a mark. @param {Mark} mark */
  turnTo({ points, normal }) {
    return this.viewer.hand.set({ normal, through: middleOf(points) });
  }

  /** Move the chosen mark by pixels of the picture. @param {number} right @param {number} down */
  nudge(right, down) {
    if (!this.steering || this.selected === null || !this.chosen) return false;
    return this.change(this.selected, ({ points }, { layout }) => {
      const [across, along] = directions(layout);
      const [rows, columns] = layout.spacing;
      return points.map((point) =>
        point.map((n, i) => n + right * columns * across[i] + down * rows * along[i]),
      );
    });
  }

  /**
   * Make a region larger or smaller on all sides: the chosen one, or the last on this slice.
   * @param {number} more millimetres
   */
  grow(more) {
    const here = this.inSight(this.viewer.active).filter(({ mark }) => COUNTS[mark.kind] === 4);
    const one = here.find(({ number }) => number === this.selected) ?? here[0];
    if (!one) return false;
    this.selected = one.number;
    return this.change(one.number, ({ points }) => grown(points, more));
  }
}

/** Without a mouse: marks set point by point at the cursor. */
export class Walk {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** The points that are set. @type {number[][]|null} */
    this.points = null;
    /** @type {Mark[]} */
    this.list = [];
    this.kind = "";
  }

  /** Set a point at the cursor. @returns {boolean} whether a tool that draws is in hand */
  set() {
    const { tool, marking } = this.viewer;
    if (!DRAWING.includes(tool)) return false;
    const place = this.here();
    if (COUNTS[tool] === 4) return this.box(tool, place);
    if (!this.points || this.kind !== tool) this.begin(tool);
    const points = /** @type {number[][]} */ (this.points);
    const last = points[points.length - 1];
    const again = last?.every((n, i) => Math.abs(n - place[i]) < 1e-6);
    if (!again || tool !== "freehand") points.push(place);
    const patch = this.to(place);
    const ends = COUNTS[tool] ? points.length === COUNTS[tool] : again && points.length > 2;
    if (ends) this.points = null;
    marking.selected = this.list.length;
    return this.viewer.hand.set({ pinned: true, ...patch });
  }

  /** @param {string} tool */
  begin(tool) {
    this.kind = tool;
    this.points = [];
    this.list = this.viewer.marking.drawn;
  }

  /** A region of 20 mm. @param {string} kind @param {number[]} place */
  box(kind, place) {
    const { marking, active } = this.viewer;
    const ground = marking.ground(active);
    const [right, down] = directions(ground.layout);
    const [start, end] = [-10, 10].map((mm) => place.map((n, i) => n + mm * (right[i] + down[i])));
    return marking.add(kind, boxBetween(start, end, [right, down]), ground);
  }

  /** The mark as far as a place in mm, where one has begun. @param {number[]} place @returns {Patch|null} */
  to(place) {
    if (!this.points) return null;
    const { marking, active } = this.viewer;
    const count = COUNTS[this.kind] ?? Math.max(this.points.length + 1, 3);
    const points = Array.from({ length: count }, (_, i) => this.points?.[i] ?? place);
    const mark = { ...marking.newMark(this.kind, this.list), points };
    return { drawn: [...this.list, marking.finished(mark, marking.ground(active))] };
  }

  /** Where the cursor is, in mm. */
  here() {
    return throughOf(this.viewer.state, this.viewer.first);
  }

  /** @returns {boolean} whether there was one */
  cancel() {
    if (!this.points) return false;
    this.points = null;
    this.viewer.marking.selected = null;
    return this.viewer.hand.set({ drawn: this.list });
  }
}

/**
 * The points of a mark that is drawn from one place to another.
 * @param {string} kind
 * @param {number[]} start
 * @param {number[]} end
 * @param {Ground} ground
 */
function pointsBetween(kind, start, end, { layout, slice }) {
  if (kind === "point") return [end];
  if (kind === "ruler") return [start, end];
  if (kind === "angle") return [start, end, end];
  // A box has right angles on its own plane: its corners go there first.
  const [from, to] = [start, end].map((place) => placeOn(layout, place, slice));
  return boxBetween(from, to, directions(layout));
}

/** @param {number[][]} path */
const atLeastThree = (path) => [...path, ...Array(Math.max(3 - path.length, 0)).fill(path[0])];

/**
 * A mark of which one point, or all of it, is dragged.
 * @param {Mark} mark
 * @param {Grab} grab
 * @param {number[]} pointer
 * @returns {Mark}
 */
function changed(mark, { grip, start }, pointer) {
  const { points } = mark;
  const way = minus(pointer, start);
  if (grip === null) {
    return { ...mark, points: points.map((point) => point.map((n, i) => n + way[i])) };
  }
  // A finger takes a point from beside it, and the point doesn't leap there.
  const place = points[grip].map((n, i) => n + way[i]);
  if (COUNTS[mark.kind] !== 4) return { ...mark, points: points.with(grip, place) };
  // The corner across stays where it is.
  const across = points[(grip + 2) % 4];
  const side =
    unit(minus(points[(grip + 1) % 4], points[grip])) ??
    unit(minus(points[(grip + 3) % 4], points[grip]));
  return side ? { ...mark, points: boxBetween(across, place, [side]) } : mark;
}

/** @param {number[]} way */
function unit(way) {
  const length = Math.hypot(...way);
  return length > 1e-6 ? way.map((n) => n / length) : null;
}

/** A box that is larger on all sides by so many mm. @param {number[][]} points @param {number} more */
function grown(points, more) {
  const middle = points[0].map((n, i) => (n + points[2][i]) / 2);
  const [first, second] = [1, 3].map((i) => minus(points[i], points[0]).map((n) => n / 2));
  const [u, v] = [first, second].map((half) => {
    const length = Math.hypot(...half);
    const wanted = clamp(length + more, Math.min(length, SMALLEST), LARGEST);
    return half.map((n) => (n * wanted) / (length || 1));
  });
  const corners = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ];
  return corners.map(([a, b]) => middle.map((n, i) => n + a * u[i] + b * v[i]));
}

/**
 * How far a place on the stage is from the line of a mark, in pixels.
 * @param {Mark} mark
 * @param {number[][]} places
 * @param {number[]} at
 */
function distance({ kind }, places, at) {
  const closed = REGIONS.includes(kind);
  const line = kind === "ellipse" ? ellipseLine(places) : closed ? [...places, places[0]] : places;
  const parts = line.slice(1).map((end, i) => toPiece(line[i], end, at));
  return Math.min(...parts, Infinity);
}

/** @param {number[]} start @param {number[]} end @param {number[]} at */
function toPiece(start, end, at) {
  const [dx, dy] = minus(end, start);
  const [x, y] = minus(at, start);
  const part = clamp((x * dx + y * dy) / (dx * dx + dy * dy || 1), 0, 1);
  return Math.hypot(x - part * dx, y - part * dy);
}
