/** A volume that is made of the head, as docs/site/making.py says: the same numbers in the same order. */

/** HU of what is masked away. */
const AIR = -1000;
/** Voxels after which the page has its turn. */
const TURN = 4_000_000;

/**
 * The volume that three axes make of the head.
 *
 * @param {Int16Array} head
 * @param {number[]} shape - The head's slices, rows and columns.
 * @param {{at: number[][], by: number[][]}[]} axes - For each place along an axis, the places of the head
 *   that it is made of, and their parts.
 * @returns {Promise<Int16Array>}
 */
export async function made(head, shape, axes) {
  let values = head;
  let now = shape;
  for (const [number, axis] of axes.entries()) {
    if (isWhole(axis, now[number])) continue;
    const next = now.with(number, axis.at.length);
    values = await along(values, now, next, number, axis);
    now = next;
  }
  return values instanceof Float32Array ? rounded(values) : values.slice();
}

/** Whether an axis leaves all as it was. */
function isWhole({ at, by }, count) {
  return (
    at.length === count &&
    at.every((places, k) => places.length === 1 && places[0] === k && by[k][0] === 1)
  );
}

async function along(values, shape, next, number, { at, by }) {
  const picks = by.every((parts) => parts.length === 1 && parts[0] === 1);
  const found = new (picks ? values.constructor : Float32Array)(next[0] * next[1] * next[2]);
  const inner = shape.slice(number + 1).reduce((a, b) => a * b, 1);
  const outer = shape.slice(0, number).reduce((a, b) => a * b, 1);
  const weigh = inner === 1 ? oneByOne(at, by) : inRuns(at, by, inner, picks);
  const each = at.flat().length * inner;
  let since = 0;
  for (let block = 0; block < outer; block++) {
    const [first, target] = [block * shape[number] * inner, block * at.length * inner];
    weigh(values, first, found, target);
    since += each;
    if (since > TURN) {
      since = 0;
      await new Promise((done) => setTimeout(done));
    }
  }
  return found;
}

/** Weighs neighbours that stand next to each other. */
function oneByOne(at, by) {
  const [from, share] = [Int32Array.from(at.flat()), Float64Array.from(by.flat())];
  const ends = new Int32Array(at.length);
  let end = 0;
  at.forEach((places, k) => {
    end += places.length;
    ends[k] = end;
  });
  return (values, first, found, target) => {
    let part = 0;
    for (let place = 0; place < ends.length; place++) {
      let sum = 0;
      for (; part < ends[place]; part++) sum += share[part] * values[first + from[part]];
      found[target + place] = sum;
    }
  };
}

/** Weighs whole rows, or whole slices. */
function inRuns(at, by, length, picks) {
  const sum = new Float64Array(length);
  return (values, first, found, target) => {
    for (let place = 0; place < at.length; place++) {
      const to = target + place * length;
      if (picks) {
        const from = first + at[place][0] * length;
        found.set(values.subarray(from, from + length), to);
        continue;
      }
      sum.fill(0);
      for (let part = 0; part < at[place].length; part++) {
        const [from, share] = [first + at[place][part] * length, by[place][part]];
        for (let i = 0; i < length; i++) sum[i] += share * values[from + i];
      }
      found.set(sum, to);
    }
  };
}

/** The nearest integers; of two, the even one, as NumPy does it. */
function rounded(values) {
  const found = new Int16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const down = Math.floor(values[i]);
    const rest = values[i] - down;
    found[i] = rest > 0.5 || (rest === 0.5 && (down & 1) === 1) ? down + 1 : down;
  }
  return found;
}

/**
 * Put air where a volume isn't kept, and add what is to be added; int16 wraps around.
 *
 * @param {Int16Array} values
 * @param {Int8Array | undefined} kept
 * @param {Int8Array | Int16Array} added
 */
export function finish(values, kept, added) {
  for (let i = 0; i < values.length; i++)
    values[i] = (kept && !kept[i] ? AIR : values[i]) + added[i];
}
