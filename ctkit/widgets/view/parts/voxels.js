/** The voxels of a volume: all of them, or above a limit the planes that have come so far. */

import { applyAffine, invert, stridesOf } from "../geometry.js";

/**
 * @typedef {import("../state.js").Model} Model
 * @typedef {{values: Uint16Array|Uint8Array, strides: number[]}} Plane values of at least
 *   one plane, and how far apart neighbours along each array axis are in them
 */

/** @type {import("../state.js").Part} */
export const voxels = { traits: ["histogram", "note"], source: "voxels" };

const MOST_PLANES = 120;
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
    /** @type {import("../geometry.js").Grid["layouts"]} */
    this.layouts = model.get("layouts");
    this.signed = model.get("kind") === "int16";
    this.id = ++count;
    /** @type {Set<string>} */
    this.waiting = new Set();
    /** @type {Map<string, Plane>} */
    this.planes = new Map();
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    /** @type {Plane|null} */
    this.all = null;
    this.freed = false;
    if (!model.get("lazy")) this.takeAll(model.get("buffer"));
    /** @param {any} message @param {any[]} buffers */
    this.onMessage = (message, buffers) => this.take(message, buffers);
    model.on("msg:custom", this.onMessage);
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
   * Bytes as voxels; copied only where they don't lie on a whole voxel.
   * @param {any} bytes
   */
  typed(bytes) {
    const type = this.signed ? Uint16Array : Uint8Array;
    const view = new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength);
    const aligned = view.byteOffset % type.BYTES_PER_ELEMENT === 0 ? view : view.slice();
    return new type(aligned.buffer, aligned.byteOffset, view.byteLength / type.BYTES_PER_ELEMENT);
  }

  /**
   * @param {number} axis
   * @param {number} index
   * @returns {Plane|null} what holds a plane, asked for where it has not come yet
   */
  plane(axis, index) {
    if (this.all) return this.all;
    const plane = this.planes.get(`${axis},${index}`);
    this.ask(axis, index);
    for (let ahead = 1; ahead <= 4; ahead++) {
      this.ask(axis, index + ahead);
      this.ask(axis, index - ahead);
    }
    return plane ?? null;
  }

  /** @param {number} axis @param {number} index */
  ask(axis, index) {
    const key = `${axis},${index}`;
    const inside = index >= 0 && index < this.shape[axis];
    if (!inside || this.freed || this.planes.has(key) || this.waiting.has(key)) return;
    this.waiting.add(key);
    this.model.send({ kind: "plane", axis, index });
  }

  /**
   * A plane has come: keep it, and the newest of them.
   * @param {any} message
   * @param {any[]} buffers
   */
  take(message, [bytes]) {
    if (message.kind !== "plane") return;
    const key = `${message.axis},${message.index}`;
    /** @type {number[]} */
    const strides = [0, 1, 2].map((axis) => (axis === message.axis ? 0 : 1));
    const [first] = [0, 1, 2].filter((axis) => axis !== message.axis);
    strides[first] = this.shape[message.axis === 2 ? 1 : 2];
    this.waiting.delete(key);
    this.planes.set(key, { values: this.typed(bytes), strides });
    const [oldest] = this.planes.keys();
    if (this.planes.size > MOST_PLANES) this.planes.delete(oldest);
    for (const listener of this.listeners) listener();
  }

  /**
   * HU of a voxel; not a number where no plane with it has come yet.
   * @param {number[]} index
   */
  valueAt(index) {
    const held = this.all ?? this.planeWith(index);
    if (!held) return NaN;
    const { values, strides } = held;
    const bits = values[index[0] * strides[0] + index[1] * strides[1] + index[2] * strides[2]];
    return this.signed ? (bits << 16) >> 16 : bits;
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
    this.model.set("buffer", null);
    this.all = null;
    this.planes.clear();
    this.listeners.clear();
  }
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
