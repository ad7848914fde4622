/**
 * A stage: a plane of one volume, its mask, perhaps a second volume over it, and the marks.
 *
 * @typedef {import("./state.js").State} State
 * @typedef {import("./overlay.js").Picture} Picture
 * @typedef {Record<string, import("./parts/voxels.js").Source|null>} Sources
 * @typedef {import("./windowing.js").Table} Table
 * @typedef {import("./parts/voxels.js").Held} Held
 * @typedef {{base: Held|null, over: Held|null, mask: Held|null}} Come the values of the pictures
 * @typedef {Pick<State, "labels"|"overlaps"|"opacity"> & {paint: import("./labels.js").Paint,
 *   id: number}} Labelled the last labels, and how they are painted
 */

import { make, makeSvg, setAttribute, setClass, setText } from "./dom.js";
import { applyAffine, compose, inverseOf, sliceAt, toIndex, toPicture } from "./geometry.js";
import { fillLabels, paintOf } from "./labels.js";
import { Layer, percent, placeIn } from "./layer.js";
import { curtainAt, describe, picture, pictures, stagePoint } from "./overlay.js";
import { differenceSeen } from "./parts/voxels.js";
import { differenceTable, fillDifference, fillFloats, fillPlane } from "./pictures.js";
import { NOTHING } from "./sampling.js";

const SIDES = ["left", "right", "top", "bottom"];
const PLACES = ["tl", "tr", "bl", "br", ...SIDES, "measure", "nothing"];
/** What says where a picture is cut. */
const OF_PLACE = /** @type {const} */ ([
  ...["plane", "slice", "cursor", "position", "convention"],
  ...["normal", "through", "slab", "projection"],
]);
const LOADING = "loading";
const PREVIEW = "preview";
const UNANSWERED = "loading: no kernel answers";

export class Pane {
  /** @param {Element} parent @param {import("./overlay.js").Pane} wanted */
  constructor(parent, wanted) {
    this.wanted = { ...wanted, flickered: false };
    this.stage = make("div", "ctkit-stage", parent);
    this.ground = make("div", "ctkit-ground", this.stage);
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
    /** The labels of marks: as many as have been needed. @type {HTMLElement[]} */
    this.markLabels = [];
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    // JupyterLab's shortcuts are caught before the keys get here.
    this.canvas.dataset.lmSuppressShortcuts = "true";
    this.wide = 1;
    this.high = 1;
    this.placed = "";
    /** The place of the pictures that are on screen. @type {Partial<State>|null} */
    this.seen = null;
    /** Whether there is a picture over the base. */
    this.isOver = false;
    /** Whether those of the state have not come yet. */
    this.waiting = false;
    /** Whether what is on screen is coarser than what is to come. */
    this.isPreview = false;
    /** @type {number|null} */
    this.curtainAt = null;
    /** @type {Uint32Array|null} */
    this.colours = null;
    /** @type {Labelled|null} */
    this.labelled = null;
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
    // With the fractions of a pixel: a zoom makes them long.
    const { width, height } = this.stage.getBoundingClientRect();
    [this.wide, this.high] = [width || 1, height || 1];
    // On paper it keeps its shape, and letters go with it: no script lays it out anew there.
    this.stage.style.setProperty("--ctkit-shape", `${this.wide} / ${this.high}`);
    this.stage.style.setProperty("--ctkit-wide", String(this.wide));
  }

  // ---- the pictures

  /**
   * Draw the pictures of a state; only what has changed is done again. Where they have not come
   * yet, those that are on screen stay.
   * @param {State} state
   * @param {Sources} sources
   * @param {Table} table
   */
  paint(state, sources, table) {
    this.sources = sources;
    let shown = pictures(state, sources, this.wanted);
    let come = this.heldOf(shown, state.blend);
    this.waiting = come === null;
    if (come) this.seen = state;
    else if (this.seen) {
      shown = pictures(this.inSight(state), sources, this.wanted);
      come = this.heldOf(shown, state.blend);
    }
    this.shown = shown;
    if (!come) return;
    this.isPreview = [come.base, come.over, come.mask].some((held) => held?.preview);
    this.paintGreys(this.base, come.base, table);
    this.paintMask(come.mask, state);
    this.isOver = come.over !== null;
    if (state.blend === "difference") this.paintDifference(come.over, state);
    else this.paintGreys(this.top, come.over, table);
  }

  /**
   * The values of the pictures; null where some have not come.
   * @param {import("./overlay.js").Pictures} shown
   * @param {string} blend
   * @returns {Come|null}
   */
  heldOf({ base, over, mask }, blend) {
    let missing = false;
    /** @param {Picture|null} picture @param {(picture: Picture, slice: number) => Held|null} hold */
    const held = (picture, hold) => {
      if (!picture || picture.slice === null) return null;
      const found = hold(picture, picture.slice);
      missing ||= !found;
      return found;
    };
    /** @param {Picture} picture @param {number} slice */
    const own = ({ of, layout }, slice) => this.sourceOf(of).seen(layout, slice);
    const difference = (/** @type {Picture} */ { of, layout }, /** @type {number} */ slice) =>
      differenceSeen(this.sourceOf(base.of), this.sourceOf(of), layout, slice);
    const come = {
      base: held(base, own),
      over: held(over, blend === "difference" ? difference : own),
      mask: held(mask, own),
    };
    return missing ? null : come;
  }

  /**
   * A state at the place of the pictures that are on screen.
   * @param {State} state
   * @returns {State}
   */
  inSight(state) {
    if (!this.waiting || !this.seen) return state;
    const place = Object.fromEntries(OF_PLACE.map((name) => [name, this.seen?.[name]]));
    return { ...state, ...place };
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
   * @param {Held|null} held null where the volume has nothing there
   * @param {Table} table
   */
  paintGreys(layer, held, table) {
    layer.show(held !== null);
    if (!held) return;
    const { values, steps } = held;
    layer.paint(`${held.id};${table.id}`, steps, (pixels) => {
      if (values instanceof Float32Array) fillFloats(pixels, values, table, steps);
      else fillPlane(pixels, values, table.packed, steps);
    });
  }

  /**
   * The mask, on the grid of the picture or on one of its own.
   * @param {Held|null} held
   * @param {State} state
   */
  paintMask(held, { opacity, outline, labels, overlaps }) {
    this.maskLayer.show(held !== null);
    if (!held) return;
    const known = this.labelled;
    if (known?.labels !== labels || known.overlaps !== overlaps || known.opacity !== opacity) {
      const paint = paintOf(labels, overlaps, opacity);
      this.labelled = { labels, overlaps, opacity, paint, id: (known?.id ?? 0) + 1 };
    }
    const { paint, id } = /** @type {Labelled} */ (this.labelled);
    this.maskLayer.paint([held.id, id, outline].join(), held.steps, (pixels) =>
      fillLabels(pixels, held.values, held.steps, paint, outline),
    );
  }

  /**
   * The second volume minus the first, in colour.
   * @param {Held|null} held
   * @param {State} state
   */
  paintDifference(held, { limit }) {
    this.top.show(held !== null);
    if (!held) return;
    this.colours ??= differenceTable();
    const colours = this.colours;
    const values = /** @type {Float32Array} */ (held.values);
    this.top.paint(`difference;${held.id};${limit}`, held.steps, (pixels) =>
      fillDifference(pixels, values, limit, colours),
    );
  }

  // ---- what stands over them

  /** Draw what the description of a state says, of the pictures that are on screen. @param {State} state */
  draw(state) {
    if (!this.sources || !this.shown) return;
    const { wide, high } = this;
    this.overlay = describe(this.inSight(state), this.sources, this.wanted, [wide, high]);
    this.say(this.overlay);
    this.place(this.overlay);
    this.clip(state, this.overlay);
    setClass(this.stage, "ctkit-nearest", state.interpolation === "nearest");
    for (const { place, text } of this.overlay.texts) {
      if (place !== "label") setText(this.texts[place], text);
    }
    this.drawLabels(this.overlay.texts.filter(({ place }) => place === "label"));
    this.drawLines(this.overlay.lines);
    setAttribute(this.canvas, "aria-label", this.overlay.label);
  }

  /**
   * That a picture has not come: it is dimmed, and where there is none yet nothing else is said.
   * @param {import("./overlay.js").Overlay} overlay
   */
  say(overlay) {
    setClass(this.stage, "ctkit-loading", this.waiting);
    setClass(this.stage, "ctkit-preview", this.isPreview);
    if (this.isPreview) this.sayPreview(overlay);
    if (!this.waiting) return;
    const lost = Object.values(this.sources ?? {}).some((source) => source?.isUnanswered);
    const words = lost ? UNANSWERED : LOADING;
    overlay.label = this.seen ? `${words}; still ${overlay.label}` : words;
    if (!this.seen) {
      overlay.lines = [];
      overlay.texts = overlay.texts.filter(({ place }) => place !== "label");
    }
    for (const text of overlay.texts) {
      if (text.place === "nothing") text.text = words;
      else if (!this.seen) text.text = "";
    }
  }

  /** That the picture is coarser than the one to come. @param {import("./overlay.js").Overlay} overlay */
  sayPreview(overlay) {
    overlay.label = `${PREVIEW}, ${overlay.label}`;
    for (const text of overlay.texts) if (text.place === "tl") text.text += `\n${PREVIEW}`;
  }

  /** @param {import("./overlay.js").Overlay} overlay */
  place({ boxes, ground, texts }) {
    const nothing = texts.find(({ place }) => place === "nothing");
    const key = JSON.stringify([this.wide, this.high, boxes, ground, nothing?.x]);
    if (key === this.placed) return;
    this.placed = key;
    this.base.place(boxes.base, this.wide, this.high);
    if (boxes.over) this.top.place(boxes.over, this.wide, this.high);
    if (boxes.mask) this.maskLayer.place(boxes.mask, this.wide, this.high);
    this.ground.hidden = !ground;
    if (ground) placeIn(this.ground.style, ground, this.wide, this.high);
    this.marks.setAttribute("viewBox", `0 0 ${this.wide} ${this.high}`);
    for (const text of texts) {
      if (text.place !== "label") this.placeText(this.texts[text.place].style, text);
    }
  }

  /** The labels of the marks on this slice. @param {import("./overlay.js").Text[]} texts */
  drawLabels(texts) {
    const missing = texts.length - this.markLabels.length;
    for (let i = 0; i < missing; i++) {
      this.markLabels.push(
        make("div", "ctkit-text ctkit-mark-label", this.stage, { "aria-hidden": "true" }),
      );
    }
    this.markLabels.forEach((label, i) => {
      setText(label, texts[i]?.text ?? "");
      const key = texts[i] ? JSON.stringify(texts[i]) : "";
      if (!key || label.dataset.at === key) return;
      label.dataset.at = key;
      label.removeAttribute("style");
      this.placeText(label.style, texts[i]);
    });
  }

  /** What a text of the description is drawn as. @param {string} place */
  elementOf(place) {
    return place === "label" ? this.markLabels[0] : this.texts[place];
  }

  /**
   * By the edge that the text is aligned to, so that its own size has no say.
   * @param {CSSStyleDeclaration} style
   * @param {import("./overlay.js").Text} text
   */
  placeText(style, { x, y, align, base, size, weight }) {
    style.setProperty("--ctkit-size", String(size));
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
    /** @type {Record<string, string>} */
    const wanted = {};
    for (const line of lines) wanted[line.name] = (wanted[line.name] ?? "") + pathOf(line);
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

  /**
   * Of each volume only what is to be seen of it.
   * @param {State} state
   * @param {import("./overlay.js").Overlay} overlay
   */
  clip(state, { clips }) {
    this.curtainAt = curtainAt(state, this.shown?.over ?? null, this.wide);
    this.base.clip(clips.base, this.wide);
    this.top.clip(clips.over, this.wide);
    this.top.show(this.isOver && clips.over[1] > clips.over[0]);
  }

  // ---- from the page to the volume

  /**
   * The index (fractions too) in the stack of the picture of a point of the page, whether or not
   * it lies inside.
   * @param {{clientX: number, clientY: number}} event
   */
  stackPointAt({ clientX, clientY }) {
    const { of, layout, slice } = /** @type {import("./overlay.js").Pictures} */ (this.shown).base;
    const box = this.canvas.getBoundingClientRect();
    const [rows, columns] = [layout.shape[layout.down], layout.shape[layout.across]];
    const column = ((clientX - box.left) / box.width) * columns - 0.5;
    const row = ((clientY - box.top) / box.height) * rows - 0.5;
    return toIndex(layout, layout.shape, slice ?? this.sliceOf(of, layout), row, column);
  }

  /** A point of the page on the stage: x, y. @param {{clientX: number, clientY: number}} event */
  stagePointAt({ clientX, clientY }) {
    const box = this.stage.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  }

  /** A point of the page in mm, whether or not it lies inside. @param {{clientX: number, clientY: number}} event */
  millimetresAt(event) {
    const { layout } = /** @type {import("./overlay.js").Pictures} */ (this.shown).base;
    return applyAffine(layout.affine, this.stackPointAt(event));
  }

  /** Where a place in mm is on the stage: x, y. @param {number[]} place */
  stageAt(place) {
    const { base } = /** @type {import("./overlay.js").Pictures} */ (this.shown);
    const { boxes } = /** @type {import("./overlay.js").Overlay} */ (this.overlay);
    return stagePoint(applyAffine(inverseOf(base.layout), place), base, boxes.base);
  }

  /**
   * The slice that the cursor lies on, whether or not the volume has it.
   * @param {string} of
   * @param {import("./geometry.js").Layout} layout
   */
  sliceOf(of, layout) {
    const cursor = this.seen?.cursor ?? this.sourceOf(of).shape.map((n) => n / 2);
    return sliceAt(layout, this.sourceOf("voxels").affine, cursor);
  }

  /**
   * A point of the page in mm; null outside of the picture.
   * @param {{clientX: number, clientY: number}} event
   */
  placeAt(event) {
    if (this.shown?.base.slice == null) return null;
    const { layout } = this.shown.base;
    const index = this.stackPointAt(event);
    const inside = index.every((n, axis) => n >= -0.5 && n < layout.shape[axis] - 0.5);
    return inside ? applyAffine(layout.affine, index) : null;
  }

  /**
   * The index (fractions too) of the first volume at a point of the page.
   * @param {{clientX: number, clientY: number}} event
   */
  pointAt(event) {
    const { layout } = /** @type {import("./overlay.js").Pictures} */ (this.shown).base;
    const index = this.stackPointAt(event);
    if (this.isOwn) return index;
    return applyAffine(compose(this.sourceOf("voxels").inverse, layout.affine), index);
  }

  /** Whether the pixels are voxels of the first volume. */
  get isOwn() {
    return this.shown?.base.of === "voxels" && !this.shown.base.layout.resampled;
  }

  /**
   * The voxel of the first volume under a point of the page, on the slice in sight; null where
   * there is none.
   * @param {{clientX: number, clientY: number}} event
   */
  voxelAt(event) {
    const place = this.placeAt(event);
    if (!this.shown || !this.seen || !place) return null;
    const first = this.sourceOf("voxels");
    if (this.shown.base.layout.turned) return first.indexAt(place);
    const index = this.pointAt(event).map(Math.round);
    if (!this.isOwn) {
      const { convention, cursor } = /** @type {State} */ (this.seen);
      const stack = first.layouts[convention][this.shown.plane];
      index[stack.axis] = 0;
      const wanted = sliceAt(stack, first.affine, cursor);
      index[stack.axis] = wanted - sliceAt(stack, first.affine, index);
    }
    return index.every((n, axis) => n >= 0 && n < first.shape[axis]) ? index : null;
  }

  /**
   * The value of the pixel that a place lies in; null outside, and undefined where what is on
   * screen has not come, or is a preview.
   * @param {string} of "voxels" or "second"
   * @param {number[]} place in mm
   * @param {State} state
   * @returns {number|undefined|null}
   */
  valueAt(of, place, state) {
    const { sources } = this;
    if (!sources || this.waiting) return undefined;
    const { layout, slice } = picture(state, sources, this.wanted.plane ?? state.plane, of);
    if (slice === null) return null;
    const source = this.sourceOf(of);
    const held = source.seen(layout, slice);
    if (!held || held.preview) return undefined;
    const index = applyAffine(inverseOf(layout), place).map(Math.round);
    const [row, column] = toPicture(layout, layout.shape, index);
    const { rows, columns, rowStep, columnStep, start } = held.steps;
    if (row < 0 || row >= rows || column < 0 || column >= columns) return null;
    const value = source.numbers(held.values)[start + row * rowStep + column * columnStep];
    return value === NOTHING ? null : value;
  }

  /**
   * What a click on a point of the page sets; null where the first volume has no voxel.
   * @param {{clientX: number, clientY: number}} event
   * @returns {Partial<State>|null}
   */
  goalAt(event) {
    const cursor = this.voxelAt(event);
    if (!cursor) return null;
    // A turned plane goes through the very point, so that it stays where it is.
    const through = this.shown?.base.layout.turned ? this.placeAt(event) : null;
    return through ? { through, cursor } : { cursor };
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
