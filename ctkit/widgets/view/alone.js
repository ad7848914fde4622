/**
 * A view that lives without Jupyter: its model, and voxels as a page holds them. The reference of
 * the packing is ctkit/widgets/page.py.
 *
 * @typedef {import("./state.js").Model} Model
 */

/**
 * A model without Jupyter: the same get, set, on, off and save_changes.
 * @param {Record<string, any>} state is changed
 * @returns {Model}
 */
export function standIn(state) {
  /** @type {Map<string, (() => void)[]>} */
  const listeners = new Map();
  const of = (/** @type {string} */ name) => listeners.get(name) ?? [];
  const model = {
    get: (/** @type {string} */ name) => state[name],
    /** @param {string} name @param {any} value */
    set(name, value) {
      const changed = JSON.stringify(state[name]) !== JSON.stringify(value);
      state[name] = value;
      if (changed) for (const listener of [...of(`change:${name}`)]) listener();
    },
    /** @param {string} name @param {() => void} listener */
    on: (name, listener) => listeners.set(name, [...of(name), listener]),
    /** @param {string} name @param {() => void} listener */
    off: (name, listener) =>
      listeners.set(
        name,
        of(name).filter((one) => one !== listener),
      ),
    save_changes() {},
    send() {},
  };
  return /** @type {any} */ (model);
}

/**
 * JSON has no number for what is none: it stands as `{"no number": "NaN"}`.
 * @param {string} text
 * @returns {any}
 */
export function stateFrom(text) {
  return JSON.parse(text, (_, value) =>
    typeof value?.["no number"] === "string" ? Number(value["no number"]) : value,
  );
}

/**
 * What deflate has packed.
 * @param {ReadableStream} stream
 * @returns {Promise<Uint8Array>}
 */
export async function inflated(stream) {
  const plain = stream.pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

/**
 * The model of voxels that stand in the page: base64 of what deflate has packed.
 * @param {{packed: string, kind: string, shape: number[]}|null|undefined} data
 * @returns {Promise<Model|null>}
 */
export async function voxelModel(data) {
  if (!data) return null;
  const packed = Uint8Array.from(atob(data.packed), (letter) => letter.charCodeAt(0));
  return standIn({ ...data, buffer: inOrder(data, await inflated(new Blob([packed]).stream())) });
}

/**
 * The bytes of voxels in their order, from bytes that deflate packs well.
 * @param {{kind: string, shape: number[]}} data
 * @param {Uint8Array} bytes
 * @returns {Uint8Array}
 */
export function inOrder({ kind, shape }, bytes) {
  if (kind === "int16") return unpredicted(bytes, shape);
  return kind === "float32" ? joined(bytes) : bytes;
}

/**
 * Undo the split of bytes, the zigzag, and the differences along each axis.
 * @param {Uint8Array} bytes
 * @param {number[]} shape
 */
function unpredicted(bytes, [slices, rows, columns]) {
  const [plane, count] = [rows * columns, slices * rows * columns];
  const values = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    const zigzag = bytes[i] | (bytes[count + i] << 8);
    values[i] = (zigzag >> 1) ^ -(zigzag & 1);
  }
  for (let i = plane; i < count; i++) values[i] += values[i - plane];
  for (let first = 0; first < count; first += plane) {
    for (let i = first + columns; i < first + plane; i++) values[i] += values[i - columns];
    for (let row = first; row < first + plane; row += columns) {
      for (let i = row + 1; i < row + columns; i++) values[i] += values[i - 1];
    }
  }
  return new Uint8Array(values.buffer);
}

/** Put the bytes of float32 together again. @param {Uint8Array} bytes */
function joined(bytes) {
  const [whole, count] = [new Uint8Array(bytes.length), bytes.length / 4];
  for (let part = 0; part < 4; part++) {
    for (let i = 0; i < count; i++) whole[4 * i + part] = bytes[part * count + i];
  }
  return whole;
}
