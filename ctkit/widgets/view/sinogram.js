/**
 * A slice beside its sinogram: the point that a hand moves in one is a curve in the other. The
 * reference of the rules is ctkit/widgets/sinogram.py.
 *
 * @typedef {import("./state.js").Model} Model
 * @typedef {[number, number]} Point row and column
 */

import { make, makeSvg, setAttribute, setText } from "./dom.js";
import { clamp } from "./numbers.js";

const TRAITS = ["row", "column", "direction"];

/** @param {number} degrees @returns {[number, number]} cosine and sine */
const turn = (degrees) => [
  Math.cos((degrees * Math.PI) / 180),
  Math.sin((degrees * Math.PI) / 180),
];

/**
 * Which element of the detector a point lies before.
 * @param {Point} point
 * @param {number} degrees
 * @param {number} size of the picture in pixels
 * @returns {number}
 */
export function elementAt([row, column], degrees, size) {
  const [cos, sin] = turn(degrees);
  const middle = Math.floor(size / 2);
  return cos * (column - middle) - sin * (row - middle) + middle;
}

/**
 * The nearest point whose ray from this direction meets another element: across the rays, and back
 * to where all directions see it.
 * @param {Point} point
 * @param {number} degrees
 * @param {number} element
 * @param {number} size
 * @returns {Point}
 */
export function pointOn(point, degrees, element, size) {
  const [cos, sin] = turn(degrees);
  const middle = Math.floor(size / 2);
  const from = element - middle;
  // How far along the ray the point lies from the ray's own middle.
  const along = sin * (point[1] - middle) + cos * (point[0] - middle);
  const most = Math.sqrt(Math.max((middle - 1) ** 2 - from ** 2, 0));
  const kept = clamp(along, -most, most);
  return [middle - sin * from + cos * kept, middle + cos * from + sin * kept];
}

/** @param {Point} point @param {number} size @returns {Point} within what all directions see */
export function within([row, column], size) {
  const middle = Math.floor(size / 2);
  const far = Math.hypot(row - middle, column - middle);
  const share = far > middle - 1 ? (middle - 1) / far : 1;
  return [middle + (row - middle) * share, middle + (column - middle) * share];
}

/** What draws each view of a model. */
export function createSinogram() {
  return {
    initialize: () => () => {},
    /** @param {{model: Model, el: HTMLElement}} context */
    render: ({ model, el }) => {
      const pair = new Pair(model, el);
      return () => pair.close();
    },
  };
}

/** Numbers of a trait of bytes. @param {Model} model @param {string} name */
function floats(model, name) {
  const { buffer, byteOffset, byteLength } = model.get(name);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

class Pair {
  /** @param {Model} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    this.size = model.get("size");
    this.directions = model.get("directions");
    this.hu = floats(model, "hu");
    this.integrals = floats(model, "integrals");
    this.root = make("div", "ctkit-view ctkit-sinogram", el);
    const row = make("div", "ctkit-pair", this.root);
    this.slice = this.stage(row, "greys", this.size, "slice: click a point");
    this.shadows = this.stage(row, "shadow_greys", this.directions, "sinogram: click a ray");
    for (const text of ["0°", "direction of the rays", "180°"]) {
      make("span", "", this.shadows.label).textContent = text;
    }
    this.ray = makeSvg("line", { class: "ctkit-ray" }, this.slice.over);
    this.point = this.dot(this.slice.over, "ctkit-point");
    this.curve = makeSvg("path", { class: "ctkit-point" }, this.shadows.over);
    this.meets = this.dot(this.shadows.over, "ctkit-ray");
    this.words = make("div", "ctkit-probe", this.root, { "aria-live": "polite" });
    this.hand(this.slice, (x, y) => this.toPoint(x, y), [1, 1]);
    this.hand(this.shadows, (x, y) => this.toRay(x, y), [this.size / this.directions, 1]);
    /** @type {() => void} */
    this.draw = () => this.show();
    for (const name of TRAITS) model.on(`change:${name}`, this.draw);
    this.show();
  }

  close() {
    for (const name of TRAITS) this.model.off(`change:${name}`, this.draw);
    this.root.remove();
  }

  /** A picture with room to draw over it. @param {Element} parent @param {string} name @param {number} width @param {string} title */
  stage(parent, name, width, title) {
    const figure = make("div", "ctkit-half", parent);
    make("div", "ctkit-half-title", figure).textContent = title;
    const stage = make("div", "ctkit-stage", figure);
    const look = { tabindex: 0, role: "img" };
    const canvas = make("canvas", "ctkit-image ctkit-half-picture", stage, look);
    canvas.width = width;
    canvas.height = this.size;
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const pixels = pen.createImageData(width, this.size);
    const greys = this.model.get(name);
    for (let i = 0; i < width * this.size; i++) {
      pixels.data.fill(greys.getUint8(i), 4 * i, 4 * i + 3);
      pixels.data[4 * i + 3] = 255;
    }
    pen.putImageData(pixels, 0, 0);
    // One unit a pixel of the slice, on both pictures.
    const box = `0 0 ${this.size} ${this.size}`;
    const attributes = { class: "ctkit-over", viewBox: box, preserveAspectRatio: "none" };
    const over = makeSvg("svg", attributes, stage);
    const label = make("div", "ctkit-half-label", figure);
    return { canvas, over, label };
  }

  /** @param {Element} over @param {string} name */
  dot(over, name) {
    return makeSvg("circle", { class: name, r: String(this.size / 60) }, over);
  }

  /**
   * A press, a drag or the arrows on a picture.
   * @param {{canvas: HTMLElement}} half
   * @param {(x: number, y: number) => void} go to a place in units of the drawing
   * @param {[number, number]} steps of an arrow to the right and down
   */
  hand({ canvas }, go, [right, down]) {
    /** @param {PointerEvent} event */
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      const x = clamp((event.clientX - box.left) / box.width, 0, 1) * this.size;
      go(x, clamp((event.clientY - box.top) / box.height, 0, 1) * this.size);
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      at(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) at(event);
    });
    canvas.addEventListener("keydown", (event) => {
      const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      const way = ways[/** @type {keyof typeof ways} */ (event.key)];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation();
      const [x, y] = canvas === this.slice.canvas ? this.placeOfPoint() : this.placeOfRay();
      go(x + way[0] * right, y + way[1] * down);
    });
  }

  /** @returns {[number, number]} */
  placeOfPoint() {
    const [row, column] = this.at();
    return [column + 0.5, row + 0.5];
  }

  /** @returns {[number, number]} */
  placeOfRay() {
    const degrees = this.model.get("direction");
    return [(degrees / 180) * this.size, elementAt(this.at(), degrees, this.size) + 0.5];
  }

  /** @returns {Point} */
  at() {
    return [this.model.get("row"), this.model.get("column")];
  }

  /** @param {number} x @param {number} y */
  toPoint(x, y) {
    this.set(within([Math.round(y - 0.5), Math.round(x - 0.5)], this.size));
  }

  /** @param {number} x @param {number} y */
  toRay(x, y) {
    const degrees = clamp((x / this.size) * 180, 0, 180);
    const most = Math.floor(this.size / 2) - 1;
    const middle = Math.floor(this.size / 2);
    const element = clamp(y - 0.5, middle - most, middle + most);
    this.model.set("direction", degrees);
    this.set(pointOn(this.at(), degrees, element, this.size));
  }

  /** @param {Point} point */
  set([row, column]) {
    this.model.set("row", row);
    this.model.set("column", column);
    this.show();
    this.model.save_changes();
  }

  show() {
    const { size } = this;
    const degrees = this.model.get("direction");
    const [row, column] = this.at();
    const [x, y] = this.placeOfPoint();
    const [cos, sin] = turn(degrees);
    const ends = { x1: x - 2 * size * sin, y1: y - 2 * size * cos };
    const others = { x2: x + 2 * size * sin, y2: y + 2 * size * cos };
    for (const [name, value] of Object.entries({ ...ends, ...others })) {
      setAttribute(this.ray, name, String(value));
    }
    place(this.point, x, y);
    place(this.meets, ...this.placeOfRay());
    const places = Array.from({ length: 181 }, (_, angle) => {
      const up = elementAt([row, column], angle, size) + 0.5;
      return `${((angle / 180) * size).toFixed(2)} ${up.toFixed(2)}`;
    });
    setAttribute(this.curve, "d", `M${places.join("L")}`);
    const text = this.said(row, column, degrees);
    setText(this.words, text);
    for (const { canvas } of [this.slice, this.shadows]) setAttribute(canvas, "aria-label", text);
  }

  /** @param {number} row @param {number} column @param {number} degrees */
  said(row, column, degrees) {
    const { size, directions } = this;
    const [r, c] = [row, column].map((n) => clamp(Math.round(n), 0, size - 1));
    const element = elementAt([row, column], degrees, size);
    const k = Math.min(Math.round((degrees / 180) * directions), directions - 1);
    const i = clamp(Math.round(element), 0, size - 1);
    const share = 100 * Math.exp(-this.integrals[i * directions + k]);
    const mm = (element - Math.floor(size / 2)) * this.model.get("step");
    const arrive = share < 10 ? share.toPrecision(2) : share.toFixed(0);
    return [
      `row ${r}, column ${c}: ${Math.round(this.hu[r * size + c])} HU`,
      `${degrees.toFixed(0)}°, ${mm.toFixed(1)} mm: ${arrive} % of the photons arrive`,
    ].join("   ");
  }
}

/** @param {Element} dot @param {number} x @param {number} y */
function place(dot, x, y) {
  setAttribute(dot, "cx", String(x));
  setAttribute(dot, "cy", String(y));
}
