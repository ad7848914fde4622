/**
 * The canvas view of ctkit, with no library and no bundler.
 *
 * The int16 voxels come once. A table of 65,536 entries turns HU into grey, a loop
 * lays one plane out as a picture, and a canvas shows it at the size of its voxels;
 * CSS stretches it to the true aspect. `model` is anywidget's, or a stand-in with
 * get, set, on, off and save_changes in a page without Jupyter.
 *
 * In this order: windows and pictures; geometry and words; measuring; state; sources;
 * one picture; the histogram; the tools; the whole viewer; entry.
 *
 * @typedef {{axis: number, down: number, across: number, flip_down: boolean,
 *   flip_across: boolean, spacing: number[], letters: string[]}} Layout
 * @typedef {{values: Uint16Array|Uint8Array, strides: number[]}} Plane values of at least
 *   one plane, and how far apart neighbours along each array axis are in them
 */

const PLANES = ["axial", "coronal", "sagittal"];
const BLENDS = ["side by side", "curtain", "flicker", "difference"];
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
  // Beyond this every grey is 0 or 255: only the window itself is reckoned.
  const reach = (fn === "SIGMOID" ? 2 : 0.5) * width + 2;
  const low = clamp(Math.floor(center - reach), -32768, 32768);
  const high = clamp(Math.ceil(center + reach), -32769, 32767);
  for (let hu = low; hu <= high; hu++) {
    table[hu & 0xffff] = smooth
      ? Math.floor(255 * grey(hu, center, width, fn) + 0.5)
      : Math.floor((255 * (2 * (hu + shift - center) + wide) + wide) / (2 * wide));
  }
  table.fill(255, Math.max(high + 1, 0), 32768);
  if (high < -1) table.fill(255, 65536 + high + 1, 65536);
  return table;
}

const OPAQUE = Uint32Array.from({ length: 256 }, (_, value) => 0xff000000 | (value * 0x10101));

/** Greys as opaque pixels, little-endian as every browser has them; a table is used again. */
function packGreys(bytes, invert, packed = new Uint32Array(65536)) {
  const flip = invert ? 255 : 0;
  for (let i = 0; i < 65536; i++) packed[i] = OPAQUE[bytes[i] ^ flip];
  return packed;
}

/**
 * Where a plane begins in the flat values, and how far its neighbours are apart.
 * @param {Layout} layout
 * @param {number[]} shape
 * @param {number[]} strides of the values; 0 along an axis of which they hold one plane
 */
function planeSteps(layout, shape, index, strides = stridesOf(shape)) {
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

const stridesOf = (shape) => [shape[1] * shape[2], shape[2], 1];

/** Lay a plane out: out[row * columns + column] = table[voxel]. */
function fillPlane(out, values, table, steps) {
  const { rows, columns, rowStep, columnStep, start } = steps;
  let to = 0;
  for (let row = 0; row < rows; row++) {
    let from = start + row * rowStep;
    const end = from + columns;
    // Neighbours in memory, as in most pictures, are a little faster.
    if (columnStep === 1) while (from < end) out[to++] = table[values[from++]];
    else for (let column = 0; column < columns; column++, from += columnStep) out[to++] = table[values[from]];
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

/** Colours of a difference from -1 to 1, 511 of them: blue below, black, orange above. */
function differenceTable() {
  const packed = new Uint32Array(511);
  for (let i = 0; i < 511; i++) {
    const part = Math.abs(i - 255) / 255;
    const [red, green, blue] = (i < 255 ? [70, 150, 255] : [255, 140, 50]).map((c) => Math.round(c * part));
    packed[i] = (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
  }
  return packed;
}

/**
 * Lay `second` minus `first` out on the plane of the first; linear between the voxels of
 * the second, nothing where it has none.
 */
function fillDifference(out, first, second, layout, slice, limit, colours) {
  const steps = planeSteps(layout, first.shape, slice);
  const { rows, columns } = steps;
  const to = compose(second.inverse, first.affine);
  if (isSameGrid(to, first, second)) return subtract(out, first, second, layout, slice, limit, colours);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const index = toIndex(layout, first.shape, slice, row, column);
      const after = sample(second, toWorld(to, index));
      const part = after === null ? 0 : clamp((after - first.valueAt(index)) / limit, -1, 1);
      // Where nothing is, or has not come yet, nothing is drawn.
      out[row * columns + column] = Number.isFinite(part) && after !== null ? colours[Math.round(part * 255) + 255] : 0;
    }
  }
  return undefined;
}

/** Whether an affine between indices changes nothing. */
const isSameGrid = (to, first, second) =>
  same(first.shape, second.shape) && to.every((row, i) => row.every((v, j) => Math.abs(v - (i === j ? 1 : 0)) < 1e-6));

/** The difference where both volumes lie on one grid. */
function subtract(out, first, second, layout, slice, limit, colours) {
  const held = [first, second].map((source) => source.plane(layout.axis, slice));
  if (!held[0] || !held[1]) return;
  const [a, b] = held.map(({ strides }) => planeSteps(layout, first.shape, slice, strides));
  for (let row = 0, to = 0; row < a.rows; row++) {
    for (let column = 0; column < a.columns; column++) {
      const before = held[0].values[a.start + row * a.rowStep + column * a.columnStep];
      const after = held[1].values[b.start + row * b.rowStep + column * b.columnStep];
      const part = clamp((((after << 16) >> 16) - ((before << 16) >> 16)) / limit, -1, 1);
      out[to++] = colours[Math.round(part * 255) + 255];
    }
  }
}

/** HU between voxels, linear; null where `index` lies outside. */
function sample(source, index) {
  const low = [];
  const part = [];
  for (let axis = 0; axis < 3; axis++) {
    const end = source.shape[axis] - 1;
    if (index[axis] < -0.5001 || index[axis] > end + 0.5001) return null;
    const place = clamp(Math.abs(index[axis] - Math.round(index[axis])) < 1e-4 ? Math.round(index[axis]) : index[axis], 0, end);
    low.push(Math.min(Math.floor(place), Math.max(end - 1, 0)));
    part.push(place - low[axis]);
  }
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    const bits = [corner & 1, (corner >> 1) & 1, (corner >> 2) & 1];
    const weight = bits.reduce((product, bit, axis) => product * (bit ? part[axis] : 1 - part[axis]), 1);
    if (weight) sum += weight * source.valueAt(bits.map((bit, axis) => low[axis] + bit));
  }
  return sum;
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

/** The affine that does `second` and then `first`; 3 x 4 is enough. */
function compose(first, second) {
  return [0, 1, 2].map((i) =>
    [0, 1, 2, 3].map((j) => first[i].slice(0, 3).reduce((sum, v, k) => sum + v * second[k][j], j === 3 ? first[i][3] : 0)),
  );
}

/** The affine from millimetres back to indices. */
function invert(affine) {
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

/** Where a picture lies in the patient, in mm to the right and down: its outer edges. */
function extent(layout, source, slice) {
  const place = toWorld(source.affine, toIndex(layout, source.shape, slice, 0, 0));
  const along = (end) => {
    const axis = LETTERS.findIndex((pair) => pair.includes(end));
    return LETTERS[axis][1] === end ? place[axis] : -place[axis];
  };
  return {
    left: along(layout.letters[1]) - layout.spacing[1] / 2,
    top: along(layout.letters[3]) - layout.spacing[0] / 2,
    width: source.shape[layout.across] * layout.spacing[1],
    height: source.shape[layout.down] * layout.spacing[0],
  };
}

/** The smallest rectangle that holds both. */
function union(a, b) {
  const left = Math.min(a.left, b.left);
  const top = Math.min(a.top, b.top);
  const right = Math.max(a.left + a.width, b.left + b.width);
  const bottom = Math.max(a.top + a.height, b.top + b.height);
  return { left, top, width: right - left, height: bottom - top };
}

const number = (value) => (Number.isNaN(value) ? "…" : String(Math.round(value * 100) / 100).replace("-", "−"));

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

// --------------------------------------------------------------------------- measuring

/** The sum, and what comes of it, of the voxels whose centres lie inside a region. */
function measureRegion(source, layout, region) {
  const [rowA, columnA] = toPicture(layout, source.shape, region.start);
  const [rowB, columnB] = toPicture(layout, source.shape, region.end);
  const [top, bottom] = [Math.min(rowA, rowB), Math.max(rowA, rowB)];
  const [left, right] = [Math.min(columnA, columnB), Math.max(columnA, columnB)];
  const middle = [(top + bottom) / 2, (left + right) / 2];
  const radii = [(bottom - top) / 2 || 0.5, (right - left) / 2 || 0.5];
  const inside = (row, column) =>
    region.kind === "rectangle" ||
    ((row - middle[0]) / radii[0]) ** 2 + ((column - middle[1]) / radii[1]) ** 2 <= 1;
  const values = [];
  for (let row = Math.ceil(top); row <= bottom; row++) {
    for (let column = Math.ceil(left); column <= right; column++) {
      if (row < 0 || column < 0 || row >= source.shape[layout.down] || column >= source.shape[layout.across]) continue;
      if (inside(row, column)) values.push(source.valueAt(toIndex(layout, source.shape, region.slice, row, column)));
    }
  }
  return statistics(values, layout.spacing[0] * layout.spacing[1]);
}

function statistics(values, pixel) {
  const count = values.length;
  if (!count) return { voxels: 0, mean: null, sd: null, minimum: null, maximum: null, area_mm2: 0 };
  const mean = values.reduce((sum, v) => sum + v, 0) / count;
  const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count);
  const [minimum, maximum] = values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
  return { voxels: count, mean, sd, minimum, maximum, area_mm2: count * pixel };
}

/** Millimetres between two points of a volume. */
function distance(source, start, end) {
  const [a, b] = [toWorld(source.affine, start), toWorld(source.affine, end)];
  return Math.hypot(...a.map((v, i) => v - b[i]));
}

// ------------------------------------------------------------------------------- state

const KEYS =
  "plane plane_index slice max_slice cursor position center width whole_center whole_width " +
  "preset_index presets " +
  "limits convention function invert opacity outline home note mode names blend " +
  "blend_index curtain limit roi ruler histogram busy outcome error call standalone";

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
  const layout = source.layouts[state.convention][next.plane];
  next.max_slice = source.shape[layout.axis] - 1;
  if (name === "slice") next.cursor[layout.axis] = next.slice;
  next.cursor = next.cursor.map((n, i) => clamp(Math.round(n), 0, source.shape[i] - 1));
  next.slice = next.cursor[layout.axis];
  next.position = positionText(next.plane, layout, source, next.slice);
  if (name === "blend_index") next.blend = BLENDS[clamp(next.blend_index, 0, 3)];
  next.blend_index = BLENDS.indexOf(next.blend);
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
  names.push("center", "width", "whole_center", "whole_width", "preset_index", "blend", "blend_index");
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
  save(model);
}

/**
 * Keep the traits of a model in line, whoever sets them.
 * @param {(state: object) => void} show draws the pictures, before anyone else is told:
 *   links and the message to the kernel take longer than the picture
 * @returns {() => void} clean-up
 */
function keepInLine(model, source, show) {
  const names = ["plane", "plane_index", "slice", "cursor", "center", "width"];
  names.push("whole_center", "whole_width", "preset_index", "blend", "blend_index");
  const handlers = names.map((name) => {
    const handler = () => {
      const before = read(model);
      const after = settle(name, before, source);
      show(after);
      if (write(model, before, after)) save(model);
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

/** The voxels of one volume: all of them, or above a limit the planes that have come so far. */
class Source {
  constructor(voxels) {
    this.voxels = voxels;
    this.shape = voxels.get("shape");
    this.affine = voxels.get("affine");
    this.inverse = invert(this.affine);
    this.layouts = voxels.get("layouts");
    this.signed = voxels.get("kind") === "int16";
    this.id = Source.count = (Source.count ?? 0) + 1;
    this.waiting = new Set();
    this.planes = new Map();
    this.listeners = new Set();
    if (voxels.get("lazy")) voxels.on("msg:custom", (message, buffers) => this.take(message, buffers));
    else this.all = { values: this.typed(voxels.get("buffer")), strides: stridesOf(this.shape) };
    // What had to be copied is not kept twice.
    if (this.all && this.all.values.buffer !== voxels.get("buffer").buffer) voxels.set("buffer", null);
  }

  /** Bytes as voxels; copied only where they don't lie on a whole voxel. */
  typed(bytes) {
    const type = this.signed ? Uint16Array : Uint8Array;
    const view = new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength);
    const aligned = view.byteOffset % type.BYTES_PER_ELEMENT === 0 ? view : view.slice();
    return new type(aligned.buffer, aligned.byteOffset, view.byteLength / type.BYTES_PER_ELEMENT);
  }

  /** @returns {Plane|null} what holds a plane, asked for where it has not come yet */
  plane(axis, index) {
    if (this.all) return this.all;
    const key = `${axis},${index}`;
    const plane = this.planes.get(key);
    this.ask(axis, index);
    for (let ahead = 1; ahead <= 4; ahead++) {
      this.ask(axis, index + ahead);
      this.ask(axis, index - ahead);
    }
    return plane ?? null;
  }

  ask(axis, index) {
    const key = `${axis},${index}`;
    if (index < 0 || index >= this.shape[axis] || this.planes.has(key) || this.waiting.has(key)) return;
    this.waiting.add(key);
    this.voxels.send({ kind: "plane", axis, index });
  }

  /** A plane has come: keep it, and the newest 120 of them. */
  take(message, [bytes]) {
    if (message.kind !== "plane") return;
    const key = `${message.axis},${message.index}`;
    const strides = [0, 1, 2].map((axis) => (axis === message.axis ? 0 : 1));
    const [first] = [0, 1, 2].filter((axis) => axis !== message.axis);
    strides[first] = this.shape[message.axis === 2 ? 1 : 2];
    this.waiting.delete(key);
    this.planes.set(key, { values: this.typed(bytes), strides });
    if (this.planes.size > 120) this.planes.delete(this.planes.keys().next().value);
    this.listeners.forEach((listener) => listener());
  }

  /** HU of a voxel; not a number where no plane with it has come yet. */
  valueAt(index) {
    const held = this.all ?? [0, 1, 2].map((axis) => this.planes.get(`${axis},${index[axis]}`)).find(Boolean);
    if (!held) return NaN;
    const { values, strides } = held;
    const bits = values[index[0] * strides[0] + index[1] * strides[1] + index[2] * strides[2]];
    return this.signed ? (bits << 16) >> 16 : bits;
  }

  /** The index nearest to a place in mm, or null outside. */
  indexAt(place) {
    const index = toWorld(this.inverse, place).map(Math.round);
    return index.every((n, axis) => n >= 0 && n < this.shape[axis]) ? index : null;
  }
}

const decoded = new WeakMap();

/** The Source that a trait refers to: "IPY_MODEL_..." in Jupyter, a model itself elsewhere. */
async function referred(model, name) {
  const value = model.get(name);
  if (!value) return null;
  const voxels = typeof value === "string" ? await model.widget_manager.get_model(value.replace("IPY_MODEL_", "")) : value;
  if (!decoded.has(voxels)) decoded.set(voxels, new Source(voxels));
  return decoded.get(voxels);
}

/** Set where something is missing in the kernel: the picture goes on without it. */
function save(model) {
  try {
    model.save_changes();
  } catch (error) {
    console.warn("ctkit: the kernel is not there", error);
  }
}

// ------------------------------------------------------------------------ one picture

/** @returns {HTMLElement} */
function make(tag, className, parent, attributes = {}) {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent?.append(element);
  return element;
}

function makeSvg(tag, attributes, parent) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent?.append(element);
  return element;
}

const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

const setAttribute = (element, name, value) => {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
};

/** One canvas at the size of the voxels, stretched to millimetres by CSS. */
class Layer {
  constructor(stage, className) {
    this.canvas = make("canvas", className, stage);
    this.context = this.canvas.getContext("2d");
    this.painted = "";
  }

  /** Paint anew where `wanted` is not what was painted last. */
  paint(wanted, { rows, columns }, fill) {
    if (wanted === this.painted) return;
    if (!this.data || this.canvas.width !== columns || this.canvas.height !== rows) {
      this.canvas.width = columns;
      this.canvas.height = rows;
      this.data = new ImageData(columns, rows);
      this.pixels = new Uint32Array(this.data.data.buffer);
    }
    this.painted = wanted;
    fill(this.pixels);
    this.context.putImageData(this.data, 0, 0);
  }

  /** Show nothing, or again what was painted. */
  show(shown) {
    if (this.canvas.hidden === shown) this.canvas.hidden = !shown;
  }

  /** Whoever still holds the canvas of a closed view holds no pixels. */
  free() {
    this.canvas.width = this.canvas.height = 0;
    this.data = this.pixels = null;
  }

  /** Put a rectangle of the patient where it belongs in a frame. */
  place(box, frame, view) {
    this.left = view.left + (box.left - frame.left) * view.scale;
    this.top = view.top + (box.top - frame.top) * view.scale;
    this.width = box.width * view.scale;
    this.height = box.height * view.scale;
    const size = [this.left, this.top, this.width, this.height].map((v) => `${v}px`);
    ["left", "top", "width", "height"].forEach((name, i) => (this.canvas.style[name] = size[i]));
  }
}

const PLACES = ["tl", "tr", "bl", "br", "left", "right", "top", "bottom", "measure"];

/** A stage: a plane of one volume, its mask, perhaps a second volume over it, and the marks. */
class Pane {
  /** @param {string|null} plane the plane it keeps to, or null for that of the state */
  constructor(parent, { plane = null, first = "voxels", over = null }) {
    Object.assign(this, { fixed: plane, first, over });
    this.stage = make("div", "ctkit-stage", parent);
    this.base = new Layer(this.stage, "ctkit-image");
    this.top = new Layer(this.stage, "ctkit-image-over");
    this.maskLayer = new Layer(this.stage, "ctkit-mask");
    this.canvas = this.base.canvas;
    this.marks = makeSvg("svg", { class: "ctkit-marks", "aria-hidden": "true" }, this.stage);
    this.paths = {};
    this.texts = {};
    for (const place of PLACES) {
      this.texts[place] = make("div", `ctkit-text ctkit-${place}`, this.stage, { "aria-hidden": "true" });
    }
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    // JupyterLab's shortcuts are caught before the keys get here.
    this.canvas.dataset.lmSuppressShortcuts = "true";
  }

  /** Keep the size of the stage: reading it while drawing would lay the whole page out anew. */
  keepSize() {
    this.wide = this.stage.clientWidth;
    this.high = this.stage.clientHeight;
  }

  /** Draw the pictures of a state; only what has changed is done again. */
  paint(state, sources, table) {
    const source = sources[this.first] ?? sources.voxels;
    const plane = this.fixed ?? state.plane;
    Object.assign(this, { source, plane, layout: source.layouts[state.convention][plane], sources });
    this.slice = this.sliceOf(source, state, sources.voxels);
    this.cursor = source === sources.voxels ? state.cursor : this.indexIn(source, state.cursor, sources.voxels);
    this.paintBase(state, table);
    this.paintMask(state, sources.overlay);
    this.paintOver(state, table);
  }

  /** The cursor of the first volume as an index of another, by millimetres; may lie outside. */
  indexIn(source, cursor, first) {
    return toWorld(source.inverse, toWorld(first.affine, cursor)).map(Math.round);
  }

  /** The slice to be shown of a source, or null where it has none there. */
  sliceOf(source, state, first) {
    const { axis } = source.layouts[state.convention][this.plane ?? this.fixed ?? state.plane];
    const index = source === first ? state.cursor : this.indexIn(source, state.cursor, first);
    return index[axis] >= 0 && index[axis] < source.shape[axis] ? index[axis] : null;
  }

  paintBase(state, table) {
    this.base.show(this.slice !== null);
    this.paintGreys(this.base, this.source, this.layout, this.slice, state, table);
  }

  paintGreys(layer, source, layout, slice, state, table) {
    if (slice === null) return;
    const held = source.plane(layout.axis, slice);
    if (!held) return;
    const wanted = [this.plane, slice, state.convention, table.id, source.id].join();
    const steps = planeSteps(layout, source.shape, slice, held.strides);
    layer.paint(wanted, steps, (pixels) => fillPlane(pixels, held.values, table.packed, steps));
  }

  /** The mask, on the grid of the picture or on one of its own. */
  paintMask(state, mask) {
    const layout = mask?.layouts[state.convention][this.plane];
    const slice = mask && this.first === "voxels" ? this.sliceOf(mask, state, this.sources.voxels) : null;
    const held = slice === null ? null : mask.plane(layout.axis, slice);
    this.maskBox = held ? extent(layout, mask, slice) : null;
    this.maskLayer.show(Boolean(held));
    if (!held) return;
    const { opacity, outline, convention } = state;
    const wanted = [this.plane, slice, convention, opacity, outline, mask.id].join();
    const steps = planeSteps(layout, mask.shape, slice, held.strides);
    this.maskLayer.paint(wanted, steps, (pixels) => fillMask(pixels, held.values, steps, opacity, outline));
  }

  /** The second volume over the first: its own greys, or the difference in colour. */
  paintOver(state, table) {
    const second = this.over && state.blend !== "side by side" ? this.sources.second : null;
    this.second = second;
    this.top.show(Boolean(second));
    if (!second) return;
    if (state.blend === "difference") return this.paintDifference(state, second);
    this.layout2 = second.layouts[state.convention][this.plane];
    this.slice2 = this.sliceOf(second, state, this.sources.voxels);
    this.paintGreys(this.top, second, this.layout2, this.slice2, state, table);
    if (this.slice2 === null) this.top.show(false);
  }

  paintDifference(state, second) {
    this.layout2 = this.layout;
    this.slice2 = this.slice;
    const come = [this.source, second].every((source) => source.plane(this.layout.axis, this.slice));
    const wanted = ["difference", this.plane, this.slice, state.convention, state.limit, second.id, come].join();
    const steps = planeSteps(this.layout, this.source.shape, this.slice);
    this.colours ??= differenceTable();
    this.top.paint(wanted, steps, (pixels) =>
      fillDifference(pixels, this.source, second, this.layout, this.slice, state.limit, this.colours),
    );
  }

  /** Fit the pictures into the stage at their true aspect, in one frame of millimetres. */
  place(state) {
    const { wide, high } = this;
    if (!wide) return;
    const boxes = this.boxes(state);
    const frame = Object.values(boxes).reduce(union);
    const key = JSON.stringify([wide, high, boxes, this.maskBox, state.blend]);
    if (key !== this.placed) {
      this.placed = key;
      const scale = Math.min(wide / frame.width, high / frame.height);
      const view = { scale, left: (wide - frame.width * scale) / 2, top: (high - frame.height * scale) / 2 };
      this.scale = scale;
      this.base.place(boxes.base, frame, view);
      if (this.maskBox) this.maskLayer.place(this.maskBox, frame, view);
      if (boxes.over) this.top.place(this.second && state.blend === "difference" ? boxes.base : boxes.over, frame, view);
      this.drawBar(wide, high);
    }
    this.clip(state);
  }

  /** The rectangles of this stage's pictures; two volumes side by side share one frame. */
  boxes(state) {
    const boxes = { base: extent(this.layout, this.source, this.slice ?? 0) };
    const others = [this.sources.voxels, this.sources.second].filter((source) => source && source !== this.source);
    if (state.mode !== "compare" || !others.length) return boxes;
    const layout = others[0].layouts[state.convention][this.plane];
    boxes.over = extent(layout, others[0], this.sliceOf(others[0], state, this.sources.voxels) ?? 0);
    return boxes;
  }

  /** The curtain: of the second volume only what lies right of it. */
  clip(state) {
    const curtain = this.second && state.blend === "curtain";
    const x = state.curtain * this.wide;
    this.path("curtain", curtain ? `M${x} 0V${this.high}` : "");
    const clip = curtain ? `inset(0 0 0 ${clamp(x - this.top.left, 0, this.top.width)}px)` : "";
    if (clip !== this.clipped) this.top.canvas.style.clipPath = this.clipped = clip;
    this.curtainAt = curtain ? x : null;
  }

  /** A line among the marks, by its name; an empty one is not seen. */
  path(name, d) {
    this.paths[name] ??= makeSvg("path", { class: `ctkit-line-${name}` }, this.marks);
    setAttribute(this.paths[name], "d", d);
  }

  drawBar(width, height) {
    const length = barLength(width / this.scale);
    const x = width - 12;
    const from = x - length * this.scale;
    const y = height - 12;
    this.marks.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.path("bar", `M${from} ${y - 4}V${y}H${x}V${y - 4}`);
    setText(this.texts.br, `${length} mm`);
  }

  write(state) {
    const count = this.source.shape[this.layout.axis];
    const shown = this.slice ?? 0;
    const position = positionText(this.plane, this.layout, this.source, shown);
    const [left, right, top, bottom] = this.layout.letters;
    const words = { left, right, top, bottom };
    const where = this.slice === null ? "outside of this volume" : position;
    words.tl = `${this.plane}  ${shown} / ${count - 1}\n${where}`;
    words.bl = this.windowWords(state);
    words.tr = [this.nameOf(state), ...this.notes(state)].filter(Boolean).join("\n");
    for (const [place, text] of Object.entries(words)) setText(this.texts[place], text);
    setAttribute(this.canvas, "aria-label", label(state, this.plane, shown, count, position));
  }

  /** What is to be known of this picture: of two, the second is the one being worked on. */
  notes(state) {
    const alone = state.mode !== "compare" || state.blend !== "side by side" || !this.sources.second;
    return [this.first === "voxels" ? state.note : "", alone || this.first === "second" ? state.busy : ""];
  }

  windowWords(state) {
    if (this.second && state.blend === "difference") return `${state.names[1]} − ${state.names[0]}\n−${state.limit} blue … orange +${state.limit} HU`;
    return windowText(state) + (state.invert ? "  inverted" : "");
  }

  /** Which of two volumes this is. */
  nameOf(state) {
    if (state.mode !== "compare" || !this.sources.second) return "";
    if (state.blend === "side by side") return state.names[this.first === "second" ? 1 : 0];
    if (state.blend === "curtain") return `${state.names[0]} | ${state.names[1]}`;
    return state.blend === "flicker" ? state.names[this.flickered ? 1 : 0] : "difference";
  }

  /** Where the middle of a voxel (fractions too) of this plane is on the stage. */
  onStage(index) {
    const [row, column] = toPicture(this.layout, this.source.shape, index);
    return [
      this.base.left + ((column + 0.5) * this.base.width) / this.canvas.width,
      this.base.top + ((row + 0.5) * this.base.height) / this.canvas.height,
    ];
  }

  /** The index (fractions too) of a point of the page, whether or not it lies inside. */
  pointAt(clientX, clientY) {
    const box = this.canvas.getBoundingClientRect();
    const column = ((clientX - box.left) / box.width) * this.canvas.width - 0.5;
    const row = ((clientY - box.top) / box.height) * this.canvas.height - 0.5;
    return toIndex(this.layout, this.source.shape, this.slice ?? 0, row, column);
  }

  /** The voxel under a point of the page, or null outside of the picture. */
  voxelAt(clientX, clientY) {
    const index = this.pointAt(clientX, clientY).map(Math.round);
    const inside = index.every((n, axis) => n >= 0 && n < this.source.shape[axis]);
    return inside && this.slice !== null ? index : null;
  }

  /** A small cross on the voxel of the cursor, or lines right across the stage. */
  drawCursor(shown, across) {
    if (!shown || !this.scale) return this.path("cross", "");
    const [x, y] = this.onStage(this.cursor);
    if (!across) return this.path("cross", `M${x - 9} ${y}h6M${x + 3} ${y}h6M${x} ${y - 9}v6M${x} ${y + 3}v6`);
    return this.path("cross", `M0 ${y}H${x - 8}M${x + 8} ${y}H${this.wide}M${x} 0V${y - 8}M${x} ${y + 8}V${this.high}`);
  }

  /** Ruler and region, where they belong to this slice. */
  drawMeasures(state) {
    const here = (thing) => thing && thing.plane === this.plane && thing.slice === this.slice && this.first === "voxels";
    const { ruler, roi } = state;
    const points = here(ruler) ? [this.onStage(ruler.start), this.onStage(ruler.end)] : null;
    this.path("ruler", points ? `M${points[0].join(" ")}L${points[1].join(" ")}` : "");
    this.path("roi", here(roi) ? regionPath(roi.kind, this.onStage(roi.start), this.onStage(roi.end)) : "");
    const lines = [];
    if (points) lines.push(`ruler ${ruler.mm.toFixed(1)} mm`);
    if (here(roi) && roi.voxels) {
      lines.push(`mean ${roi.mean.toFixed(1).replace("-", "−")}  SD ${roi.sd.toFixed(1)} HU`);
      lines.push(`${number(roi.minimum)} to ${number(roi.maximum)} HU  ${roi.area_mm2.toFixed(0)} mm²`);
    }
    setText(this.texts.measure, lines.join("\n"));
  }
}

function regionPath(kind, [x0, y0], [x1, y1]) {
  if (kind === "rectangle") return `M${x0} ${y0}H${x1}V${y1}H${x0}Z`;
  const [rx, ry] = [Math.abs(x1 - x0) / 2, Math.abs(y1 - y0) / 2];
  const left = Math.min(x0, x1);
  const middle = (y0 + y1) / 2;
  return `M${left} ${middle}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0`;
}

// ----------------------------------------------------------------------- the histogram

/** How often each HU occurs, on a logarithmic scale, with the window to be dragged. */
class Histogram {
  constructor(parent, viewer) {
    this.viewer = viewer;
    this.root = make("div", "ctkit-histogram", parent, { "aria-hidden": "true" });
    this.svg = makeSvg("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none" }, this.root);
    const names = ["band", "bars", "ramp", "low", "high"];
    for (const name of names) this[name] = makeSvg("path", { class: `ctkit-histogram-${name}` }, this.svg);
    this.axis = make("div", "ctkit-histogram-axis", this.root);
    const options = { signal: viewer.stop.signal };
    this.svg.addEventListener("pointerdown", (event) => this.onDown(event), options);
    this.svg.addEventListener("pointermove", (event) => this.onMove(event), options);
    for (const end of ["pointerup", "pointercancel"]) this.svg.addEventListener(end, () => this.onUp(), options);
  }

  onUp() {
    this.grip = null;
    this.viewer.letGo();
  }

  /** HU to the width of 1000, and back. */
  x(hu) {
    return (1000 * (hu - this.low_hu)) / (this.high_hu - this.low_hu);
  }

  hu(event) {
    const box = this.svg.getBoundingClientRect();
    return this.low_hu + ((event.clientX - box.left) / box.width) * (this.high_hu - this.low_hu);
  }

  draw(state) {
    const { histogram, center, width } = state;
    this.root.hidden = !histogram?.counts?.length;
    if (this.root.hidden) return;
    if (this.drawn !== histogram) this.drawBars(histogram);
    const [low, high] = [this.x(center - width / 2), this.x(center + width / 2)];
    const [dark, light] = state.invert ? [0, 100] : [100, 0];
    setAttribute(this.band, "d", `M${low} 0H${high}V100H${low}Z`);
    setAttribute(this.ramp, "d", `M0 ${dark}L${low} ${dark}L${high} ${light}L1000 ${light}`);
    setAttribute(this.low, "d", `M${low} 0V100`);
    setAttribute(this.high, "d", `M${high} 0V100`);
  }

  drawBars(histogram) {
    this.drawn = histogram;
    this.low_hu = histogram.low;
    this.high_hu = histogram.high;
    const heights = histogram.counts.map((n) => Math.log1p(n));
    const most = Math.max(...heights) || 1;
    const step = 1000 / heights.length;
    const tops = heights.map((h, i) => `L${(i * step).toFixed(1)} ${(100 - (92 * h) / most).toFixed(1)}h${step.toFixed(2)}`);
    this.bars.setAttribute("d", `M0 100${tops.join("")}L1000 100Z`);
    this.axis.textContent = "";
    for (const hu of ticks(this.low_hu, this.high_hu)) {
      const tick = make("span", "", this.axis);
      tick.textContent = number(hu);
      tick.style.left = `${clamp(this.x(hu) / 10, 3, 97)}%`;
    }
  }

  onDown(event) {
    const { center, width } = read(this.viewer.model);
    const hu = this.hu(event);
    const near = (8 * (this.high_hu - this.low_hu)) / this.svg.clientWidth;
    const [low, high] = [center - width / 2, center + width / 2];
    const ends = [Math.abs(hu - low), Math.abs(hu - high)];
    const end = ends[0] < ends[1] ? "low" : "high";
    const part = Math.min(...ends) <= near && (hu < low || hu > high || width > 3 * near) ? end : hu > low && hu < high ? "middle" : end;
    this.grip = { part, hu, low, high };
    this.svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  onMove(event) {
    if (!this.grip) return;
    const moved = this.hu(event) - this.grip.hu;
    let { low, high } = this.grip;
    if (this.grip.part !== "high") low += moved;
    if (this.grip.part !== "low") high += moved;
    [low, high] = low < high ? [low, high] : [high, low];
    const width = Math.max(1, Math.round(high - low));
    this.viewer.hold(clampWindow({ center: Math.round((low + high) / 2), width }, this.viewer.model.get("limits")));
  }
}

/** Round numbers between two HU, about five of them. */
function ticks(low, high) {
  const step = [50, 100, 200, 500, 1000, 2000, 5000, 10000].find((s) => (high - low) / s <= 6) ?? 20000;
  const first = Math.ceil(low / step) * step;
  return Array.from({ length: Math.floor((high - first) / step) + 1 }, (_, i) => first + i * step);
}

const clampWindow = ({ center, width }, limits) => ({
  center: clamp(center, ...limits.center),
  width: clamp(width, ...limits.width),
});

// --------------------------------------------------------------------------- the tools

const ICONS = {
  window: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  ruler: "M4 16 16 4l4 4L8 20zM8 12l2 2M11 9l2 2M14 6l2 2",
  ellipse: "M3 12a9 6 0 1 0 18 0a9 6 0 1 0-18 0",
  rectangle: "M4 6h16v12H4z",
  clear: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  play: "M7 4l13 8-13 8z",
  save: "M12 4v11M7 10l5 5 5-5M4 20h16",
  copy: "M8 8h12v12H8zM16 8V4H4v12h4",
  help: "M9 9a3 3 0 1 1 4 2.8c-.8.4-1 1-1 2.2M12 18v.5",
};
const TOOLS = [
  ["window", "Drag changes the window (w)", "w"],
  ["ruler", "Ruler: drag a length (l)", "l"],
  ["ellipse", "Region, ellipse: drag, or Enter (e)", "e"],
  ["rectangle", "Region, rectangle: drag, or Enter (r)", "r"],
  ["clear", "Remove ruler and region (Delete)", "Delete"],
  ["play", "Play the slices (c)", "c"],
  ["save", "Save the picture as PNG (s)", "s"],
  ["copy", "Copy the state as a line of Python (y)", "y"],
  ["help", "Mouse and keys (?)", "?"],
];
const HELP = [
  ["Wheel, arrows", "next or previous slice"],
  ["PageUp, PageDown", "five slices"],
  ["Home, End", "first, last slice"],
  ["Drag", "window: right is wider, down is a higher center"],
  ["One finger, two fingers", "slices, window"],
  ["Click", "put the cursor on a voxel"],
  ["Shift + arrows", "move the cursor by a voxel"],
  ["i, space", "invert, reset the window"],
  ["w, l, e, r", "drag: window, ruler, ellipse, rectangle"],
  ["Enter, + and −", "region at the cursor, larger, smaller"],
  ["Delete", "remove ruler and region"],
  ["[ and ]", "move the curtain"],
  ["c, s, y", "play, save PNG, copy the state"],
  ["?, Escape", "this sheet, close it"],
];

function addToolbar(viewer) {
  const bar = make("div", "ctkit-tools", viewer.root, { role: "toolbar", "aria-label": "Tools of the picture" });
  const buttons = {};
  for (const [name, title] of TOOLS) {
    const button = make("button", `ctkit-tool ctkit-tool-${name}`, bar, { type: "button", title, "aria-label": title });
    const svg = makeSvg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, button);
    makeSvg("path", { d: ICONS[name] }, svg);
    button.addEventListener("click", () => viewer.useTool(name), { signal: viewer.stop.signal });
    buttons[name] = button;
  }
  return buttons;
}

/** The sheet of mouse and keys, over the picture. */
function addSheet(viewer, presets) {
  const sheet = make("div", "ctkit-sheet", viewer.root, { role: "dialog", "aria-label": "Mouse and keys", tabindex: "-1" });
  sheet.hidden = true;
  const list = make("dl", "", sheet);
  const rows = [...HELP, ...presets.map((row) => [row[3], `window: ${row[0]} (${row[1]} / ${row[2]})`])];
  for (const [keys, words] of rows) {
    make("dt", "", list).textContent = keys;
    make("dd", "", list).textContent = words;
  }
  sheet.addEventListener("keydown", (event) => viewer.onKey(event), { signal: viewer.stop.signal });
  sheet.dataset.lmSuppressShortcuts = "true";
  return sheet;
}

/** The state as a line of Python. */
function stateLine(state) {
  const preset = state.presets[state.preset_index - 1];
  const window = preset ? `"${preset[0]}"` : `(${state.center}, ${state.width})`;
  return `${state.call}, plane="${state.plane}", slice=${state.slice}, window=${window})`;
}

/** The stages as they are on screen, twice as fine, on one canvas. */
function drawScreen(panes) {
  const boxes = panes.map((pane) => pane.stage.getBoundingClientRect());
  const left = Math.min(...boxes.map((box) => box.left));
  const top = Math.min(...boxes.map((box) => box.top));
  const canvas = document.createElement("canvas");
  canvas.width = 2 * (Math.max(...boxes.map((box) => box.right)) - left);
  canvas.height = 2 * (Math.max(...boxes.map((box) => box.bottom)) - top);
  const context = canvas.getContext("2d");
  panes.forEach((pane, i) => {
    context.save();
    context.setTransform(2, 0, 0, 2, 2 * (boxes[i].left - left), 2 * (boxes[i].top - top));
    drawPane(context, pane);
    context.restore();
  });
  return canvas;
}

function drawPane(context, pane) {
  const { clientWidth, clientHeight } = pane.stage;
  context.beginPath();
  context.rect(0, 0, clientWidth, clientHeight);
  context.clip();
  context.fillStyle = "#000";
  context.fill();
  for (const layer of [pane.base, pane.top, pane.maskLayer]) drawLayer(context, layer, pane);
  context.lineWidth = 1.5;
  for (const path of Object.values(pane.paths)) {
    context.strokeStyle = getComputedStyle(path).stroke;
    context.stroke(new Path2D(path.getAttribute("d")));
  }
  Object.values(pane.texts).forEach((text) => drawText(context, text, pane.stage));
}

function drawLayer(context, layer, pane) {
  if (layer.canvas.hidden || !layer.data) return;
  context.save();
  if (layer === pane.top && pane.curtainAt !== null) {
    context.beginPath();
    context.rect(pane.curtainAt, 0, pane.stage.clientWidth, pane.stage.clientHeight);
    context.clip();
  }
  context.drawImage(layer.canvas, layer.left, layer.top, layer.width, layer.height);
  context.restore();
}

function drawText(context, element, stage) {
  if (!element.textContent) return;
  const box = element.getBoundingClientRect();
  const origin = stage.getBoundingClientRect();
  const style = getComputedStyle(element);
  const lines = element.textContent.split("\n");
  const high = box.height / lines.length;
  context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.textBaseline = "middle";
  context.textAlign = style.textAlign === "right" ? "right" : "left";
  const x = (context.textAlign === "right" ? box.right : box.left) - origin.left;
  lines.forEach((line, i) => context.fillText(line, x, box.top - origin.top + (i + 0.5) * high));
}

/** Plane, slice and window as native inputs, in a page without Jupyter's. */
function addNativeControls(viewer) {
  const panel = make("div", "ctkit-native", viewer.root);
  const { model } = viewer;
  const presets = model.get("presets");
  const add = (name, tag, attributes) => {
    const row = make("label", "", panel);
    make("span", "", row).textContent = name;
    return make(tag, "", row, { "aria-label": name, ...attributes });
  };
  const plane = add("Plane", "select", {});
  const slice = add("Slice", "input", { type: "range", min: 0 });
  const preset = add("Window", "select", {});
  const limits = model.get("limits");
  const center = add("Center", "input", { type: "range", min: limits.center[0], max: limits.center[1] });
  const width = add("Width", "input", { type: "range", min: limits.width[0], max: limits.width[1] });
  PLANES.forEach((name) => (make("option", "", plane).textContent = name));
  ["your own", ...presets.map((row) => `${row[0]} (${row[1]} / ${row[2]})`)].forEach((name) => (make("option", "", preset).textContent = name));
  const tie = (input, name, key) =>
    input.addEventListener("input", () => viewer.set({ [name]: Number(input[key]) }), { signal: viewer.stop.signal });
  tie(plane, "plane_index", "selectedIndex");
  tie(slice, "slice", "value");
  tie(preset, "preset_index", "selectedIndex");
  tie(center, "whole_center", "value");
  tie(width, "whole_width", "value");
  return (state) => {
    plane.selectedIndex = state.plane_index;
    slice.max = state.max_slice;
    slice.value = state.slice;
    preset.selectedIndex = state.preset_index;
    center.value = state.whole_center;
    width.value = state.whole_width;
  };
}

// -------------------------------------------------------------------- the whole viewer

const PANES = {
  single: () => [{}],
  planes: () => PLANES.map((plane) => ({ plane })),
  compare: () => [{ over: "second" }, { first: "second" }],
};
const MOVES = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };

/** Pictures, gestures, keys and the probe of one view of a model. */
class Viewer {
  constructor(model, el, sources) {
    this.model = model;
    this.sources = sources;
    this.stop = new AbortController();
    this.first = [...model.get("cursor")];
    this.tool = "window";
    this.build(el);
    this.panes.forEach((pane) => this.listen(pane));
    document.addEventListener("wheel", (event) => this.noteScroll(event), { signal: this.stop.signal, passive: true });
    this.redraw = () => this.tryToDraw();
    this.preview = (state) => this.tryToDraw(() => this.paint(this.inSight(state)));
    this.stopWatching = watch(model, this.redraw);
    Object.values(sources).forEach((source) => source?.listeners.add(this.redraw));
    this.panes.forEach((pane) => pane.keepSize());
    this.resize = new ResizeObserver(() => {
      this.panes.forEach((pane) => pane.keepSize());
      this.redraw();
    });
    this.panes.forEach((pane) => this.resize.observe(pane.stage));
    this.draw();
  }

  build(el) {
    const mode = this.model.get("mode");
    this.root = make("div", `ctkit-view ctkit-mode-${mode}`, el);
    this.buttons = addToolbar(this);
    // Over the pictures, where the sliders are: what a function said must not need a scroll.
    this.outcome = make("div", "ctkit-outcome", this.root, { role: "status" });
    this.stages = make("div", "ctkit-stages", this.root);
    this.panes = PANES[mode]().map((options) => new Pane(this.stages, options));
    this.probe = make("div", "ctkit-probe", this.root);
    this.probeParts = ["index", "place", "hu"].map((name) => make("span", `ctkit-${name}`, this.probe));
    this.errorBox = make("pre", "ctkit-error", this.root, { role: "alert" });
    this.errorBox.hidden = true;
    this.histogram = new Histogram(this.root, this);
    if (this.model.get("standalone")) this.drawNative = addNativeControls(this);
    this.sheet = addSheet(this, this.model.get("presets"));
    this.said = make("div", "ctkit-said", this.root, { role: "status" });
  }

  listen({ canvas, stage }) {
    const options = { signal: this.stop.signal };
    const pane = this.panes.find((one) => one.stage === stage);
    canvas.addEventListener("keydown", (event) => this.onKey(event), options);
    canvas.addEventListener("focus", () => this.choose(pane), options);
    stage.addEventListener("pointerdown", (event) => this.onDown(event, pane), options);
    stage.addEventListener("pointermove", (event) => this.onMove(event, pane), options);
    stage.addEventListener("pointerup", (event) => this.onUp(event), options);
    stage.addEventListener("pointercancel", () => this.endGesture(), options);
    stage.addEventListener("pointerleave", () => this.showProbe(null), options);
    stage.addEventListener("wheel", (event) => this.onWheel(event, pane), { ...options, passive: false });
  }

  close() {
    this.stop.abort();
    this.resize.disconnect();
    this.stopWatching();
    [this.playing, this.flickering, this.telling, this.saying].forEach(clearTimeout);
    Object.values(this.sources).forEach((source) => source?.listeners.delete(this.redraw));
    this.root.remove();
    for (const { base, top, maskLayer } of this.panes) [base, top, maskLayer].forEach((layer) => layer.free());
  }

  /** Another second volume or mask has come. */
  replace(name, source) {
    if (this.stop.signal.aborted) return;
    this.sources[name]?.listeners.delete(this.redraw);
    source?.listeners.add(this.redraw);
    this.sources[name] = source;
    this.redraw();
  }

  /** What goes wrong later on stands in the widget too. */
  tryToDraw(draw = () => this.draw()) {
    try {
      draw();
    } catch (error) {
      this.showError(`The viewer stopped: ${error?.message ?? error}`);
      console.error(error);
    }
  }

  /** The pictures of a state, ahead of all else that shows it. */
  paint(state) {
    const table = this.tableOf(state);
    this.hidePanes(state);
    for (const pane of this.shown) pane.paint(state, this.sources, table);
  }

  draw() {
    const state = this.inSight();
    this.paint(state);
    for (const pane of this.shown) {
      pane.place(state);
      pane.write(state);
      pane.drawCursor(state.mode === "planes" || this.isPinned(state), state.mode === "planes");
      pane.drawMeasures(state);
    }
    this.flicker(state);
    this.histogram.draw(state);
    this.drawNative?.(state);
    setText(this.outcome, state.outcome ?? "");
    this.showError(state.error);
    this.showProbe(this.hovered);
    for (const [name] of TOOLS.slice(0, 4)) setAttribute(this.buttons[name], "aria-pressed", String(this.tool === name));
    setAttribute(this.buttons.play, "aria-pressed", String(Boolean(this.playing)));
  }

  /** The second stage is there only for two volumes side by side. */
  hidePanes(state) {
    const both = state.mode !== "compare" || (state.blend === "side by side" && Boolean(this.sources.second));
    this.shown = this.panes.slice(0, both ? 3 : 1);
    for (const { stage } of this.panes.slice(1)) if (stage.hidden === both) stage.hidden = !both;
    this.active = this.shown.includes(this.active) ? this.active : this.shown[0];
    if (state.mode === "planes") this.active = this.panes.find((pane) => pane.fixed === state.plane);
  }

  /** One volume and the other in turn, less than twice a second. */
  flicker(state) {
    const pane = this.panes[0];
    const on = Boolean(pane.second) && state.blend === "flicker";
    if (on && pane.slice2 !== null) pane.top.show(Boolean(pane.flickered));
    if (on === Boolean(this.flickering)) return;
    clearInterval(this.flickering);
    this.flickering = on ? setInterval(() => { pane.flickered = !pane.flickered; this.draw(); }, 600) : null;
  }

  showError(text) {
    this.errorBox.hidden = !text;
    setText(this.errorBox, text);
  }

  /** The table of the window, made anew only when the window has changed. */
  tableOf({ center, width, function: fn, invert: inverted }) {
    const id = [center, width, fn, inverted].join();
    if (this.table?.id !== id) {
      this.table = { id, packed: packGreys(windowBytes(center, width, fn), inverted, this.table?.packed) };
    }
    return this.table;
  }

  /** Whether the cursor has been put on a voxel, by a click or from Python. */
  isPinned(state) {
    const { down, across } = this.sources.voxels.layouts[state.convention][state.plane];
    return [down, across].some((axis) => state.cursor[axis] !== this.first[axis]);
  }

  /** The pane of the keys; among three planes it is the plane of the state too. */
  choose(pane) {
    this.active = pane;
    if (pane.fixed && this.model.get("plane") !== pane.fixed) this.set({ plane: pane.fixed });
  }

  // ---- the probe

  showProbe(hovered) {
    this.hovered = hovered;
    const state = read(this.model);
    const voxel = hovered ? hovered.pane.voxelAt(hovered.x, hovered.y) : null;
    const index = voxel ? this.inFirst(voxel, hovered.pane) : !hovered && this.isPinned(state) ? state.cursor : null;
    const text = index ? this.probeText(index) : { index: "", place: "Point at the picture: HU", hu: "" };
    this.probeParts.forEach((part, i) => setText(part, text[["index", "place", "hu"][i]]));
  }

  /** A voxel of a pane as an index of the first volume; null where it has none there. */
  inFirst(voxel, pane) {
    if (pane.source === this.sources.voxels) return voxel;
    return this.sources.voxels.indexAt(toWorld(pane.source.affine, voxel));
  }

  /** "[54, 120, 133]", "R 12.30  A 8.00  S 40.50 mm", "37 HU"; of two volumes both HU. */
  probeText(index) {
    const { voxels, second } = this.sources;
    const world = toWorld(voxels.affine, index);
    const place = world.map((mm, axis) => side(axis, mm)).join("  ");
    const other = second?.indexAt(world);
    const words = [`${number(voxels.valueAt(index))} HU`];
    if (second) words.push(other ? `${number(second.valueAt(other))} HU` : "outside");
    return { index: `[${index.join(", ")}]`, place: `${place} mm`, hu: words.join(" → ") };
  }

  // ---- mouse and touch

  onDown(event, pane) {
    if (event.button > 0) return;
    pane.canvas.focus({ preventScroll: true });
    pane.stage.setPointerCapture(event.pointerId);
    this.fingers = (this.fingers ?? 0) + 1;
    const { center, width, slice } = read(this.model);
    const curtain = pane.curtainAt !== null && Math.abs(event.clientX - pane.stage.getBoundingClientRect().left - pane.curtainAt) < 10;
    const start = pane.pointAt(event.clientX, event.clientY);
    this.gesture = { x: event.clientX, y: event.clientY, id: event.pointerId, pane, center, width, slice, curtain, start };
    event.preventDefault();
  }

  onMove(event, pane) {
    const { gesture } = this;
    if (!gesture) return this.showProbe({ x: event.clientX, y: event.clientY, pane });
    if (event.pointerId !== gesture.id) return undefined;
    const right = event.clientX - gesture.x;
    const down = event.clientY - gesture.y;
    gesture.moved ||= Math.hypot(right, down) > 3;
    if (!gesture.moved) return undefined;
    if (gesture.curtain) return this.moveCurtain(event.clientX);
    if (this.tool !== "window") return this.measure(gesture.start, gesture.pane.pointAt(event.clientX, event.clientY));
    if (event.pointerType === "touch" && this.fingers === 1) return this.dragSlice(down);
    return this.dragWindow(right, down);
  }

  /** Right is wider, down is a higher center: the signs of cornerstone3D, OHIF's toolkit. */
  dragWindow(right, down) {
    const { center, width } = this.gesture;
    const step = clamp(width / 200, 0.25, 8);
    const wanted = { width: Math.round(width + right * step), center: Math.round(center + down * step) };
    this.hold(clampWindow(wanted, this.model.get("limits")));
  }

  dragSlice(down) {
    const end = this.model.get("max_slice");
    const perSlice = Math.max(4, this.gesture.pane.high / (end + 1));
    this.hold({ slice: clamp(this.gesture.slice + Math.round(down / perSlice), 0, end) });
  }

  moveCurtain(clientX) {
    const box = this.panes[0].stage.getBoundingClientRect();
    this.hold({ curtain: clamp((clientX - box.left) / box.width, 0, 1) });
  }

  onUp(event) {
    const { gesture } = this;
    this.endGesture();
    if (!gesture || gesture.moved || gesture.curtain) return;
    const voxel = gesture.pane.voxelAt(event.clientX, event.clientY);
    const index = voxel && this.inFirst(voxel, gesture.pane);
    if (index) this.set({ cursor: index });
  }

  endGesture() {
    this.gesture = null;
    this.fingers = 0;
    this.letGo();
  }

  /** A scroll that began elsewhere on the page goes on as a scroll. */
  noteScroll(event) {
    if (!this.stages.contains(event.target)) this.scrolled = event.timeStamp;
  }

  onWheel(event, pane) {
    if (event.ctrlKey || event.timeStamp - (this.scrolled ?? -Infinity) < 250) {
      this.scrolled = event.timeStamp;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this.choose(pane);
    const delta = event.deltaY * (event.deltaMode === 1 ? 40 : 1);
    const [steps, left] = wheelSteps(this.left ?? 0, delta);
    this.left = left;
    if (steps) this.goTo(this.model.get("slice") + steps);
  }

  // ---- measuring

  /** Ruler or region from one point to another, on the slice in sight. */
  measure(start, end) {
    const tell = (patch) => (this.gesture ? this.hold(patch) : this.set(patch));
    const state = read(this.model);
    const source = this.sources.voxels;
    const plane = this.active.plane;
    const layout = source.layouts[state.convention][plane];
    const thing = { plane, slice: state.cursor[layout.axis], start, end };
    if (this.tool === "ruler") return tell({ ruler: { ...thing, mm: distance(source, start, end) } });
    const region = { kind: this.tool, ...thing };
    return tell({ roi: { ...region, ...measureRegion(source, layout, region) } });
  }

  /** Without a mouse: a region of 20 mm at the cursor, or the one there grown by so many mm. */
  measureAtCursor(grow) {
    if (!["ellipse", "rectangle"].includes(this.tool)) return false;
    const { layout } = this.active;
    const { cursor } = read(this.model);
    this.radius = clamp((this.radius ?? 10) + grow, 1, 200);
    const corner = (sign) =>
      cursor.map((n, axis) => {
        if (axis === layout.axis) return n;
        return n + (sign * this.radius) / layout.spacing[axis === layout.down ? 0 : 1];
      });
    return this.measure(corner(-1), corner(1));
  }

  // ---- keys and buttons

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!this.act(event.key, event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @returns {boolean} whether the key means something here */
  act(key, shift) {
    const { slice, max_slice, presets, invert: inverted, curtain } = read(this.model);
    if (key in MOVES && shift) return this.moveCursor(...MOVES[key]);
    if (key in MOVES) return this.goTo(slice + MOVES[key][0] + MOVES[key][1]);
    const ends = { PageDown: slice + 5, PageUp: slice - 5, Home: 0, End: max_slice };
    if (key in ends) return this.goTo(ends[key]);
    const row = presets.findIndex((preset) => preset[3] === key);
    if (row >= 0) return this.set({ center: presets[row][1], width: presets[row][2] });
    const tool = TOOLS.find(([, , letter]) => letter === key);
    if (tool) return this.useTool(tool[0]);
    const others = {
      i: () => this.set({ invert: !inverted }),
      " ": () => this.set({ ...this.model.get("home"), invert: false }),
      "[": () => this.set({ curtain: clamp(curtain - 0.05, 0, 1) }),
      "]": () => this.set({ curtain: clamp(curtain + 0.05, 0, 1) }),
      Enter: () => this.measureAtCursor(0),
      "+": () => this.measureAtCursor(1),
      "-": () => this.measureAtCursor(-1),
      Escape: () => this.closeSheet(),
    };
    return others[key]?.() ?? false;
  }

  /** @returns {boolean} true: a button or a key of the toolbar always means something */
  useTool(name) {
    const actions = {
      clear: () => this.set({ ruler: null, roi: null }),
      play: () => this.play(),
      save: () => this.download(),
      copy: () => this.copyState(),
      help: () => this.toggleSheet(),
    };
    if (name in actions) actions[name]();
    else this.tool = name;
    this.draw();
    return true;
  }

  /** Slice after slice, ten a second, from the end to the beginning again. */
  play() {
    clearInterval(this.playing);
    const next = () => {
      const { slice, max_slice } = read(this.model);
      this.goTo(slice < max_slice ? slice + 1 : 0);
    };
    this.playing = this.playing ? null : setInterval(next, 100);
  }

  download() {
    const state = read(this.model);
    const link = document.createElement("a");
    link.download = `ctkit_${state.plane}_${state.slice}_c${state.center}_w${state.width}.png`;
    drawScreen(this.shown).toBlob((blob) => {
      link.href = URL.createObjectURL(blob);
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      this.say("saved");
    });
  }

  async copyState() {
    const line = stateLine(read(this.model));
    try {
      await navigator.clipboard.writeText(line);
      this.say(`copied: ${line}`);
    } catch {
      this.say(line);
    }
  }

  /** A word under the picture, for eyes and for screen readers. */
  say(text) {
    setText(this.said, text);
    clearTimeout(this.saying);
    this.saying = setTimeout(() => setText(this.said, ""), 6000);
  }

  toggleSheet() {
    this.sheet.hidden = !this.sheet.hidden;
    (this.sheet.hidden ? this.active.canvas : this.sheet).focus();
  }

  closeSheet() {
    if (this.sheet.hidden) return false;
    this.toggleSheet();
    return true;
  }

  /** The state of the model, or one to come, with what the hand holds on top. */
  inSight(state = read(this.model)) {
    let seen = state;
    for (const [name, value] of Object.entries(this.held ?? {})) seen = settle(name, { ...seen, [name]: value }, this.sources.voxels);
    return seen;
  }

  /**
   * While a gesture lasts: seen at once, told when the hand rests or lets go. All that hears
   * of it, the sliders, the kernel, JupyterLab at each of its answers, takes several frames.
   */
  hold(patch) {
    this.held = { ...this.held, ...patch };
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tell(), 200);
    this.redraw();
    return true;
  }

  tell() {
    clearTimeout(this.telling);
    this.telling = null;
    if (this.held) change(this.model, this.held);
  }

  letGo() {
    this.tell();
    this.held = null;
  }

  set(patch) {
    this.held = { ...this.held, ...patch };
    this.preview(read(this.model));
    this.letGo();
    return true;
  }

  goTo(slice) {
    return this.set({ slice: clamp(slice, 0, this.model.get("max_slice")) });
  }

  /** Move the cursor by voxels of the picture: to the right, and down. */
  moveCursor(right, down) {
    const { shape, layouts } = this.sources.voxels;
    const layout = layouts[this.model.get("convention")][this.active.plane];
    const cursor = [...this.model.get("cursor")];
    cursor[layout.across] += layout.flip_across ? -right : right;
    cursor[layout.down] += layout.flip_down ? -down : down;
    return this.set({ cursor: cursor.map((n, i) => clamp(n, 0, shape[i] - 1)) });
  }
}

// ------------------------------------------------------------------------------- entry

/** An error of the script stands in the widget, where people see it. */
function showFailure(el, error) {
  make("div", "ctkit-error", el, { role: "alert" }).textContent = `The viewer stopped: ${error?.message ?? error}`;
  console.error(error);
}

/** Fetch another second volume or mask when Python names one; a late one is dropped. */
function follow(model, viewer, name) {
  const handler = async () => {
    const wanted = model.get(name);
    const source = await referred(model, name);
    if (model.get(name) === wanted) viewer.replace(name, source);
  };
  model.on(`change:${name}`, handler);
  return () => model.off(`change:${name}`, handler);
}

async function render({ model, el }) {
  try {
    const sources = {};
    for (const name of ["voxels", "overlay", "second"]) sources[name] = await referred(model, name);
    let viewer = null;
    const ends = [keepInLine(model, sources.voxels, (state) => viewer?.preview(state))];
    viewer = new Viewer(model, el, sources);
    ends.push(follow(model, viewer, "overlay"), follow(model, viewer, "second"), () => viewer.close());
    return () => ends.forEach((end) => end());
  } catch (error) {
    showFailure(el, error);
    return undefined;
  }
}

const pure = { windowBytes, packGreys, planeSteps, fillPlane, fillMask, toIndex, toPicture, toWorld };
Object.assign(pure, { barLength, wheelSteps, settle, side, clamp, invert, compose, extent, union });
Object.assign(pure, { measureRegion, distance, fillDifference, differenceTable, ticks, Source });

export default { render, pure };
