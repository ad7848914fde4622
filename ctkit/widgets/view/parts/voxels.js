/** The voxels of a volume: all of them, or above a limit the planes that have come so far. */

import {
  applyAffine,
  compose,
  invert,
  leans,
  planeSteps,
  spacingOf,
  stridesOf,
} from "../geometry.js";
import { Later } from "../later.js";
import { differenceOf, SlabMaker, samplePlane, slabOfVoxels } from "../sampling.js";

/**
 * @typedef {import("../state.js").Model} Model
 * @typedef {import("../geometry.js").Layout} Layout
 * @typedef {import("../geometry.js").Steps} Steps
 * @typedef {Uint16Array|Uint8Array|Float32Array} Stored int16 by its bits
 * @typedef {{values: Stored, strides: number[]}} Plane values of at least one plane, and how
 *   far apart neighbours along each array axis are in them
 * @typedef {{values: Stored, steps: Steps, id: string, preview?: boolean}} Held the values of
 *   one picture, and how they lie; by its id a picture is told from others. A preview has fewer
 *   pixels than the stack
 */

/** @type {import("../state.js").Part} */
export const voxels = { traits: ["note", "unit"], source: "voxels" };

const MOST_PLANES = 120;
const MOST_SAMPLED = 6;
const AT_ONCE = 200_000; // places that are sampled within a frame
const MOST_PREVIEWS = 3; // as many as a view has panes
const AHEAD = 4;
const PATIENCE = 2000; // milliseconds until a plane is asked for again, twice as long each time
const LONGEST = 30000;
const TYPES = { int16: Uint16Array, uint8: Uint8Array, float32: Float32Array };
let count = 0;

/** What the browser holds of a VoxelData. */
export class Source {
  /** @param {Model} model of a VoxelData */
  constructor(model) {
    this.model = model;
    /** @type {number[]} */
    this.shape = model.get("shape");
    /** @type {import("../geometry.js").Affine} */
    this.affine = model.get("affine");
    this.inverse = invert(this.affine);
    this.spacing = spacingOf(this.affine);
    /** @type {import("../geometry.js").Grid["layouts"]} */
    this.layouts = model.get("layouts");
    /** @type {"int16"|"uint8"|"float32"} */
    this.kind = model.get("kind");
    /** Whether nothing lies between two voxels. */
    this.nearest = Boolean(model.get("nearest"));
    this.id = ++count;
    /** What was asked for and has not come. @type {Map<string, ReturnType<typeof setTimeout>>} */
    this.waiting = new Map();
    /** How often it was asked for. @type {Map<string, number>} */
    this.tries = new Map();
    /** @type {Map<string, Plane>} */
    this.planes = new Map();
    /** What lies between the voxels, and slabs. @type {Map<string, Stored>} */
    this.sampled = new Map();
    this.later = new Later((key, maker) => this.finish(key, maker));
    /** @type {{id: string, values: Float32Array}|null} */
    this.difference = null;
    /** @type {Map<string, Held>} */
    this.previews = new Map();
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    /** @type {Plane|null} */
    this.all = null;
    this.freed = false;
    if (!model.get("lazy")) this.takeAll(model.get("buffer"));
    this.takeOpening();
    this.onOpening = () => this.takeOpening();
    /** @param {any} message @param {any[]} buffers */
    this.onMessage = (message, buffers) => this.take(message, buffers);
    model.on("msg:custom", this.onMessage);
    model.on("change:opening", this.onOpening);
    model.on("destroy", () => this.free());
  }

  /** @param {DataView|Uint8Array} bytes */
  takeAll(bytes) {
    this.all = { values: this.typed(bytes), strides: stridesOf(this.shape) };
    // What had to be copied is not kept twice; a script that is loaded again finds it there.
    const { buffer, byteOffset, byteLength } = this.all.values;
    if (buffer !== bytes.buffer) {
      this.model.set("buffer", new DataView(buffer, byteOffset, byteLength));
    }
  }

  /**
   * Bytes as values; copied only where they don't lie on a whole one.
   * @param {any} bytes
   * @returns {Stored}
   */
  typed(bytes, type = TYPES[this.kind]) {
    const view = new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength);
    const aligned = view.byteOffset % type.BYTES_PER_ELEMENT === 0 ? view : view.slice();
    return new type(aligned.buffer, aligned.byteOffset, view.byteLength / type.BYTES_PER_ELEMENT);
  }

  // ---- pictures

  /**
   * The values of a plane of a stack, asked for where they have not come yet.
   * @param {Layout} stack
   * @param {number} slice
   * @returns {Held|null}
   */
  picture(stack, slice) {
    if (stack.resampled || stack.thickness) return this.between(stack, slice);
    const held = this.plane(stack.axis, slice);
    if (!held) return null;
    const steps = planeSteps(stack, this.shape, slice, held.strides);
    const turned = `${stack.flip_down},${stack.flip_across}`;
    return { values: held.values, steps, id: `${this.id},${stack.axis},${slice},${turned}` };
  }

  /**
   * The same for the eyes: a coarser preview where the picture takes long, which is made then,
   * and told.
   * @param {Layout} stack
   * @param {number} slice
   * @param {boolean} [coarse] whether it has to be a preview
   * @returns {Held|null}
   */
  seen(stack, slice, coarse = false) {
    const key = keyOf(stack, slice);
    if (!this.takesLong(stack, slice) || (this.sampled.has(key) && !coarse)) {
      return this.picture(stack, slice);
    }
    if (!this.sampled.has(key)) this.later.want(key, () => this.slabMaker(stack, slice));
    return this.preview(stack, slice, key);
  }

  /** @param {Layout} stack @param {number} slice @param {string} key @returns {Held} */
  preview(stack, slice, key) {
    const held = this.previews.get(key) ?? this.previewNow(stack, slice, key);
    keepNewest(this.previews, key, held, MOST_PREVIEWS);
    return held;
  }

  /** @param {Layout} stack @param {number} slice @param {string} key @returns {Held} */
  previewNow(stack, slice, key) {
    const coarse = Math.ceil(Math.sqrt(this.slabMaker(stack, slice).size / AT_ONCE));
    const maker = this.slabMaker(stack, slice, coarse);
    const steps = stepsOf(maker.rows, maker.columns);
    return { values: maker.make(), steps, id: `${this.id};${key};preview`, preview: true };
  }

  /** Whether a picture takes longer than a frame. @param {Layout} stack @param {number} slice */
  takesLong(stack, slice) {
    if (!this.all || !stack.thickness || this.isStraight(stack)) return false;
    return this.slabMaker(stack, slice).size > AT_ONCE;
  }

  /** Whether the voxels that a slab shows lie straight behind each other. @param {Layout} stack */
  isStraight(stack) {
    return !stack.resampled && !leans(stack);
  }

  /** @param {Layout} stack @param {number} slice @param {number} [coarse] */
  slabMaker(stack, slice, coarse) {
    const all = /** @type {Plane} */ (this.all);
    const numbers = this.numbers(all.values);
    const { shape, affine, nearest } = this;
    return new SlabMaker(numbers, shape, affine, this.cutAs(stack), slice, coarse, nearest);
  }

  /** Of labels a slab shows the highest, whatever it shows of the greys. @param {Layout} stack */
  cutAs(stack) {
    return this.nearest ? { ...stack, projection: "max" } : stack;
  }

  /** What was made later is there. @param {string} key @param {SlabMaker} maker */
  finish(key, maker) {
    keepNewest(this.sampled, key, maker.out, MOST_SAMPLED);
    this.tell();
  }

  /**
   * A plane between the voxels, or a slab.
   * @param {Layout} stack
   * @param {number} slice
   * @returns {Held|null}
   */
  between(stack, slice) {
    const key = keyOf(stack, slice);
    const values = this.sampled.get(key) ?? this.makeNow(stack, slice);
    if (!values) this.askOne(key, { index: slice, stack });
    else keepNewest(this.sampled, key, values, MOST_SAMPLED);
    const steps = stepsOf(stack.shape[stack.down], stack.shape[stack.across]);
    return values && { values, steps, id: `${this.id};${key}` };
  }

  /** @param {Layout} stack @param {number} slice @returns {Stored|null} */
  makeNow(stack, slice) {
    if (!this.all) return null;
    const { shape, affine } = this;
    const numbers = this.numbers(this.all.values);
    if (!stack.thickness) {
      const change = compose(this.inverse, stack.affine);
      return samplePlane(numbers, shape, change, stack, slice, this.nearest);
    }
    if (!this.isStraight(stack)) return this.slabMaker(stack, slice).make();
    return stored(slabOfVoxels(numbers, shape, affine, this.cutAs(stack), slice));
  }

  /**
   * A second volume minus this one; the last is kept, as many a change leaves it as it is.
   * @param {Source} second
   * @param {Held} before
   * @param {Held} after
   * @param {string} id
   */
  differenceTo(second, before, after, id) {
    if (this.difference?.id !== id) {
      const [low, high] = [this.numbers(before.values), second.numbers(after.values)];
      this.difference = { id, values: differenceOf(low, before.steps, high, after.steps) };
    }
    return this.difference.values;
  }

  /** Stored values as numbers: int16 with its sign. @param {Stored} values */
  numbers(values) {
    if (!(values instanceof Uint16Array)) return values;
    return new Int16Array(values.buffer, values.byteOffset, values.length);
  }

  /**
   * @param {number} axis
   * @param {number} index
   * @returns {Plane|null} what holds a plane, asked for where it has not come yet
   */
  plane(axis, index) {
    if (this.all) return this.all;
    const plane = this.planes.get(`${axis},${index}`);
    // The newest are kept: what is on screen is one of them.
    if (plane) keepNewest(this.planes, `${axis},${index}`, plane, MOST_PLANES);
    this.askPlane(axis, index);
    for (let ahead = 1; plane && ahead <= AHEAD; ahead++) {
      this.askPlane(axis, index + ahead);
      this.askPlane(axis, index - ahead);
    }
    return plane ?? null;
  }

  // ---- what comes on request

  /** @param {number} axis @param {number} index */
  askPlane(axis, index) {
    const inside = index >= 0 && index < this.shape[axis];
    if (inside && !this.planes.has(`${axis},${index}`))
      this.ask(`${axis},${index}`, { axis, index });
  }

  /**
   * Ask for a plane that the kernel has to make: one after the other, as a hand wants more of
   * them than it can make. Whoever still shows another one asks when this one has come.
   * @param {string} key
   * @param {object} wanted
   */
  askOne(key, wanted) {
    if (![...this.waiting.keys()].some((other) => other.includes(";"))) this.ask(key, wanted);
  }

  /**
   * Ask for a plane, unless that was done. When it has not come in time, the request is taken
   * for lost: whoever still shows the plane asks anew.
   * @param {string} key
   * @param {object} wanted
   */
  ask(key, wanted) {
    if (this.freed || this.waiting.has(key)) return;
    const tries = this.tries.get(key) ?? 0;
    const patience = Math.min(PATIENCE * 2 ** tries, LONGEST);
    this.tries.set(key, tries + 1);
    this.waiting.set(
      key,
      setTimeout(() => this.lose(key), patience),
    );
    try {
      this.model.send({ kind: "plane", key, ...wanted });
    } catch (error) {
      console.warn("ctkit: the kernel is not there", error);
    }
  }

  /** @param {string} key */
  lose(key) {
    this.waiting.delete(key);
    this.tell();
  }

  /** Whether planes were asked for more than once: nobody seems to answer. */
  get isUnanswered() {
    return [...this.tries.values()].some((tries) => tries > 2);
  }

  /**
   * A plane has come, perhaps late: it is kept under its own name.
   * @param {any} message
   * @param {any[]} buffers
   */
  take(message, [bytes]) {
    if (message.kind !== "plane") return;
    const key = message.key ?? `${message.axis},${message.index}`;
    clearTimeout(this.waiting.get(key));
    this.waiting.delete(key);
    // Who answers once, is there.
    this.tries.clear();
    this.keep(key, bytes);
    this.tell();
  }

  /** What a large volume brings along, with no kernel to ask. */
  takeOpening() {
    for (const [key, bytes] of Object.entries(this.model.get("opening") ?? {})) {
      if (!this.planes.has(key) && !this.sampled.has(key)) this.keep(key, bytes);
    }
    this.tell();
  }

  /** @param {string} key "axis,index", or that of a sampled plane @param {any} bytes */
  keep(key, bytes) {
    if (key.includes(";")) {
      const values = /** @type {Float32Array} */ (this.typed(bytes, Float32Array));
      keepNewest(this.sampled, key, values, MOST_PLANES);
      return;
    }
    const [axis] = key.split(",").map(Number);
    /** @type {number[]} */
    const strides = [0, 1, 2].map((other) => (other === axis ? 0 : 1));
    const [first] = [0, 1, 2].filter((other) => other !== axis);
    strides[first] = this.shape[axis === 2 ? 1 : 2];
    keepNewest(this.planes, key, { values: this.typed(bytes), strides }, MOST_PLANES);
  }

  tell() {
    for (const listener of this.listeners) listener();
  }

  // ---- values

  /**
   * The value of a voxel; undefined where no plane with it has come yet.
   * @param {number[]} index
   * @returns {number|undefined}
   */
  valueAt(index) {
    const held = this.all ?? this.planeWith(index);
    if (!held) return undefined;
    const { values, strides } = held;
    const bits = values[index[0] * strides[0] + index[1] * strides[1] + index[2] * strides[2]];
    return this.kind === "int16" ? (bits << 16) >> 16 : bits;
  }

  /** @param {number[]} index */
  planeWith(index) {
    return [0, 1, 2].map((axis) => this.planes.get(`${axis},${index[axis]}`)).find(Boolean);
  }

  /**
   * The index nearest to a place in mm, or null outside.
   * @param {number[]} place
   */
  indexAt(place) {
    const index = applyAffine(this.inverse, place).map(Math.round);
    return index.every((n, axis) => n >= 0 && n < this.shape[axis]) ? index : null;
  }

  /** Whoever still holds the model of a closed VoxelData, or this, holds no voxels. */
  free() {
    this.freed = true;
    this.model.off("msg:custom", this.onMessage);
    this.model.off("change:opening", this.onOpening);
    this.model.set("buffer", null);
    this.all = null;
    for (const timer of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
    this.planes.clear();
    this.sampled.clear();
    this.later.close();
    this.previews.clear();
    this.difference = null;
    this.listeners.clear();
  }
}

/**
 * Second minus first on a plane of the first's stack; null where one of the two has not come.
 * @param {Source} first
 * @param {Source} second
 * @param {Layout} stack
 * @param {number} slice
 * @returns {Held|null}
 */
export function differenceHeld(first, second, stack, slice) {
  // On one grid the voxels of the second are the pixels, as those of the first are.
  const own = isSameGrid(first, second) ? stack : { ...stack, resampled: true };
  return differenceBetween(first, second, first.picture(stack, slice), second.picture(own, slice));
}

/**
 * The same for the eyes: a preview where one of the two is one.
 * @param {Source} first
 * @param {Source} second
 * @param {Layout} stack
 * @param {number} slice
 */
export function differenceSeen(first, second, stack, slice) {
  const own = isSameGrid(first, second) ? stack : { ...stack, resampled: true };
  let [before, after] = [first.seen(stack, slice), second.seen(own, slice)];
  if (before && after && before.preview !== after.preview) {
    [before, after] = [first.seen(stack, slice, true), second.seen(own, slice, true)];
  }
  return differenceBetween(first, second, before, after);
}

/**
 * @param {Source} first
 * @param {Source} second
 * @param {Held|null} before
 * @param {Held|null} after
 * @returns {Held|null}
 */
function differenceBetween(first, second, before, after) {
  if (!before || !after) return null;
  const { rows, columns } = before.steps;
  const id = `${before.id}|${after.id}`;
  const values = first.differenceTo(second, before, after, id);
  return { values, steps: stepsOf(rows, columns), id, preview: before.preview };
}

/**
 * How the values of a picture of its own lie.
 * @param {number} rows
 * @param {number} columns
 * @returns {Steps}
 */
const stepsOf = (rows, columns) => ({ rows, columns, rowStep: columns, columnStep: 1, start: 0 });

/**
 * What a plane between the voxels, or a slab, is called; the kernel calls it the same.
 * @param {Layout} stack
 * @param {number} slice
 */
function keyOf(stack, slice) {
  const grid = [stack.axis, stack.down, stack.across, stack.flip_down, stack.flip_across];
  const { shape, affine, thickness, projection } = stack;
  return [slice, grid, shape, affine.slice(0, 3), [thickness, projection]].join(";");
}

/** Numbers as they are stored: int16 by its bits. @param {Int16Array|Uint8Array|Float32Array} values */
function stored(values) {
  return values instanceof Int16Array ? new Uint16Array(values.buffer) : values;
}

/**
 * The values of a picture as float32, by rows and columns.
 * @param {Source} source
 * @param {Held} held
 */
export function laidOut(source, { values, steps }) {
  const { rows, columns, rowStep, columnStep, start } = steps;
  const numbers = source.numbers(values);
  const out = new Float32Array(rows * columns);
  for (let row = 0, to = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      out[to++] = numbers[start + row * rowStep + column * columnStep];
    }
  }
  return out;
}

/**
 * Whether two volumes lie on one grid.
 * @param {Source} first
 * @param {Source} second
 */
function isSameGrid(first, second) {
  const to = compose(second.inverse, first.affine);
  return (
    first.shape.every((n, axis) => n === second.shape[axis]) &&
    to.every((row, i) => row.every((v, j) => Math.abs(v - (i === j ? 1 : 0)) < 1e-6))
  );
}

/**
 * Put an entry at the end of a map, and drop the oldest beyond so many.
 * @template T
 * @param {Map<string, T>} map
 * @param {string} key
 * @param {T} value
 * @param {number} most
 */
function keepNewest(map, key, value, most) {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most) map.delete(oldest);
}

/** @type {WeakMap<Model, Source>} */
const decoded = new WeakMap();

/**
 * The Source that a trait refers to: "IPY_MODEL_..." in Jupyter, a model itself elsewhere.
 * @param {Model} model
 * @param {string} name
 * @returns {Promise<Source|null>}
 */
export async function referred(model, name) {
  const value = model.get(name);
  if (!value) return null;
  const data =
    typeof value === "string"
      ? await model.widget_manager.get_model(value.replace("IPY_MODEL_", ""))
      : value;
  const known = decoded.get(data);
  if (known) return known;
  const source = new Source(data);
  decoded.set(data, source);
  return source;
}
