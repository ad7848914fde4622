/**
 * The canvas view of ctkit, with no library and no bundler.
 *
 * The int16 voxels come once. A table of 65,536 entries turns HU into grey, a loop
 * lays one plane out as a picture, and a canvas shows it at the size of its voxels;
 * CSS stretches it to the true aspect. `model` is anywidget's, or a stand-in with
 * get, set, on, off and save_changes in a page without Jupyter.
 *
 * @typedef {{axis: number, down: number, across: number, flip_down: boolean,
 *   flip_across: boolean, spacing: number[], letters: string[]}} Layout
 * @typedef {{values: Uint16Array|Uint8Array, shape: number[], affine: number[][]}} Source
 */

const PLANES = ["axial", "coronal", "sagittal"];
const PATIENT_AXIS = { axial: 2, coronal: 1, sagittal: 0 };
const LETTERS = ["RL", "AP", "IS"];
const MASK_COLOUR = [255, 140, 0];
const SVG = "http://www.w3.org/2000/svg";

// ---------------------------------------------------------------- windows and pictures

/** @returns {number} `value` within low to high */
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** Grey from 0 to 1 of one HU, for what has no exact whole-number form. */
function grey(hu, center, width, fn) {
  if (fn === "SIGMOID") return 1 / (1 + Math.exp((-4 * (hu - center)) / width));
  return hu > center - 0.5 ? 1 : 0;
}

/**
 * Greys 0 to 255 of every int16, indexed by its bits as uint16 (DICOM PS3.3 C.11.2).
 * The order of the arithmetic is that of ctkit.apply_window, so that no grey differs.
 * @returns {Uint8ClampedArray}
 */
function windowBytes(center, width, fn) {
  const table = new Uint8ClampedArray(65536);
  const smooth = fn === "SIGMOID" || (fn === "LINEAR" && width === 1);
  const shift = fn === "LINEAR" ? 0.5 : 0;
  const wide = fn === "LINEAR" ? width - 1 : width;
  for (let bits = 0; bits < 65536; bits++) {
    const hu = (bits << 16) >> 16;
    table[bits] = smooth
      ? Math.floor(255 * grey(hu, center, width, fn) + 0.5)
      : Math.floor((255 * (2 * (hu + shift - center) + wide) + wide) / (2 * wide));
  }
  return table;
}

/** Greys as opaque pixels, little-endian as every browser has them. */
function packGreys(bytes, invert) {
  const packed = new Uint32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    const value = invert ? 255 - bytes[i] : bytes[i];
    packed[i] = 0xff000000 | (value << 16) | (value << 8) | value;
  }
  return packed;
}

/**
 * Where a plane lies in the flat array of voxels.
 * @param {Layout} layout
 * @param {number[]} shape
 */
function planeSteps(layout, shape, index) {
  const strides = [shape[1] * shape[2], shape[2], 1];
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

/** Lay a plane out: out[row * columns + column] = table[voxel]. */
function fillPlane(out, values, table, steps) {
  const { rows, columns, rowStep, columnStep, start } = steps;
  let to = 0;
  for (let row = 0; row < rows; row++) {
    let from = start + row * rowStep;
    for (let column = 0; column < columns; column++, from += columnStep) {
      out[to++] = table[values[from]];
    }
  }
}

/** Lay a mask out in one colour, its outline (4-neighbours) opaque. */
function fillMask(out, values, steps, opacity, outline) {
  const { rows, columns, rowStep, columnStep, start } = steps;
  const [red, green, blue] = MASK_COLOUR;
  const colour = (blue << 16) | (green << 8) | red;
  const inside = ((Math.round(opacity * 255) << 24) | colour) >>> 0;
  const edge = outline ? (0xff000000 | colour) >>> 0 : inside;
  const at = (row, column) =>
    row >= 0 && row < rows && column >= 0 && column < columns
      ? values[start + row * rowStep + column * columnStep]
      : 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const whole =
        at(row - 1, column) && at(row + 1, column) && at(row, column - 1) && at(row, column + 1);
      out[row * columns + column] = !at(row, column) ? 0 : whole ? inside : edge;
    }
  }
}

// ------------------------------------------------------------------ geometry and words

/** Array index of a picture's row and column. */
function toIndex(layout, shape, slice, row, column) {
  const index = [0, 0, 0];
  index[layout.axis] = slice;
  index[layout.down] = layout.flip_down ? shape[layout.down] - 1 - row : row;
  index[layout.across] = layout.flip_across ? shape[layout.across] - 1 - column : column;
  return index;
}

/** Row and column in the picture of an array index. */
function toPicture(layout, shape, index) {
  const row = index[layout.down];
  const column = index[layout.across];
  return [
    layout.flip_down ? shape[layout.down] - 1 - row : row,
    layout.flip_across ? shape[layout.across] - 1 - column : column,
  ];
}

/** Millimetres in the patient (LPS+) of an array index. */
const toWorld = (affine, index) =>
  [0, 1, 2].map((i) => affine[i][3] + index.reduce((sum, n, j) => sum + affine[i][j] * n, 0));

/** A length along a patient axis, as in "S 12.5 mm". */
function side(axis, millimetres) {
  const size = Math.floor(Math.abs(millimetres) * 100 + 0.5) / 100;
  return `${LETTERS[axis][millimetres >= 0 || size === 0 ? 1 : 0]} ${size.toFixed(2)}`;
}

function positionText(plane, layout, source, slice) {
  const middle = source.shape.map((n) => (n - 1) / 2);
  middle[layout.axis] = slice;
  const axis = PATIENT_AXIS[plane];
  return `${side(axis, toWorld(source.affine, middle)[axis])} mm`;
}

/** The round length of a scale bar in a field of so many mm: about a quarter of it. */
function barLength(field) {
  const power = 10 ** Math.floor(Math.log10(field / 4));
  return Math.max(...[1, 2, 5].filter((step) => step * power <= field / 4)) * power;
}

/** Size on screen of a picture of so many mm that fits into a stage. */
function fit(layout, shape, width, height) {
  const wide = shape[layout.across] * layout.spacing[1];
  const high = shape[layout.down] * layout.spacing[0];
  const scale = Math.min(width / wide, height / high);
  return { width: wide * scale, height: high * scale, scale };
}

const number = (value) => String(Math.round(value * 100) / 100).replace("-", "−");

function windowText(state) {
  const preset = state.presets[state.preset_index - 1];
  return `C ${number(state.center)}  W ${number(state.width)}${preset ? `  ${preset[0]}` : ""}`;
}

/** What a screen reader says of the canvas. */
function label(state, plane, slice, count, position) {
  const preset = state.presets[state.preset_index - 1];
  return (
    `CT, ${plane} slice ${slice} of 0 to ${count - 1}, ${position}, ` +
    `center ${number(state.center)} width ${number(state.width)} HU` +
    `${preset ? `, ${preset[0]} window` : ""}${state.invert ? ", inverted" : ""}`
  );
}

/** How many slices a turn of the wheel is: [steps, what is left over]. */
function wheelSteps(left, delta) {
  if (Math.abs(delta) >= 50) return [Math.sign(delta), 0];
  const sum = left + delta;
  const steps = Math.trunc(sum / 30);
  return [steps, sum - steps * 30];
}

// ------------------------------------------------------------------------------- state

const KEYS =
  "plane plane_index slice max_slice cursor position center width whole_center whole_width " +
  "preset_index presets " +
  "limits layouts convention function invert opacity outline home note";

/** The traits of a model as one plain object. */
const read = (model) => Object.fromEntries(KEYS.split(" ").map((key) => [key, model.get(key)]));

/**
 * What the other traits become when `name` has changed: clamped, and in line with it.
 * @param {Source} source
 */
function settle(name, state, source) {
  const next = { ...state, cursor: [...state.cursor] };
  if (name === "plane_index") next.plane = PLANES[clamp(next.plane_index, 0, 2)];
  next.plane_index = PLANES.indexOf(next.plane);
  const layout = state.layouts[state.convention][next.plane];
  next.max_slice = source.shape[layout.axis] - 1;
  if (name === "slice") next.cursor[layout.axis] = next.slice;
  next.cursor = next.cursor.map((n, i) => clamp(Math.round(n), 0, source.shape[i] - 1));
  next.slice = next.cursor[layout.axis];
  next.position = positionText(next.plane, layout, source, next.slice);
  return { ...next, ...settleWindow(name, next) };
}

function settleWindow(name, state) {
  const chosen = name === "preset_index" && state.presets[state.preset_index - 1];
  let [center, width] = chosen ? chosen.slice(1, 3) : [state.center, state.width];
  // A slider knows whole HU only: it moves the window when it says something else.
  if (name === "whole_center" && state.whole_center !== Math.round(center)) center = state.whole_center;
  if (name === "whole_width" && state.whole_width !== Math.round(width)) width = state.whole_width;
  center = clamp(center, ...state.limits.center);
  width = clamp(width, ...state.limits.width);
  const row = state.presets.findIndex((preset) => preset[1] === center && preset[2] === width);
  const whole = { whole_center: Math.round(center), whole_width: Math.round(width) };
  return { center, width, ...whole, preset_index: row + 1 };
}

const same = (a, b) => (Array.isArray(a) ? a.length === b.length && a.every((v, i) => v === b[i]) : a === b);

/** Set what differs. The end of a slider moves before its value when it grows, else after. */
function write(model, before, after) {
  const grows = after.max_slice > before.max_slice;
  const order = grows ? ["max_slice", "slice"] : ["slice", "max_slice"];
  // The plane goes first: until it is set, a slice would count along the axis of the old one.
  const names = ["plane", ...order, "plane_index", "cursor", "position"];
  let changed = false;
  names.push("center", "width", "whole_center", "whole_width", "preset_index");
  for (const name of names) {
    if (same(model.get(name), after[name])) continue;
    model.set(name, after[name]);
    changed = true;
  }
  return changed;
}

/** Change traits by hand: clamp, bring the others into line, and tell the kernel at once. */
function change(model, patch) {
  for (const [name, value] of Object.entries(patch)) model.set(name, value);
  model.save_changes();
}

/** Keep the traits of a model in line, whoever sets them. @returns {() => void} clean-up */
function keepInLine(model, source) {
  const names = ["plane", "plane_index", "slice", "cursor", "center", "width"];
  names.push("whole_center", "whole_width", "preset_index");
  const handlers = names.map((name) => {
    const handler = () => {
      const before = read(model);
      if (write(model, before, settle(name, before, source))) model.save_changes();
    };
    model.on(`change:${name}`, handler);
    return [`change:${name}`, handler];
  });
  return () => handlers.forEach(([event, handler]) => model.off(event, handler));
}

/**
 * Call back once after each turn in which any trait changed, still before the next frame.
 * Jupyter's models don't fire a plain "change" when a handler sets more.
 * @returns {() => void} clean-up
 */
function watch(model, callback) {
  let waiting = false;
  let stopped = false;
  const handler = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      if (!stopped) callback();
    });
  };
  const events = KEYS.split(" ").map((key) => `change:${key}`);
  events.forEach((event) => model.on(event, handler));
  return () => {
    stopped = true;
    events.forEach((event) => model.off(event, handler));
  };
}

// ----------------------------------------------------------------------------- sources

const decoded = new WeakMap();

/** The voxel model that a trait refers to: "IPY_MODEL_..." in Jupyter, itself elsewhere. */
async function referred(model, name) {
  const value = model.get(name);
  if (typeof value !== "string") return value;
  return model.widget_manager.get_model(value.replace("IPY_MODEL_", ""));
}

/** @returns {Source} the voxels of a voxel model, decoded once */
function decode(voxels) {
  if (!decoded.has(voxels)) {
    const bytes = voxels.get("buffer");
    const type = voxels.get("kind") === "int16" ? Uint16Array : Uint8Array;
    const aligned = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0;
    const buffer = aligned ? bytes.buffer : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).slice().buffer;
    const values = new type(buffer, aligned ? bytes.byteOffset : 0, bytes.byteLength / type.BYTES_PER_ELEMENT);
    decoded.set(voxels, { values, shape: voxels.get("shape"), affine: voxels.get("affine") });
  }
  return decoded.get(voxels);
}

// ------------------------------------------------------------------------ one picture

/** @returns {HTMLElement} */
function make(tag, className, parent) {
  const element = document.createElement(tag);
  element.className = className;
  parent?.append(element);
  return element;
}

function makeSvg(tag, attributes, parent) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
}

/** One plane on a canvas, with what stands around it. */
class Pane {
  /** @param {Source} source @param {Source|null} mask */
  constructor(parent, source, mask) {
    this.source = source;
    this.mask = mask;
    this.stage = make("div", "ctkit-stage", parent);
    this.canvas = make("canvas", "ctkit-image", this.stage);
    this.maskCanvas = make("canvas", "ctkit-mask", this.stage);
    this.marks = makeSvg("svg", { class: "ctkit-marks", "aria-hidden": "true" }, this.stage);
    this.texts = {};
    for (const place of ["tl", "tr", "bl", "br", "left", "right", "top", "bottom"]) {
      this.texts[place] = make("div", `ctkit-text ctkit-${place}`, this.stage);
      this.texts[place].setAttribute("aria-hidden", "true");
    }
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    // JupyterLab's shortcuts are caught before the keys get here.
    this.canvas.dataset.lmSuppressShortcuts = "true";
    this.context = this.canvas.getContext("2d");
    this.painted = "";
  }

  /** Draw the state; only what has changed is done again. */
  draw(state, plane, table) {
    this.plane = plane;
    this.layout = state.layouts[state.convention][plane];
    this.slice = state.cursor[this.layout.axis];
    this.paint(state, table);
    this.place();
    this.write(state);
  }

  paint(state, table) {
    const wanted = [this.plane, this.slice, state.convention, table.id].join();
    const steps = planeSteps(this.layout, this.source.shape, this.slice);
    if (wanted !== this.painted) {
      this.painted = wanted;
      const image = this.imageOf(this.canvas, steps);
      fillPlane(image.pixels, this.source.values, table.packed, steps);
      this.context.putImageData(image.data, 0, 0);
    }
    this.paintMask(state, steps);
  }

  paintMask(state, steps) {
    const wanted = [this.plane, this.slice, state.convention, state.opacity, state.outline].join();
    if (!this.mask || wanted === this.maskPainted) return;
    this.maskPainted = wanted;
    const image = this.imageOf(this.maskCanvas, steps);
    fillMask(image.pixels, this.mask.values, steps, state.opacity, state.outline);
    this.maskCanvas.getContext("2d").putImageData(image.data, 0, 0);
  }

  /** The pixels of a canvas, kept from one picture to the next of the same size. */
  imageOf(canvas, { rows, columns }) {
    if (!canvas.kept || canvas.width !== columns || canvas.height !== rows) {
      canvas.width = columns;
      canvas.height = rows;
      const data = new ImageData(columns, rows);
      canvas.kept = { data, pixels: new Uint32Array(data.data.buffer) };
    }
    return canvas.kept;
  }

  /** Fit the picture into the stage at its true aspect. */
  place() {
    const { clientWidth, clientHeight } = this.stage;
    const key = [clientWidth, clientHeight, this.plane].join();
    if (key === this.placed || !clientWidth) return;
    this.placed = key;
    this.size = fit(this.layout, this.source.shape, clientWidth, clientHeight);
    this.left = (clientWidth - this.size.width) / 2;
    this.top = (clientHeight - this.size.height) / 2;
    for (const canvas of [this.canvas, this.maskCanvas]) {
      Object.assign(canvas.style, {
        left: `${this.left}px`,
        top: `${this.top}px`,
        width: `${this.size.width}px`,
        height: `${this.size.height}px`,
      });
    }
    this.drawBar(clientWidth, clientHeight);
  }

  drawBar(width, height) {
    const length = barLength(width / this.size.scale);
    const x = width - 12;
    const from = x - length * this.size.scale;
    const y = height - 12;
    this.marks.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.bar ??= makeSvg("path", { class: "ctkit-bar" }, this.marks);
    this.bar.setAttribute("d", `M${from} ${y - 4}V${y}H${x}V${y - 4}`);
    this.texts.br.textContent = `${length} mm`;
  }

  write(state) {
    const count = this.source.shape[this.layout.axis];
    const position = positionText(this.plane, this.layout, this.source, this.slice);
    const [left, right, top, bottom] = this.layout.letters;
    const words = { left, right, top, bottom };
    words.tl = `${this.plane}  ${this.slice} / ${count - 1}\n${position}`;
    words.bl = windowText(state) + (state.invert ? "  inverted" : "");
    words.tr = state.note;
    for (const [place, text] of Object.entries(words)) {
      if (this.texts[place].textContent !== text) this.texts[place].textContent = text;
    }
    this.canvas.setAttribute("aria-label", label(state, this.plane, this.slice, count, position));
  }

  /** A small cross on the voxel of the cursor. */
  drawCursor(cursor, shown) {
    this.cross ??= makeSvg("path", { class: "ctkit-cross" }, this.marks);
    if (!shown || !this.size) return this.cross.setAttribute("d", "");
    const [row, column] = toPicture(this.layout, this.source.shape, cursor);
    const x = this.left + ((column + 0.5) * this.size.width) / this.canvas.width;
    const y = this.top + ((row + 0.5) * this.size.height) / this.canvas.height;
    this.cross.setAttribute("d", `M${x - 9} ${y}h6M${x + 3} ${y}h6M${x} ${y - 9}v6M${x} ${y + 3}v6`);
  }

  /** The voxel under a point of the page, or null outside of the picture. */
  voxelAt(clientX, clientY) {
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor(((clientX - box.left) / box.width) * this.canvas.width);
    const row = Math.floor(((clientY - box.top) / box.height) * this.canvas.height);
    const inside = column >= 0 && row >= 0 && column < this.canvas.width && row < this.canvas.height;
    return inside ? toIndex(this.layout, this.source.shape, this.slice, row, column) : null;
  }

  /** HU of a voxel. */
  valueAt(index) {
    const [, rows, columns] = this.source.shape;
    const bits = this.source.values[(index[0] * rows + index[1]) * columns + index[2]];
    return (bits << 16) >> 16;
  }

  /** "[54, 120, 133]   R 12.3  A 8.0  S 40.5 mm   37 HU" */
  probeText(index) {
    const place = toWorld(this.source.affine, index).map((mm, axis) => side(axis, mm)).join("  ");
    return { index: `[${index.join(", ")}]`, place: `${place} mm`, hu: `${number(this.valueAt(index))} HU` };
  }
}

// -------------------------------------------------------------------- the whole viewer

/** Pictures, gestures, keys and the probe of one view of a model. */
class Viewer {
  constructor(model, el, source, mask) {
    this.model = model;
    this.root = make("div", "ctkit-view", el);
    this.pane = new Pane(this.root, source, mask);
    this.addProbe();
    this.stop = new AbortController();
    this.first = [...model.get("cursor")];
    this.listen();
    this.draw();
  }

  addProbe() {
    this.probe = make("div", "ctkit-probe", this.root);
    this.probeParts = ["index", "place", "hu"].map((name) => make("span", `ctkit-${name}`, this.probe));
  }

  listen() {
    const options = { signal: this.stop.signal };
    const { canvas, stage } = this.pane;
    canvas.addEventListener("keydown", (event) => this.onKey(event), options);
    stage.addEventListener("pointerdown", (event) => this.onDown(event), options);
    stage.addEventListener("pointermove", (event) => this.onMove(event), options);
    stage.addEventListener("pointerup", (event) => this.onUp(event), options);
    stage.addEventListener("pointercancel", () => this.endGesture(), options);
    stage.addEventListener("pointerleave", () => this.showProbe(null), options);
    stage.addEventListener("wheel", (event) => this.onWheel(event), { ...options, passive: false });
    document.addEventListener("wheel", (event) => this.noteScroll(event), { ...options, passive: true });
    this.stopWatching = watch(this.model, () => this.draw());
    this.resize = new ResizeObserver(() => this.draw());
    this.resize.observe(stage);
  }

  close() {
    this.stop.abort();
    this.resize.disconnect();
    this.stopWatching();
    this.root.remove();
  }

  draw() {
    const state = read(this.model);
    this.pane.draw(state, state.plane, this.tableOf(state));
    this.pane.drawCursor(state.cursor, this.isPinned(state));
    this.showProbe(this.hovered);
  }

  /** The table of the window, made anew only when the window has changed. */
  tableOf({ center, width, function: fn, invert }) {
    const id = [center, width, fn, invert].join();
    if (this.table?.id !== id) {
      this.table = { id, packed: packGreys(windowBytes(center, width, fn), invert) };
    }
    return this.table;
  }

  /** Whether the cursor has been put on a voxel, by a click or from Python. */
  isPinned(state) {
    const { down, across } = this.pane.layout;
    return [down, across].some((axis) => state.cursor[axis] !== this.first[axis]);
  }

  // ---- the probe

  showProbe(hovered) {
    this.hovered = hovered;
    const state = read(this.model);
    const index = hovered ? this.pane.voxelAt(...hovered) : this.isPinned(state) ? state.cursor : null;
    const text = index ? this.pane.probeText(index) : { index: "", place: "Point at the picture: HU", hu: "" };
    this.probeParts.forEach((part, i) => (part.textContent = text[["index", "place", "hu"][i]]));
  }

  // ---- mouse and touch

  onDown(event) {
    if (event.button > 0) return;
    this.pane.canvas.focus({ preventScroll: true });
    this.pane.stage.setPointerCapture(event.pointerId);
    this.fingers = (this.fingers ?? 0) + 1;
    const { center, width, slice } = read(this.model);
    this.gesture = { x: event.clientX, y: event.clientY, id: event.pointerId, center, width, slice };
    event.preventDefault();
  }

  onMove(event) {
    const { gesture } = this;
    if (!gesture) return this.showProbe([event.clientX, event.clientY]);
    if (event.pointerId !== gesture.id) return;
    const right = event.clientX - gesture.x;
    const down = event.clientY - gesture.y;
    gesture.moved ||= Math.hypot(right, down) > 3;
    if (!gesture.moved) return;
    if (event.pointerType === "touch" && this.fingers === 1) this.dragSlice(down);
    else this.dragWindow(right, down);
  }

  /** Right is wider, down is a higher center: the signs of cornerstone3D, OHIF's toolkit. */
  dragWindow(right, down) {
    const { center, width } = this.gesture;
    const step = clamp(width / 200, 0.25, 8);
    const { limits } = read(this.model);
    change(this.model, {
      width: clamp(Math.round(width + right * step), ...limits.width),
      center: clamp(Math.round(center + down * step), ...limits.center),
    });
  }

  dragSlice(down) {
    const { max_slice } = read(this.model);
    const perSlice = Math.max(4, this.pane.stage.clientHeight / (max_slice + 1));
    this.goTo(this.gesture.slice + Math.round(down / perSlice));
  }

  onUp(event) {
    const { gesture } = this;
    this.endGesture();
    if (!gesture || gesture.moved) return;
    const index = this.pane.voxelAt(event.clientX, event.clientY);
    if (index) change(this.model, { cursor: index });
  }

  endGesture() {
    this.gesture = null;
    this.fingers = 0;
  }

  /** A scroll that began elsewhere on the page goes on as a scroll. */
  noteScroll(event) {
    if (!this.pane.stage.contains(event.target)) this.scrolled = event.timeStamp;
  }

  onWheel(event) {
    if (event.ctrlKey || event.timeStamp - (this.scrolled ?? -Infinity) < 250) {
      this.scrolled = event.timeStamp;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const delta = event.deltaY * (event.deltaMode === 1 ? 40 : 1);
    const [steps, left] = wheelSteps(this.left ?? 0, delta);
    this.left = left;
    if (steps) this.goTo(this.model.get("slice") + steps);
  }

  // ---- keys

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!this.act(event.key, event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @returns {boolean} whether the key means something here */
  act(key, shift) {
    const moves = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };
    const { slice, max_slice, presets, invert } = read(this.model);
    if (key in moves && shift) return this.moveCursor(...moves[key]);
    if (key in moves) return this.goTo(slice + moves[key][0] + moves[key][1]);
    const ends = { PageDown: slice + 5, PageUp: slice - 5, Home: 0, End: max_slice };
    if (key in ends) return this.goTo(ends[key]);
    const row = presets.findIndex((preset) => preset[3] === key);
    if (row >= 0) return this.set({ center: presets[row][1], width: presets[row][2] });
    if (key === "i") return this.set({ invert: !invert });
    if (key === " ") return this.set({ ...this.model.get("home"), invert: false });
    return false;
  }

  set(patch) {
    change(this.model, patch);
    return true;
  }

  goTo(slice) {
    return this.set({ slice: clamp(slice, 0, this.model.get("max_slice")) });
  }

  /** Move the cursor by voxels of the picture: to the right, and down. */
  moveCursor(right, down) {
    const { layout, source } = this.pane;
    const cursor = [...this.model.get("cursor")];
    cursor[layout.across] += layout.flip_across ? -right : right;
    cursor[layout.down] += layout.flip_down ? -down : down;
    return this.set({ cursor: cursor.map((n, i) => clamp(n, 0, source.shape[i] - 1)) });
  }
}

// ------------------------------------------------------------------------------- entry

/** An error of the script stands in the widget, where people see it. */
function showError(el, error) {
  const box = make("div", "ctkit-error", el);
  box.setAttribute("role", "alert");
  box.textContent = `The viewer stopped: ${error?.message ?? error}`;
  console.error(error);
}

async function render({ model, el }) {
  try {
    const voxels = await referred(model, "voxels");
    const overlay = await referred(model, "overlay");
    const source = decode(voxels);
    const letGo = keepInLine(model, source);
    const viewer = new Viewer(model, el, source, overlay && decode(overlay));
    return () => {
      viewer.close();
      letGo();
    };
  } catch (error) {
    showError(el, error);
    return undefined;
  }
}

const pure = { windowBytes, packGreys, planeSteps, fillPlane, fillMask, toIndex, toPicture, toWorld };
Object.assign(pure, { barLength, fit, wheelSteps, settle, side, clamp });

export default { render, pure };
