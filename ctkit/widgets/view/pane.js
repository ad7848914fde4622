/**
 * A stage: a plane of one volume, its mask, perhaps a second volume over it, and the marks.
 *
 * @typedef {import("./state.js").State} State
 * @typedef {import("./overlay.js").Picture} Picture
 * @typedef {Record<string, import("./parts/voxels.js").Source|null>} Sources
 * @typedef {{id: string, packed: Uint32Array}} Table
 */

import { make, makeSvg, setAttribute, setText } from "./dom.js";
import { planeSteps, toIndex } from "./geometry.js";
import { Layer, percent } from "./layer.js";
import { clamp } from "./numbers.js";
import { curtainAt, describe, pictures } from "./overlay.js";
import { differenceTable, fillDifference, fillMask, fillPlane } from "./pictures.js";

const PLACES = ["tl", "tr", "bl", "br", "left", "right", "top", "bottom", "measure"];

export class Pane {
  /** @param {Element} parent @param {import("./overlay.js").Pane} wanted */
  constructor(parent, wanted) {
    this.wanted = { ...wanted, flickered: false };
    this.stage = make("div", "ctkit-stage", parent);
    this.base = new Layer(this.stage, "ctkit-image");
    this.top = new Layer(this.stage, "ctkit-image-over");
    this.maskLayer = new Layer(this.stage, "ctkit-mask");
    this.canvas = this.base.canvas;
    this.marks = makeSvg("svg", { class: "ctkit-marks", "aria-hidden": "true" }, this.stage);
    /** @type {Record<string, SVGPathElement>} */
    this.paths = {};
    /** @type {Record<string, SVGPathElement>} */
    this.halos = {};
    this.texts = this.addTexts();
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    // JupyterLab's shortcuts are caught before the keys get here.
    this.canvas.dataset.lmSuppressShortcuts = "true";
    this.wide = 1;
    this.high = 1;
    this.placed = this.clipped = "";
    /** @type {number|null} */
    this.curtainAt = null;
    /** @type {Uint32Array|null} */
    this.colours = null;
    /** @type {import("./overlay.js").Pictures|null} */
    this.shown = null;
    /** @type {import("./overlay.js").Overlay|null} */
    this.overlay = null;
    /** @type {Sources|null} */
    this.sources = null;
  }

  /** @returns {Record<string, HTMLElement>} */
  addTexts() {
    const hidden = { "aria-hidden": "true" };
    const text = (/** @type {string} */ place) =>
      make("div", `ctkit-text ctkit-${place}`, this.stage, hidden);
    return Object.fromEntries(PLACES.map((place) => [place, text(place)]));
  }

  /** Keep the size of the stage: reading it while drawing would lay the whole page out anew. */
  keepSize() {
    this.wide = this.stage.clientWidth || 1;
    this.high = this.stage.clientHeight || 1;
    // On paper it keeps its shape: no script lays it out anew there.
    this.stage.style.setProperty("--ctkit-shape", `${this.wide} / ${this.high}`);
  }

  // ---- the pictures

  /**
   * Draw the pictures of a state; only what has changed is done again.
   * @param {State} state
   * @param {Sources} sources
   * @param {Table} table
   */
  paint(state, sources, table) {
    this.sources = sources;
    this.shown = pictures(state, sources, this.wanted);
    this.paintGreys(this.base, this.shown.base, state, table);
    this.paintMask(this.shown.mask, state);
    this.paintOver(this.shown.over, state, table);
  }

  get source() {
    return this.sourceOf(this.shown?.base.of ?? "voxels");
  }

  /** @param {string} name */
  sourceOf(name) {
    const source = this.sources?.[name];
    if (!source) throw new Error(`the voxels of "${name}" are not there`);
    return source;
  }

  /**
   * @param {Layer} layer
   * @param {Picture} picture
   * @param {State} state
   * @param {Table} table
   */
  paintGreys(layer, { of, layout, slice }, state, table) {
    layer.show(slice !== null);
    const source = this.sourceOf(of);
    const held = slice === null ? null : source.plane(layout.axis, slice);
    if (slice === null || !held) return;
    const wanted = [this.shown?.plane, slice, state.convention, table.id, source.id].join();
    const steps = planeSteps(layout, source.shape, slice, held.strides);
    layer.paint(wanted, steps, (pixels) => fillPlane(pixels, held.values, table.packed, steps));
  }

  /**
   * The mask, on the grid of the picture or on one of its own.
   * @param {Picture|null} mask
   * @param {State} state
   */
  paintMask(mask, { opacity, outline, convention }) {
    const slice = mask?.slice ?? null;
    const source = mask && this.sourceOf(mask.of);
    const held = slice === null || !source ? null : source.plane(mask.layout.axis, slice);
    this.maskLayer.show(held !== null);
    if (!held || !source || slice === null) return;
    const wanted = [this.shown?.plane, slice, convention, opacity, outline, source.id].join();
    const steps = planeSteps(mask.layout, source.shape, slice, held.strides);
    this.maskLayer.paint(wanted, steps, (pixels) =>
      fillMask(pixels, held.values, steps, opacity, outline),
    );
  }

  /**
   * The second volume over the first: its own greys, or the difference in colour.
   * @param {Picture|null} over
   * @param {State} state
   * @param {Table} table
   */
  paintOver(over, state, table) {
    this.top.show(over !== null);
    if (!over) return;
    if (state.blend === "difference") this.paintDifference(over, state);
    else this.paintGreys(this.top, over, state, table);
  }

  /** @param {Picture} over @param {State} state */
  paintDifference({ of, layout, slice }, { convention, limit }) {
    if (slice === null) return;
    const [first, second] = [this.source, this.sourceOf(of)];
    const come = [first, second].every((source) => source.plane(layout.axis, slice));
    const parts = [
      "difference",
      this.shown?.plane,
      slice,
      convention,
      limit,
      first.id,
      second.id,
      come,
    ];
    const steps = planeSteps(layout, first.shape, slice);
    this.colours ??= differenceTable();
    const colours = this.colours;
    this.top.paint(parts.join(), steps, (pixels) =>
      fillDifference(pixels, first, second, layout, slice, limit, colours),
    );
  }

  /** Show the second volume in its turn. */
  flicker() {
    if (this.shown?.over?.slice != null) this.top.show(this.wanted.flickered);
  }

  // ---- what stands over them

  /** Draw what the description of a state says. @param {State} state */
  draw(state) {
    if (!this.sources || !this.shown) return;
    const { wide, high } = this;
    this.overlay = describe(state, this.sources, this.wanted, [wide, high]);
    this.place(this.overlay);
    this.clip(state);
    for (const { place, text } of this.overlay.texts) setText(this.texts[place], text);
    this.drawLines(this.overlay.lines);
    setAttribute(this.canvas, "aria-label", this.overlay.label);
  }

  /** @param {import("./overlay.js").Overlay} overlay */
  place({ boxes, texts }) {
    const key = JSON.stringify([this.wide, this.high, boxes]);
    if (key === this.placed) return;
    this.placed = key;
    this.base.place(boxes.base, this.wide, this.high);
    if (boxes.over) this.top.place(boxes.over, this.wide, this.high);
    if (boxes.mask) this.maskLayer.place(boxes.mask, this.wide, this.high);
    this.marks.setAttribute("viewBox", `0 0 ${this.wide} ${this.high}`);
    for (const text of texts) this.placeText(this.texts[text.place].style, text);
  }

  /**
   * By the edge that the text is aligned to, so that its own size has no say.
   * @param {CSSStyleDeclaration} style
   * @param {import("./overlay.js").Text} text
   */
  placeText(style, { x, y, align, base, size, weight }) {
    style.fontSize = `${size}px`;
    style.fontWeight = String(weight);
    if (align === "right") style.right = percent(this.wide - x, this.wide);
    else style.left = percent(x, this.wide);
    if (base === "bottom") style.bottom = percent(this.high - y, this.high);
    else style.top = percent(y, this.high);
    const [right, down] = [align === "center" ? -50 : 0, base === "middle" ? -50 : 0];
    style.transform = right || down ? `translate(${right}%, ${down}%)` : "";
  }

  /** @param {import("./overlay.js").Line[]} lines */
  drawLines(lines) {
    const wanted = Object.fromEntries(lines.map((line) => [line.name, pathOf(line)]));
    for (const name of Object.keys(this.paths)) wanted[name] ??= "";
    for (const [name, d] of Object.entries(wanted)) {
      // Dark under light: on white bone a light line alone would be lost.
      this.halos[name] ??= this.addPath(`ctkit-halo ctkit-halo-${name}`);
      this.paths[name] ??= this.addPath(`ctkit-line-${name}`);
      setAttribute(this.halos[name], "d", d);
      setAttribute(this.paths[name], "d", d);
    }
  }

  /** @param {string} name of a class */
  addPath(name) {
    return makeSvg("path", { class: name }, this.marks);
  }

  /** The curtain: of the second volume only what lies right of it. @param {State} state */
  clip(state) {
    this.curtainAt = curtainAt(state, this.shown?.over ?? null, this.wide);
    const { left, width } = this.top.box;
    const hidden = this.curtainAt === null ? null : clamp(this.curtainAt - left, 0, width);
    const clip = hidden === null ? "" : `inset(0 0 0 ${hidden}px)`;
    if (clip !== this.clipped) this.top.canvas.style.clipPath = this.clipped = clip;
  }

  // ---- from the page to the volume

  /**
   * The index (fractions too) of a point of the page, whether or not it lies inside.
   * @param {{clientX: number, clientY: number}} event
   */
  pointAt({ clientX, clientY }) {
    const { layout, slice } = /** @type {import("./overlay.js").Pictures} */ (this.shown).base;
    const box = this.canvas.getBoundingClientRect();
    const column = ((clientX - box.left) / box.width) * this.canvas.width - 0.5;
    const row = ((clientY - box.top) / box.height) * this.canvas.height - 0.5;
    return toIndex(layout, this.source.shape, slice ?? 0, row, column);
  }

  /**
   * The voxel under a point of the page, or null outside of the picture.
   * @param {{clientX: number, clientY: number}} event
   */
  voxelAt(event) {
    if (this.shown?.base.slice == null) return null;
    const index = this.pointAt(event).map(Math.round);
    return index.every((n, axis) => n >= 0 && n < this.source.shape[axis]) ? index : null;
  }

  free() {
    for (const layer of [this.base, this.top, this.maskLayer]) layer.free();
  }
}

/**
 * A line of the description as the path of an SVG.
 * @param {import("./overlay.js").Line} line
 */
export function pathOf({ paths = [], ellipse }) {
  if (!ellipse)
    return paths.map((points) => `M${points.map((p) => p.join(" ")).join("L")}`).join("");
  const [left, top, right, bottom] = ellipse;
  const [rx, ry] = [(right - left) / 2, (bottom - top) / 2];
  return `M${left} ${top + ry}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0`;
}
