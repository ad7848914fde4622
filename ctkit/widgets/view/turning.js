/**
 * What a hand does to turn a plane: by handles on the lines of the cursor, by a drag with the tool
 * in hand, and by keys.
 *
 * @typedef {import("./viewer.js").Viewer} Viewer
 * @typedef {import("./pane.js").Pane} Pane
 * @typedef {import("./state.js").State} State
 * @typedef {{plane: string, point: number[], from: number, axes: number[][], normal: number[]}} Turn
 *   which plane a drag turns: around which point of the stage it goes, and from which angle, about
 *   which axes (LPS+), and the plane's normal before
 * @typedef {{clientX: number, clientY: number}} Point of the page
 */

import { cutStack, isTurned, throughOf, voxelAt } from "./cutting.js";
import { makeSvg, setAttribute } from "./dom.js";
import { cross, directions, dot, nearestPlane, normalOf, scaled, unit } from "./geometry.js";

const OUT = 0.82; // of the way from the cursor to the edge, where a handle is
const LEAST = 36; // pixels from the cursor: nearer there is none
const REACH = 12; // pixels around a handle
const RADIUS = 5;
const PER_PIXEL = 0.3; // degrees of a drag with the tool in hand
const STEP = 1; // degrees of a key
const DEGREE = Math.PI / 180;

/**
 * A vector turned about an axis.
 * @param {number[]} vector
 * @param {number[]} axis of length 1
 * @param {number} degrees from `a` to `b` where the axis is a x b
 */
export function turnedAbout(vector, axis, degrees) {
  const [cosine, sine] = [Math.cos(degrees * DEGREE), Math.sin(degrees * DEGREE)];
  const beside = cross(axis, vector);
  const along = dot(axis, vector) * (1 - cosine);
  return unit(vector.map((n, i) => n * cosine + beside[i] * sine + axis[i] * along));
}

export class Turning {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** @type {Map<Pane, SVGCircleElement[]>} */
    this.circles = new Map();
  }

  // ---- handles

  /** Rings on the lines of the cursor, seen while the pointer is over the picture. @param {Pane} pane */
  draw(pane) {
    const handles = this.handlesOf(pane);
    const circles = this.circles.get(pane) ?? [];
    this.circles.set(pane, circles);
    while (circles.length < handles.length) {
      const ring = makeSvg("circle", { class: "ctkit-turn", r: String(RADIUS) }, pane.marks);
      circles.push(/** @type {any} */ (ring));
    }
    circles.forEach((circle, i) => {
      setAttribute(circle, "display", handles[i] ? "inline" : "none");
      if (!handles[i]) return;
      const [x, y] = handles[i].at;
      setAttribute(circle, "cx", x.toFixed(1));
      setAttribute(circle, "cy", y.toFixed(1));
    });
  }

  /**
   * Where the lines of the cursor can be taken. While a plane is turned it is the only one: another
   * one would bring it back.
   * @param {Pane} pane
   */
  handlesOf({ overlay }) {
    if (!overlay) return [];
    const { viewer } = this;
    const { normal, convention } = viewer.hand.inSight();
    const turned = normal && nearestPlane(normal, viewer.first.layouts[convention]);
    return overlay.crossings
      .filter(({ plane }) => !turned || plane === turned)
      .flatMap(({ plane, way, span }) =>
        span
          .map((end) => end * OUT)
          .filter((far) => Math.abs(far) >= LEAST)
          .map((far) => ({ plane, at: overlay.point.map((n, i) => n + far * way[i]) })),
      );
  }

  /**
   * The plane whose handle lies at a point of the page.
   * @param {Pane} pane
   * @param {Point & {pointerType?: string}} event
   */
  planeAt(pane, event) {
    const [x, y] = pointOn(pane, event);
    const reach = event.pointerType === "touch" ? 2 * REACH : REACH;
    return this.handlesOf(pane).find(({ at }) => Math.hypot(at[0] - x, at[1] - y) <= reach)?.plane;
  }

  /** @param {Pane} pane @param {Point|null} event */
  hover(pane, event) {
    const near = event !== null && this.planeAt(pane, event) !== undefined;
    pane.stage.classList.toggle("ctkit-near-turn", near);
  }

  // ---- drags

  /**
   * What a press begins to turn; null where it takes no handle and the tool is another one.
   * @param {Pane} pane
   * @param {PointerEvent} event
   * @returns {Turn|null}
   */
  begin(pane, event) {
    const plane = this.planeAt(pane, event);
    const { overlay } = pane;
    if (plane === undefined || !overlay) {
      return this.viewer.tool === "turn" ? this.whole(pane) : null;
    }
    const [x, y] = pointOn(pane, event);
    const from = Math.atan2(y - overlay.point[1], x - overlay.point[0]) / DEGREE;
    const axes = [normalOf(this.stackOf(this.planeOf(pane)))];
    return { plane, point: overlay.point, from, axes, normal: this.normalOf(plane) };
  }

  /** The plane of a pane, about its own directions. @param {Pane} pane @returns {Turn} */
  whole(pane) {
    const plane = this.planeOf(pane);
    const stack = this.stackOf(plane);
    const [right, down] = directions(stack);
    return { plane, point: [], from: 0, axes: [down, right], normal: this.normalOf(plane) };
  }

  /** @param {Pane} pane */
  planeOf(pane) {
    return pane.wanted.plane ?? this.viewer.state.plane;
  }

  /** Across a plane, in the sense in which it was turned. @param {string} plane */
  normalOf(plane) {
    const { normal } = this.viewer.state;
    const across = normalOf(this.stackOf(plane));
    return normal && dot(normal, across) < 0 ? scaled(across, -1) : across;
  }

  /** @param {string} plane */
  stackOf(plane) {
    return cutStack(this.viewer.state, this.viewer.first, plane);
  }

  /**
   * What a drag changes.
   * @param {Turn} turn
   * @param {Pane} pane
   * @param {Point} event
   * @param {number} right pixels since it began
   * @param {number} down
   * @returns {Partial<State>}
   */
  patchOf(turn, pane, event, right, down) {
    if (turn.axes.length > 1) return this.turnBy(turn, [right * PER_PIXEL, -down * PER_PIXEL]);
    const [x, y] = pointOn(pane, event);
    const to = Math.atan2(y - turn.point[1], x - turn.point[0]) / DEGREE;
    return this.turnBy(turn, [((((to - turn.from + 180) % 360) + 360) % 360) - 180]);
  }

  /**
   * A plane turned about its axes by so many degrees, as far as it stays the nearest of the three:
   * beyond, it would be another one.
   * @param {Turn} turn
   * @param {number[]} degrees
   * @returns {Partial<State>}
   */
  turnBy({ plane, axes, normal }, degrees) {
    const { viewer } = this;
    const stacks = viewer.first.layouts[viewer.state.convention];
    const turned = (/** @type {number} */ part) =>
      axes.reduce((way, axis, i) => turnedAbout(way, axis, part * degrees[i]), normal);
    return { normal: turned(furthest((part) => nearestPlane(turned(part), stacks) === plane)) };
  }

  // ---- keys

  /** The plane of the active pane by a degree. @param {number[]} steps to the right and down */
  turn([right, down]) {
    return this.viewer.hand.set(
      this.turnBy(this.whole(this.viewer.active), [right * STEP, -down * STEP]),
    );
  }

  /**
   * The cursor moved on a turned plane; null where the plane is not turned.
   * @param {number[]} steps pixels to the right and down
   * @returns {{through: number[], cursor: number[]}|null}
   */
  moved([right, down]) {
    const { state, first, active } = this.viewer;
    const plane = this.planeOf(active);
    if (!isTurned(state, first, plane)) return null;
    const { spacing } = this.stackOf(plane);
    const ways = directions(this.stackOf(plane));
    const step = scaled(ways[0], right * spacing[1]).map(
      (n, i) => n + down * spacing[0] * ways[1][i],
    );
    const before = throughOf(state, first);
    const after = before.map((n, i) => n + step[i]);
    const through = first.indexAt(after) ? after : before;
    return { through, cursor: voxelAt(through, first) };
  }
}

/**
 * Where a point of the page is on the stage.
 * @param {Pane} pane
 * @param {Point} event
 */
function pointOn({ stage }, { clientX, clientY }) {
  const { left, top } = stage.getBoundingClientRect();
  return [clientX - left, clientY - top];
}

/**
 * How far from 0 to 1 something holds, beginning at 0.
 * @param {(part: number) => boolean} holds
 */
function furthest(holds) {
  if (holds(1)) return 1;
  let [low, high] = [0, 1];
  for (let time = 0; time < 24; time++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
