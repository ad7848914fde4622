var __defProp = Object.defineProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};

// ctkit/widgets/view/alone.js
function standIn(state) {
  const listeners = /* @__PURE__ */ new Map();
  const of = (name) => listeners.get(name) ?? [];
  const model = {
    get: (name) => state[name],
    /** @param {string} name @param {any} value */
    set(name, value) {
      const changed2 = JSON.stringify(state[name]) !== JSON.stringify(value);
      state[name] = value;
      if (changed2) for (const listener of [...of(`change:${name}`)]) listener();
    },
    /** @param {string} name @param {() => void} listener */
    on: (name, listener) => listeners.set(name, [...of(name), listener]),
    /** @param {string} name @param {() => void} listener */
    off: (name, listener) => listeners.set(
      name,
      of(name).filter((one) => one !== listener)
    ),
    save_changes() {
    },
    send() {
    }
  };
  return (
    /** @type {any} */
    model
  );
}
function stateFrom(text2) {
  return JSON.parse(
    text2,
    (_, value) => typeof value?.["no number"] === "string" ? Number(value["no number"]) : value
  );
}
async function inflated(stream) {
  const plain = stream.pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}
async function voxelModel(data) {
  if (!data) return null;
  const packed3 = Uint8Array.from(atob(data.packed), (letter) => letter.charCodeAt(0));
  return standIn({ ...data, buffer: inOrder(data, await inflated(new Blob([packed3]).stream())) });
}
function inOrder({ kind, shape }, bytes) {
  if (kind === "int16") return unpredicted(bytes, shape);
  return kind === "float32" ? joined(bytes) : bytes;
}
function unpredicted(bytes, [slices, rows, columns]) {
  const [plane, count3] = [rows * columns, slices * rows * columns];
  const values = new Uint16Array(count3);
  for (let i = 0; i < count3; i++) {
    const zigzag = bytes[i] | bytes[count3 + i] << 8;
    values[i] = zigzag >> 1 ^ -(zigzag & 1);
  }
  for (let i = plane; i < count3; i++) values[i] += values[i - plane];
  for (let first = 0; first < count3; first += plane) {
    for (let i = first + columns; i < first + plane; i++) values[i] += values[i - columns];
    for (let row = first; row < first + plane; row += columns) {
      for (let i = row + 1; i < row + columns; i++) values[i] += values[i - 1];
    }
  }
  return new Uint8Array(values.buffer);
}
function joined(bytes) {
  const [whole2, count3] = [new Uint8Array(bytes.length), bytes.length / 4];
  for (let part = 0; part < 4; part++) {
    for (let i = 0; i < count3; i++) whole2[4 * i + part] = bytes[part * count3 + i];
  }
  return whole2;
}

// ctkit/widgets/view/dom.js
var SVG = "http://www.w3.org/2000/svg";
function make(tag, className, parent, attributes = {}) {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  parent?.append(element);
  return element;
}
function makeSvg(tag, attributes, parent) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent.append(element);
  return element;
}
var kept = /* @__PURE__ */ new WeakMap();
function isNew(element, name, value) {
  const known2 = kept.get(element) ?? {};
  if (known2[name] === value) return false;
  kept.set(element, known2);
  known2[name] = value;
  return true;
}
var setText = (element, text2) => {
  if (isNew(element, "text", text2)) element.textContent = text2;
};
var setAttribute = (element, name, value) => {
  if (isNew(element, `@${name}`, value)) element.setAttribute(name, value);
};
var setClass = (element, name, on) => {
  if (isNew(element, `.${name}`, String(on))) element.classList.toggle(name, on);
};
var setHidden = (element, hidden) => {
  if (element.hidden !== hidden) element.hidden = hidden;
};
var setValue = (control2, value) => {
  if (control2.value !== value) control2.value = value;
};

// ctkit/widgets/view/numbers.js
var clamp = (value, low, high) => Math.min(Math.max(value, low), high);
var same = (a, b) => Array.isArray(a) ? a.length === b?.length && a.every((v, i) => v === b[i]) : a === b;

// ctkit/widgets/view/parts/cine.js
var SPEEDS = (
  /** @type {const} */
  [1, 60]
);
var cine = { traits: ["speed", "range", "playback"] };

// ctkit/widgets/view/cine.js
var EARLY = 0.25;
var FASTER = 1.5;
var Cine = class {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.playing = false;
    this.forward = true;
    this.due = NaN;
    this.request = 0;
    this.root = make("div", "ctkit-cine", viewer.root, { role: "group", "aria-label": "Play" });
    this.root.hidden = true;
    const set = (patch) => viewer.hand.set(patch);
    this.speed = this.add(
      "Speed",
      { type: "range", min: SPEEDS[0], max: SPEEDS[1] },
      (input2) => set({ speed: input2.valueAsNumber })
    );
    this.pace = make("span", "ctkit-cine-pace", this.root, { "aria-hidden": "true" });
    this.first = this.add(
      "From",
      { type: "number", min: 0 },
      (input2) => this.begin(input2.valueAsNumber)
    );
    this.last = this.add(
      "To",
      { type: "number", min: 0 },
      (input2) => this.end(input2.valueAsNumber)
    );
    this.sweeping = this.add(
      "There and back",
      { type: "checkbox" },
      (input2) => set({ playback: input2.checked ? "sweeping" : "looping" })
    );
  }
  /**
   * A control with its words beside it.
   * @param {string} words
   * @param {Record<string, string|number>} attributes
   * @param {(input: HTMLInputElement) => void} change
   */
  add(words, attributes, change) {
    const label3 = make("label", "", this.root);
    make("span", "", label3).textContent = words;
    const input2 = make("input", "", label3, { ...attributes, "aria-label": words });
    input2.dataset.lmSuppressShortcuts = "true";
    const kind = attributes.type === "range" ? "input" : "change";
    const options = { signal: this.viewer.stop.signal };
    input2.addEventListener(kind, () => change(input2), options);
    return input2;
  }
  /** Play, or stop. */
  toggle() {
    this.playing = !this.playing;
    this.due = NaN;
    cancelAnimationFrame(this.request);
    if (this.playing) this.request = requestAnimationFrame((time) => this.step(time));
  }
  /** One frame of the display: the slices that are due by now. @param {number} time in milliseconds */
  step(time) {
    if (!this.playing) return;
    this.request = requestAnimationFrame((later) => this.step(later));
    const { state } = this.viewer;
    const each = 1e3 / state.speed;
    const waiting = this.viewer.shown.some((pane) => pane.waiting);
    if (waiting || !(time - this.due < 1e3)) this.due = time;
    const steps2 = Math.floor((time - this.due) / each + EARLY);
    if (steps2 < 1) return;
    this.due += steps2 * each;
    const next = sliceAfter(state.slice, steps2, endsOf(state), state.playback, this.forward);
    this.forward = next.forward;
    this.viewer.goTo(next.slice);
  }
  /** The first slice; where it was that already, all are played again. @param {number} [slice] */
  begin(slice = this.viewer.state.slice) {
    const [first, last] = endsOf(this.viewer.state);
    return this.keep(slice === first ? 0 : slice, last);
  }
  /** The last slice. @param {number} [slice] */
  end(slice = this.viewer.state.slice) {
    const { state } = this.viewer;
    const [first, last] = endsOf(state);
    return this.keep(first, slice === last ? state.max_slice : slice);
  }
  /** @param {number} first @param {number} last */
  keep(first, last) {
    const end = this.viewer.state.max_slice;
    const [low, high] = [first, last].map((n) => clamp(Math.round(n) || 0, 0, end));
    const whole2 = low >= high || low === 0 && high === end;
    this.viewer.hand.set({ range: whole2 ? null : [low, high] });
    this.draw(this.viewer.state);
    return true;
  }
  /** Faster by a step, or slower. @param {number} sign */
  quicken(sign) {
    const { speed } = this.viewer.state;
    const wanted = Math.round(speed * FASTER ** sign);
    const moved2 = wanted === speed ? speed + sign : wanted;
    this.viewer.hand.set({ speed: clamp(moved2, ...SPEEDS) });
    this.viewer.say(`${this.viewer.state.speed} slices a second`);
    return true;
  }
  /** @param {State} state */
  draw(state) {
    if (this.playing || state.range) setHidden(this.root, false);
    if (this.root.hidden) return;
    const [first, last] = endsOf(state);
    const shown = { speed: state.speed, first, last };
    for (const [name, value] of Object.entries(shown)) {
      const input2 = (
        /** @type {HTMLInputElement} */
        this[
          /** @type {"speed"} */
          name
        ]
      );
      if (input2.valueAsNumber !== value) input2.value = String(value);
    }
    for (const input2 of [this.first, this.last]) input2.max = String(state.max_slice);
    setAttribute(this.speed, "aria-valuetext", `${state.speed} slices a second`);
    setText(this.pace, `${state.speed} / s`);
    this.sweeping.checked = state.playback === "sweeping";
  }
  close() {
    this.playing = false;
    cancelAnimationFrame(this.request);
  }
};
function endsOf({ range, max_slice }) {
  const [first, last] = (range ?? [0, max_slice]).map((n) => clamp(n, 0, max_slice));
  return first < last ? [first, last] : [0, max_slice];
}
function sliceAfter(slice, steps2, [first, last], playback, forward) {
  const count3 = last - first;
  if (slice < first || slice > last || count3 < 1) return { slice: first, forward: true };
  const from = slice - first;
  if (playback !== "sweeping") {
    return { slice: first + (from + steps2) % (count3 + 1), forward: true };
  }
  const phase = ((forward ? from : 2 * count3 - from) + steps2) % (2 * count3);
  return phase <= count3 ? { slice: first + phase, forward: phase < count3 } : { slice: last + count3 - phase, forward: false };
}

// ctkit/widgets/view/crossing.js
var crossing_exports = {};
__export(crossing_exports, {
  GAP: () => GAP,
  crossingLines: () => crossingLines,
  piecesOf: () => piecesOf
});

// ctkit/widgets/view/geometry.js
var geometry_exports = {};
__export(geometry_exports, {
  LETTERS: () => LETTERS,
  PLANES: () => PLANES,
  applyAffine: () => applyAffine,
  compose: () => compose,
  cross: () => cross,
  cursorOn: () => cursorOn,
  directions: () => directions,
  dot: () => dot,
  inverseOf: () => inverseOf,
  invert: () => invert,
  leans: () => leans,
  nearest: () => nearest,
  nearestPlane: () => nearestPlane,
  normalOf: () => normalOf,
  planeSteps: () => planeSteps,
  reaches: () => reaches,
  scaled: () => scaled,
  slabOffsets: () => slabOffsets,
  sliceAt: () => sliceAt,
  spacingOf: () => spacingOf,
  stackOn: () => stackOn,
  stepOf: () => stepOf,
  stridesOf: () => stridesOf,
  toIndex: () => toIndex,
  toPicture: () => toPicture,
  turnedStack: () => turnedStack,
  unit: () => unit
});
var UNSEEN = 0.1;
var ON_BORDER = 1e-4;
var MOST_PIXELS = 2047;
var OBLIQUE = 5;
var PLANES = ["axial", "coronal", "sagittal"];
var LETTERS = ["RL", "AP", "IS"];
var stridesOf = (shape) => [shape[1] * shape[2], shape[2], 1];
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
    start: index * strides[layout.axis] + (layout.flip_down ? (rows - 1) * down : 0) + (layout.flip_across ? (columns - 1) * across : 0)
  };
}
function toIndex(layout, shape, slice, row, column2) {
  const index = [0, 0, 0];
  index[layout.axis] = slice;
  index[layout.down] = layout.flip_down ? shape[layout.down] - 1 - row : row;
  index[layout.across] = layout.flip_across ? shape[layout.across] - 1 - column2 : column2;
  return index;
}
function toPicture(layout, shape, index) {
  const row = index[layout.down];
  const column2 = index[layout.across];
  return [
    layout.flip_down ? shape[layout.down] - 1 - row : row,
    layout.flip_across ? shape[layout.across] - 1 - column2 : column2
  ];
}
var applyAffine = (affine, index) => [0, 1, 2].map((i) => affine[i][3] + index.reduce((sum, n, j) => sum + affine[i][j] * n, 0));
function compose(first, second2) {
  const cell = (i, j) => [0, 1, 2].reduce((sum, k) => sum + first[i][k] * second2[k][j], j === 3 ? first[i][3] : 0);
  return [0, 1, 2].map((i) => [0, 1, 2, 3].map((j) => cell(i, j)));
}
function invert(affine) {
  const [[a, b, c, x], [d, e, f, y], [g, h, i, z]] = affine;
  const cofactors = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d]
  ];
  const size = a * cofactors[0][0] + b * cofactors[1][0] + c * cofactors[2][0];
  return cofactors.map((row) => {
    const scaled2 = row.map((v) => v / size);
    return [...scaled2, -(scaled2[0] * x + scaled2[1] * y + scaled2[2] * z)];
  });
}
var nearest = (place3) => Math.floor(place3 + 0.5 + 1e-6);
var intoStack = (stack, affine) => compose(inverseOf(stack), affine);
function reachOf(shape, change) {
  const corners = Array.from(
    { length: 8 },
    (_, bits) => applyAffine(
      change,
      shape.map((n, axis) => (bits >> axis & 1) * (n - 1))
    )
  );
  const along2 = [0, 1, 2].map((axis) => corners.map((corner) => corner[axis]));
  return { low: along2.map((n) => Math.min(...n)), high: along2.map((n) => Math.max(...n)) };
}
function once(make2) {
  const known2 = /* @__PURE__ */ new WeakMap();
  return (stack) => {
    const found = known2.get(stack) ?? make2(stack);
    known2.set(stack, found);
    return found;
  };
}
var directions = once((stack) => {
  const unit3 = (axis, flip) => {
    const step = [0, 1, 2].map((i) => stack.affine[i][axis] * (flip ? -1 : 1));
    const length2 = Math.hypot(...step);
    return step.map((n) => n / length2);
  };
  return [unit3(stack.across, stack.flip_across), unit3(stack.down, stack.flip_down)];
});
var inverseOf = once((stack) => invert(stack.affine));
function stackOn(base, own, shape, affine) {
  const [mine, theirs] = [directions(base), directions(own)];
  const sizes = [own.shape[own.across], own.shape[own.down]];
  const turned = mine.map((way, i) => Math.max(...way.map((n, j) => Math.abs(n - theirs[i][j]))));
  if (turned.every((part, i) => part * sizes[i] <= UNSEEN)) {
    return { ...own, thickness: base.thickness, projection: base.projection };
  }
  const reach = reachOf(shape, intoStack(base, affine));
  const low = reach.low.map(nearest);
  const size = reach.high.map((n, axis) => nearest(n) - low[axis] + 1);
  low[base.axis] = 0;
  size[base.axis] = base.shape[base.axis];
  const origin = applyAffine(base.affine, low);
  const moved2 = [0, 1, 2].map((i) => [...base.affine[i].slice(0, 3), origin[i]]);
  moved2.push([0, 0, 0, 1]);
  return { ...base, shape: size, affine: moved2, resampled: true };
}
function reaches(stack, shape, affine, index) {
  const [low, high] = facesAlong(stack, shape, affine);
  const half = stack.thickness ? stack.thickness / 2 / length(stepOf(stack)) : 0;
  return low - half + 1e-6 < index && index < high + half - 1e-6;
}
function facesAlong(stack, shape, affine) {
  const change = intoStack(stack, affine)[stack.axis];
  const along2 = change.slice(0, 3);
  const middle = dot(along2, middleOf(shape)) + change[3];
  const reach = dot(along2.map(Math.abs), shape) / 2;
  return [middle - reach, middle + reach];
}
var middleOf = (shape) => shape.map((n) => (n - 1) / 2);
function stepOf(stack) {
  const normal = unit(cross(column(stack.affine, stack.down), column(stack.affine, stack.across)));
  return scaled(normal, dot(normal, column(stack.affine, stack.axis)));
}
function leans(stack) {
  const lean = minus(column(stack.affine, stack.axis), stepOf(stack));
  const moved2 = length(lean) * (stack.shape[stack.axis] - 1);
  return moved2 > UNSEEN * Math.min(...spacingOf(stack.affine));
}
function slabOffsets(stack, shape, affine, index) {
  const half = Math.floor(stack.thickness / 2 / length(stepOf(stack)) + ON_BORDER);
  const [low, high] = facesAlong(stack, shape, affine);
  const first = Math.floor(low - index + 1e-6) + 1;
  const last = Math.ceil(high - index - 1e-6) - 1;
  return [Math.max(0 - half, first), Math.min(half, last)];
}
var normalOf = once((stack) => {
  const [right, down] = directions(stack);
  return unit(cross(right, down));
});
function turnedStack(stack, shape, affine, normal, through) {
  const ways = [normal, ...turnedWays(stack, normal)];
  const reach = ways.map((way) => reachAlong(way, shape, affine));
  const step = Math.min(...spacingOf(affine));
  const pixel = Math.max(step, 2 * Math.max(reach[1], reach[2]) / MOST_PIXELS);
  const sizes = [step, pixel, pixel];
  const middle = applyAffine(affine, middleOf(shape));
  const along2 = dot(normal, minus(through, middle));
  const before = reach.map((mm, i) => Math.floor(mm / sizes[i] + 1e-6));
  const after = [...before];
  before[0] = Math.max(Math.floor((reach[0] + along2) / step + 1e-6), 0);
  after[0] = Math.max(Math.floor((reach[0] - along2) / step + 1e-6), 0);
  const order = [stack.axis, stack.down, stack.across];
  const counts = [0, 0, 0];
  const matrix = [0, 1, 2].map((i) => [0, 0, 0, middle[i] + normal[i] * along2]);
  order.forEach((axis, n) => {
    counts[axis] = before[n] + after[n] + 1;
    for (let i = 0; i < 3; i++) {
      matrix[i][axis] = ways[n][i] * sizes[n];
      matrix[i][3] -= before[n] * matrix[i][axis];
    }
  });
  const plane = stack.name.replace(/^oblique /, "");
  const turned = {
    ...stack,
    flip_down: false,
    flip_across: false,
    spacing: [pixel, pixel],
    letters: [...lettersOf(ways[2]), ...lettersOf(ways[1])],
    shape: counts,
    affine: [...matrix, [0, 0, 0, 1]],
    resampled: true,
    turned: angle(normal, normalOf(stack))
  };
  return { ...turned, name: nameOf(turned, plane) };
}
function turnedWays(stack, normal) {
  const [right, before] = directions(stack);
  const down = unit(minus(before, scaled(normal, dot(normal, before))));
  const sideways = cross(down, normal);
  return [down, dot(sideways, right) > 0 ? sideways : scaled(sideways, -1)];
}
var reachAlong = (way, shape, affine) => shape.reduce((sum, n, axis) => sum + n * Math.abs(dot(way, column(affine, axis))), 0) / 2;
function lettersOf(way) {
  const size = way.map(Math.abs);
  const first = size.indexOf(Math.max(...size));
  const rest = [0, 1, 2].filter((axis) => axis !== first);
  const second2 = size[rest[1]] > size[rest[0]] ? rest[1] : rest[0];
  const axes = size[second2] > Math.sin(OBLIQUE * Math.PI / 180) ? [first, second2] : [first];
  return [false, true].map(
    (end) => axes.map((axis) => LETTERS[axis][way[axis] > 0 === end ? 1 : 0]).join("")
  );
}
function nameOf(stack, plane) {
  const cosine = Math.abs(normalOf(stack)[2 - PLANES.indexOf(plane)]);
  return cosine < Math.cos(OBLIQUE * Math.PI / 180) ? `oblique ${plane}` : plane;
}
var angle = (a, b) => Math.atan2(length(cross(a, b)), Math.abs(dot(a, b))) * 180 / Math.PI;
function nearestPlane(normal, stacks) {
  const closeness = PLANES.map((plane) => Math.abs(dot(normalOf(stacks[plane]), normal)));
  const best = Math.max(...closeness) - 1e-9;
  return PLANES[closeness.findIndex((close) => close >= best)];
}
var column = (affine, axis) => [0, 1, 2].map((i) => affine[i][axis]);
var dot = (a, b) => a.reduce((sum, n, i) => sum + n * b[i], 0);
var cross = (a, b) => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0]
];
var minus = (a, b) => a.map((n, i) => n - b[i]);
var scaled = (a, factor) => a.map((n) => n * factor);
var length = (a) => Math.hypot(...a);
var unit = (a) => scaled(a, 1 / length(a));
function spacingOf(affine) {
  const [step, down, across] = [0, 1, 2].map((axis) => column(affine, axis));
  return [Math.abs(dot(step, unit(cross(across, down)))), length(down), length(across)];
}
var sliceAt = (stack, affine, index) => nearest(applyAffine(intoStack(stack, affine), index)[stack.axis]);
function cursorOn(stack, shape, affine, cursor, wanted) {
  const { axis } = stack;
  const change = intoStack(stack, affine);
  let moved2 = [...cursor];
  for (const others of aroundCursor(stack, shape, cursor)) {
    moved2 = [...others.slice(0, axis), 0, ...others.slice(axis)];
    moved2[axis] = wanted - nearest(applyAffine(change, moved2)[axis]);
    if (moved2[axis] >= 0 && moved2[axis] < shape[axis]) break;
  }
  moved2[axis] = clamp(moved2[axis], 0, shape[axis] - 1);
  return moved2;
}
function* aroundCursor(stack, shape, cursor) {
  const [first, second2] = [0, 1, 2].filter((other) => other !== stack.axis);
  if (!stack.resampled) {
    yield [cursor[first], cursor[second2]];
    return;
  }
  for (const low of indicesFrom(cursor[second2], shape[second2])) {
    for (const high of indicesFrom(cursor[first], shape[first])) yield [high, low];
  }
}
function* indicesFrom(start, count3) {
  for (let away = 0; away < count3; away++) {
    if (start - away >= 0) yield start - away;
    if (away > 0 && start + away < count3) yield start + away;
  }
}

// ctkit/widgets/view/crossing.js
var GAP = 8;
var LEVEL = 1e-9;
function crossingLines(stacks, plane, point, stage) {
  const [right, down] = directions(stacks[plane]);
  const normal = normalOf(stacks[plane]);
  return PLANES.filter((other) => other !== plane).map((other) => {
    const along2 = cross(normal, normalOf(stacks[other]));
    const way = unitOf([dot(right, along2), dot(down, along2)]);
    return { plane: other, way, span: spanOf(point, way, stage) };
  }).filter(({ span }) => span.length > 0).sort((a, b) => levelOf(a) - levelOf(b));
}
var levelOf = ({ way }) => Math.round(Math.abs(way[1]) * 1e6);
function unitOf(way) {
  const length2 = Math.hypot(...way);
  const [x, y] = way.map((n) => Math.abs(n / length2) < LEVEL ? 0 : n / length2);
  return x < 0 || x === 0 && y < 0 ? [0 - x, 0 - y] : [x, y];
}
function spanOf(point, way, stage) {
  let [low, high] = [-Infinity, Infinity];
  for (const axis of [0, 1]) {
    if (way[axis] === 0) {
      if (point[axis] < 0 || point[axis] > stage[axis]) return [];
      continue;
    }
    const ends = [-point[axis] / way[axis], (stage[axis] - point[axis]) / way[axis]];
    low = Math.max(low, Math.min(...ends));
    high = Math.min(high, Math.max(...ends));
  }
  return low < high ? [low, high] : [];
}
function piecesOf({ way, span: [low, high] }, point) {
  const spans2 = [
    [low, Math.min(-GAP, high)],
    [Math.max(GAP, low), high]
  ];
  return spans2.filter(([from, to]) => from < to).map((ends) => ends.map((far) => point.map((start, axis) => start + far * way[axis])));
}

// ctkit/widgets/view/cutting.js
var cutting_exports = {};
__export(cutting_exports, {
  NAMES: () => NAMES,
  PROJECTIONS: () => PROJECTIONS,
  cutStack: () => cutStack,
  indexThrough: () => indexThrough,
  isTurned: () => isTurned,
  movedThrough: () => movedThrough,
  throughOf: () => throughOf,
  voxelAt: () => voxelAt
});
var PARALLEL = 1e-9;
var PROJECTIONS = ["max", "min", "mean"];
var NAMES = { max: "MIP", min: "MinIP", mean: "mean" };
function cutStack(state, grid, plane) {
  let stack = grid.layouts[state.convention][plane];
  if (isTurned(state, grid, plane)) {
    const normal = (
      /** @type {number[]} */
      state.normal
    );
    stack = turnedStack(stack, grid.shape, grid.affine, normal, throughOf(state, grid));
  }
  if (!state.slab) return stack;
  return { ...stack, thickness: state.slab, projection: state.projection ?? "max" };
}
function isTurned({ normal, convention }, grid, plane) {
  const stacks = grid.layouts[convention];
  if (!normal || nearestPlane(normal, stacks) !== plane) return false;
  return Math.hypot(...cross(normal, normalOf(stacks[plane]))) > PARALLEL;
}
function throughOf({ through, cursor }, grid) {
  if (through && same(voxelAt(through, grid), cursor)) return through;
  return applyAffine(grid.affine, cursor);
}
function indexThrough(state, grid, plane) {
  if (!isTurned(state, grid, plane)) return state.cursor;
  return applyAffine(invert(grid.affine), throughOf(state, grid));
}
var voxelAt = (point, { shape, affine }) => applyAffine(invert(affine), point).map(
  (n, axis) => clamp(Math.floor(n + 0.5 + 1e-6), 0, shape[axis] - 1)
);
var movedThrough = (stack, through, steps2) => through.map((mm, i) => mm + steps2 * stack.affine[i][stack.axis]);

// ctkit/widgets/view/kernel.js
var GONE = ["dead", "terminating", "restarting", "autorestarting"];
function watchKernel(model, listener) {
  const kernel = model.widget_manager?.kernel;
  const tell2 = () => listener(isGone(model, kernel));
  model.on("comm_live_update", tell2);
  const signals = [kernel?.statusChanged, kernel?.connectionStatusChanged, kernel?.disposed];
  for (const signal of signals) signal?.connect(tell2);
  tell2();
  return () => {
    model.off("comm_live_update", tell2);
    for (const signal of signals) signal?.disconnect(tell2);
  };
}
function isGone(model, kernel) {
  if (model.comm_live === false) return true;
  if (!kernel) return false;
  return kernel.isDisposed || GONE.includes(kernel.status) || kernel.connectionStatus === "disconnected";
}

// ctkit/widgets/view/drop/gathering.js
function dropped(transfer, most) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.());
  if (entries.every(Boolean)) return filesUnder(
    /** @type {any} */
    entries,
    most
  );
  return Promise.resolve(picked(transfer.files));
}
var picked = (files2) => [...files2].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
async function filesUnder(entries, most) {
  const found = [];
  const waiting = [...entries];
  for (let at = 0; at < waiting.length && found.length <= most; at++) {
    const entry = waiting[at];
    if (entry.isDirectory) for (const one of await inside(entry)) waiting.push(one);
    else found.push({ file: await opened(entry), name: entry.fullPath.replace(/^\//, "") });
  }
  return found;
}
var opened = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));
async function inside(folder) {
  const reader = folder.createReader();
  const found = [];
  for (; ; ) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    for (const one of some) found.push(one);
  }
}

// ctkit/widgets/view/drop/words.js
var ASK = "Drop a scan here";
var ASK_MORE = "a file, a folder or a zip – or press to choose files";
var LOOKING = "Looking for files.";
var READING = "All files are there. Python reads their headers.";
var LOADING = "Python loads the series.";
var STOPPED = "Stopped: nothing of it is kept.";
var ONE_AT_A_TIME = "One drop at a time: wait for this one, or cancel it first.";
var UNREADABLE = "A file can't be read: it was moved or changed, or the browser may not read it. Drop it again.";
var ALONE = "Python can't be reached: what was on its way is lost. If Python was started anew, so are the files that it held: run the cell again, then drop the scan again.";
var BY_PATH = "In Python ctkit.load(field.path, series=...) takes the argument that a reason names.";
var files = (count3) => `${count3.toLocaleString("en")} ${count3 === 1 ? "file" : "files"}`;
var announced = (count3) => `Sending ${files(count3)}.`;
var progress = (share) => `${Math.floor(share * 10) * 10} % sent.`;
var late = (status) => `${status} Python has not answered for some seconds: it is busy, or the line is slow.`;
var holds = (held) => held.words && `It holds ${held.words}${held.shown ? "; the picture stands below" : ""}.`;
var notes = (held) => [
  ...held.notes,
  ...held.problems.some((problem) => problem.includes("=")) ? [BY_PATH] : []
];

// ctkit/widgets/view/drop/table.js
var count = 0;
var SeriesTable = class {
  /** @param {Element} parent @param {(series: number) => void} open */
  constructor(parent, open2) {
    this.name = `ctkit-series-${++count}`;
    this.picked = 0;
    this.drawn = "";
    this.root = make("div", "ctkit-drop-held", parent);
    this.table = make("table", "ctkit-drop-table", this.root, { "aria-label": "Series" });
    this.notes = make("div", "ctkit-drop-notes", this.root);
    this.open = make("button", "ctkit-drop-button ctkit-drop-open", this.root, { type: "button" });
    this.open.textContent = "Open";
    this.open.addEventListener("click", () => open2(this.picked));
  }
  /** @param {import("./field.js").Held} held @param {boolean} waits */
  show(held, waits) {
    setHidden(this.root, !held.rows.length);
    this.open.disabled = waits;
    const drawn2 = JSON.stringify(held);
    if (drawn2 === this.drawn) return;
    this.drawn = drawn2;
    this.picked = held.picked ?? 0;
    this.notes.textContent = notes(held).join("\n");
    this.table.replaceChildren();
    const head = make("tr", "", make("thead", "", this.table));
    for (const text2 of held.heads) make("th", "", head, { scope: "col" }).textContent = text2;
    const body = make("tbody", "", this.table);
    for (const number2 of held.rows.keys()) this.addRow(body, held, number2);
  }
  /** @param {Element} body @param {import("./field.js").Held} held @param {number} number */
  addRow(body, held, number2) {
    const [first, ...cells] = held.rows[number2];
    const row = make("tr", "", body);
    const label3 = make("label", "", make("th", "", row, { scope: "row" }));
    const radio = make("input", "", label3, {
      type: "radio",
      name: this.name,
      "aria-label": `series ${held.rows[number2].join(", ")}`
    });
    label3.append(first);
    radio.checked = number2 === this.picked;
    radio.addEventListener("change", () => {
      this.picked = number2;
    });
    for (const text2 of cells) make("td", "", row).textContent = text2;
    if (!held.problems[number2]) return;
    const why = make("td", "ctkit-drop-problem", make("tr", "", body), {
      colspan: held.heads.length
    });
    why.textContent = `Not as it is: ${held.problems[number2]}`;
  }
};

// ctkit/widgets/view/drop/panel.js
var Panel = class {
  /** @param {import("./field.js").Field} field @param {HTMLElement} el */
  constructor(field, el) {
    this.field = field;
    this.stop = new AbortController();
    this.root = make("section", "ctkit-drop", el, { "aria-label": "A scan from your disk" });
    this.root.dataset.lmSuppressShortcuts = "true";
    this.zone = make("button", "ctkit-drop-zone", this.root, { type: "button" });
    make("strong", "", this.zone).textContent = ASK;
    make("span", "ctkit-drop-more", this.zone).textContent = ASK_MORE;
    const row = make("div", "ctkit-drop-row", this.root);
    this.files = make("input", "ctkit-drop-input", row, { type: "file", hidden: "" });
    this.folder = make("input", "ctkit-drop-input", row, { type: "file", hidden: "" });
    this.files.multiple = true;
    this.folder.webkitdirectory = true;
    this.choose = this.button(row, "Choose a folder", () => this.folder.click());
    setHidden(this.choose, !("webkitdirectory" in this.folder));
    this.cancel = this.button(row, "Cancel", () => field.cancel());
    this.bar = make("progress", "ctkit-drop-progress", this.root, {
      max: 1,
      "aria-label": "Bytes sent"
    });
    this.status = make("div", "ctkit-drop-status", this.root, { role: "status" });
    this.error = make("div", "ctkit-error", this.root, { role: "alert" });
    this.table = new SeriesTable(this.root, (series) => field.open(series));
    this.listen();
    this.draw = () => this.update();
    field.listeners.add(this.draw);
    this.update();
  }
  /** @param {Element} parent @param {string} text @param {() => void} act */
  button(parent, text2, act2) {
    const made = make("button", "ctkit-drop-button", parent, { type: "button" });
    made.textContent = text2;
    made.addEventListener("click", act2);
    return made;
  }
  listen() {
    const { signal } = this.stop;
    this.zone.addEventListener("click", () => this.files.click());
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Tab") event.stopPropagation();
    });
    for (const input2 of [this.files, this.folder]) {
      input2.addEventListener("change", () => this.onPicked(input2));
    }
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
      this.root.addEventListener(type, (event) => this.onDrag(
        /** @type {DragEvent} */
        event
      ), {
        signal
      });
    }
  }
  /** @param {HTMLInputElement} input */
  onPicked(input2) {
    const given = input2.files ? picked(input2.files) : [];
    input2.value = "";
    this.field.offer(given);
  }
  /** @param {DragEvent} event */
  onDrag(event) {
    const transfer = event.dataTransfer;
    if (!transfer?.types.includes("Files")) return;
    event.preventDefault();
    event.stopPropagation();
    const inside2 = this.root.contains(
      /** @type {Node|null} */
      event.relatedTarget
    );
    const over = event.type !== "drop" && !(event.type === "dragleave" && !inside2);
    this.root.classList.toggle("ctkit-drop-over", over);
    if (event.type === "drop") this.field.offer(dropped(transfer, this.field.model.get("most")));
  }
  update() {
    const { busy, alone, held, share, status, error } = this.field;
    this.zone.disabled = this.choose.disabled = alone;
    setHidden(this.cancel, busy !== "sending");
    setHidden(this.bar, !busy);
    if (busy === "python") this.bar.removeAttribute("value");
    else setAttribute(this.bar, "value", String(share));
    setText(this.status, status || holds(held));
    setText(this.error, error);
    setHidden(this.error, !error);
    this.table.show(held, Boolean(busy) || alone);
  }
  close() {
    this.stop.abort();
    this.field.listeners.delete(this.draw);
    this.root.remove();
  }
};

// ctkit/widgets/view/drop/packing.js
var MOST_PIECES = 4096;
function* packed(sizes, most) {
  let pieces2 = [];
  let room = most;
  for (const [number2, size] of sizes.entries()) {
    for (let start = 0; start < size; ) {
      const length2 = Math.min(room, size - start);
      pieces2.push([number2, start, length2]);
      start += length2;
      room -= length2;
      if (room > 0 && pieces2.length < MOST_PIECES) continue;
      yield pieces2;
      pieces2 = [];
      room = most;
    }
  }
  if (pieces2.length) yield pieces2;
}

// ctkit/widgets/view/drop/sending.js
var PIECE = 2 ** 21;
var UNDER_WAY = 4;
var Sending = class {
  /**
   * @param {Model} model
   * @param {Given[]} given
   * @param {(taken: number) => void} tell how many bytes Python has
   */
  constructor(model, given, tell2) {
    this.model = model;
    this.given = given;
    this.tell = tell2;
    this.drop = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    this.total = given.reduce((sum, one) => sum + one.file.size, 0);
    this.underWay = 0;
    this.ended = false;
    this.wake = () => {
    };
  }
  /** Send all; true once Python has been told that it was all. */
  async run() {
    const files2 = this.given.map((one) => [one.name, one.file.size]);
    this.say("begin", { files: files2 });
    this.underWay = UNDER_WAY;
    for (const pieces2 of packed(
      this.given.map((one) => one.file.size),
      PIECE
    )) {
      const blobs = pieces2.map(
        ([number2, start, length2]) => this.given[number2].file.slice(start, start + length2)
      );
      const bytes = await new Blob(blobs).arrayBuffer();
      if (!await this.room()) return false;
      this.underWay++;
      this.say("bytes", { parts: pieces2 }, [bytes]);
    }
    if (!await this.room()) return false;
    this.ended = true;
    this.say("end");
    return true;
  }
  /** Wait until a message may be sent; false once nothing is to be sent any more. */
  async room() {
    while (!this.ended && this.underWay >= UNDER_WAY) {
      await new Promise((resume) => {
        this.wake = () => resume(null);
      });
    }
    return !this.ended;
  }
  /** Take what Python says of this drop. @param {any} message */
  hear(message) {
    if (message.kind === "go") this.underWay = 0;
    if (message.kind === "taken") {
      this.underWay--;
      this.tell(message.bytes);
    }
    this.wake();
  }
  /** Send no more. */
  stop() {
    this.ended = true;
    this.wake();
  }
  /** @param {string} kind @param {object} [words] @param {ArrayBuffer[]} [buffers] */
  say(kind, words = {}, buffers = []) {
    this.model.send({ kind, drop: this.drop, ...words }, void 0, buffers);
  }
};

// ctkit/widgets/view/drop/field.js
var PATIENCE = 4e3;
var NOTHING = {
  words: "",
  notes: [],
  heads: [],
  rows: [],
  problems: [],
  picked: null,
  shown: false
};
var Field = class {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.held = NOTHING;
    this.status = "";
    this.error = "";
    this.busy = "";
    this.share = 0;
    this.alone = false;
    this.lost = "";
    this.sending = null;
    this.late = void 0;
    this.listeners = /* @__PURE__ */ new Set();
    this.onMessage = (message) => this.hear(message);
    model.on("msg:custom", this.onMessage);
    const layout = (
      /** @type {any} */
      model.get("layout")
    );
    this.unwatch = layout?.on ? watchKernel(layout, (gone) => this.onKernel(gone)) : () => {
    };
    this.ask();
  }
  /** Ask what Python holds, and let it forget a drop that broke off. */
  ask() {
    if (this.lost) this.say({ kind: "cancel", drop: this.lost });
    this.lost = "";
    this.say({ kind: "state" });
    this.show({ error: "" });
  }
  // ---- what the hand does
  /**
   * Send files to Python.
   * @param {Promise<Given[]>|Given[]} coming
   */
  async offer(coming) {
    if (this.alone) return;
    if (this.busy) return this.show({ error: ONE_AT_A_TIME });
    this.show({ busy: "sending", share: 0, error: "", status: LOOKING });
    try {
      await this.send(await coming);
    } catch (error) {
      console.error(error);
      this.cancel();
      this.show({ error: UNREADABLE, status: "" });
    }
  }
  /** @param {Given[]} given */
  async send(given) {
    if (this.busy !== "sending") return;
    this.sending = new Sending(this.model, given, (taken) => this.onTaken(taken));
    this.wait(announced(given.length));
    const done = await this.sending.run();
    if (done) this.show({ busy: "python", share: 1, status: READING });
    if (done) this.wait(READING);
  }
  /** Stop what is under way. */
  cancel() {
    const { sending } = this;
    if (!sending && this.busy !== "sending") return;
    sending?.stop();
    this.say({ kind: "cancel", drop: sending?.drop });
    this.rest({ status: STOPPED });
  }
  /** Show a series below. @param {number} series */
  open(series) {
    if (this.busy || this.alone) return;
    this.say({ kind: "open", series });
    this.show({ busy: "python", error: "" });
    this.wait(LOADING);
  }
  // ---- what Python says
  /** @param {any} message */
  hear(message) {
    if (message.kind === "held") return this.hold(message);
    if (message.drop && message.drop !== this.sending?.drop) return;
    if (message.kind === "refused") {
      this.sending?.stop();
      return this.rest({ error: message.words });
    }
    this.sending?.hear(message);
  }
  /** @param {Held} held */
  hold(held) {
    const waited = this.busy === "python";
    this.held = held;
    if (this.busy === "sending") return this.show({});
    this.rest({ status: waited ? holds(held) : this.status });
  }
  /** @param {number} taken bytes */
  onTaken(taken) {
    const total = this.sending?.total ?? 0;
    this.share = total ? taken / total : 0;
    this.wait(progress(this.share));
  }
  /** @param {boolean} gone */
  onKernel(gone) {
    if (gone === this.alone) return;
    this.alone = gone;
    if (!gone) return this.ask();
    this.lost = this.sending?.drop ?? this.lost;
    this.sending?.stop();
    this.held = NOTHING;
    this.rest({ error: ALONE });
  }
  // ---- what is shown
  /** Say what is under way, and that nothing is heard where that lasts. @param {string} status */
  wait(status) {
    clearTimeout(this.late);
    this.late = setTimeout(() => this.show({ status: late(status) }), PATIENCE);
    this.show({ status });
  }
  /** Nothing is under way any more. @param {Partial<Field>} [change] */
  rest(change = {}) {
    clearTimeout(this.late);
    this.sending = null;
    this.show({ busy: "", share: 0, status: "", ...change });
  }
  /** @param {Partial<Field>} change */
  show(change) {
    Object.assign(this, change);
    for (const listener of this.listeners) listener();
  }
  /** @param {any} message */
  say(message) {
    try {
      this.model.send(message);
    } catch (error) {
      console.warn("ctkit: the kernel is not there", error);
    }
  }
  close() {
    clearTimeout(this.late);
    this.sending?.stop();
    this.unwatch();
    this.model.off("msg:custom", this.onMessage);
  }
};
function createField() {
  let field;
  return {
    /** @param {{model: Model}} context */
    initialize({ model }) {
      field = new Field(model);
      return () => field?.close();
    },
    /** @param {{model: Model, el: HTMLElement}} context */
    render({ model, el }) {
      field ??= new Field(model);
      const panel = new Panel(field, el);
      return () => panel.close();
    }
  };
}

// ctkit/widgets/view/line.js
var line_exports = {};
__export(line_exports, {
  line: () => line,
  number: () => number,
  numbers: () => numbers,
  text: () => text,
  texts: () => texts
});
var HIDDEN = (
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is for
  /[\\'\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u2000-\u200f\u2028-\u202f\u205f-\u206f\ud800-\udfff\ufeff]/gu
);
var line = (call, words) => `${[call, ...Object.entries(words).map(([name, word2]) => `${name}=${word2}`)].join(", ")})`;
var text = (value) => `'${value.replace(HIDDEN, escaped)}'`;
var texts = (values) => `(${values.map(text).join(", ")})`;
function number(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e-4 && size < 1e16) return String(value);
  return value.toExponential().replace(/([+-])(\d)$/, (_, sign, digit) => `${sign}0${digit}`);
}
var numbers = (values) => `(${values.map(number).join(", ")})`;
function escaped(letter) {
  if (letter === "\\" || letter === "'") return `\\${letter}`;
  const code = letter.charCodeAt(0);
  const digits = code.toString(16);
  return code < 256 ? `\\x${digits.padStart(2, "0")}` : `\\u${digits.padStart(4, "0")}`;
}

// ctkit/widgets/view/slider.js
var FINEST = 50;
function stops(low, high, step = 1) {
  const found = [];
  const end = Math.round(high / step);
  for (let n = Math.round(low / step); n < end; n += Math.max(1, round(n / FINEST))) {
    found.push(steps(n, step));
  }
  return [...found, high];
}
var steps = (count3, step) => (
  // A step below 1 is not exact, what it goes into 1 is.
  step < 1 ? count3 / Math.round(1 / step) : count3 * step
);
function round(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return Math.max(...[1, 2, 5].filter((step) => step * power <= value), 0) * power;
}
var wholes = (low, high) => Array.from({ length: high - low + 1 }, (_, i) => low + i);
var NumberSlider = class {
  /**
   * @param {Element} parent
   * @param {string} name
   * @param {number[]} stops
   * @param {(value: number) => void} change called when a hand has moved it
   * @param {boolean} [whole] whether what is typed is rounded
   * @param {string} [unit]
   */
  constructor(parent, name, stops2, change, whole2 = true, unit3 = "HU") {
    this.unit = unit3;
    this.stops = stops2;
    this.change = change;
    const root = document.createElement("div");
    this.root = root;
    root.className = "ctkit-number-slider";
    const label3 = document.createElement("span");
    label3.textContent = name;
    this.slider = input("range", `${name} slider`, 0, stops2.length - 1);
    this.box = input("number", name, stops2[0], stops2[stops2.length - 1]);
    this.slider.addEventListener("input", () => this.take(this.stops[this.slider.valueAsNumber]));
    if (!whole2) this.box.step = "any";
    const typed = () => {
      const value = this.box.valueAsNumber;
      this.take(whole2 ? Math.round(value) : value);
    };
    this.box.addEventListener("change", typed);
    this.box.addEventListener("keydown", (event) => event.key === "Enter" && typed());
    root.append(label3, this.slider, this.box);
    parent.append(root);
    this.value = NaN;
  }
  /** What a hand has set; no number leaves all as it was. @param {number} wanted */
  take(wanted) {
    const [low, high] = [this.stops[0], this.stops[this.stops.length - 1]];
    const value = Number.isNaN(wanted) ? this.value : Math.min(Math.max(wanted, low), high);
    this.show(value);
    this.change(value);
  }
  /** @param {number} value */
  show(value) {
    if (value === this.value && this.box.value === String(value)) return;
    this.value = value;
    this.slider.value = String(firstFrom(this.stops, value));
    this.slider.setAttribute("aria-valuetext", `${value} ${this.unit}`.trim());
    this.box.value = String(value);
  }
};
function firstFrom(rising, value) {
  let [low, high] = [0, rising.length - 1];
  while (low < high) {
    const middle = low + high >> 1;
    if (rising[middle] >= value) high = middle;
    else low = middle + 1;
  }
  return low;
}
function input(type, name, min, max) {
  const made = document.createElement("input");
  Object.assign(made, { type, min: String(min), max: String(max), step: "1" });
  made.setAttribute("aria-label", name);
  made.dataset.lmSuppressShortcuts = "true";
  return made;
}

// ctkit/widgets/view/parts/second.js
var BLENDS = ["side by side", "curtain", "flicker", "difference"];
var USUAL_LIMIT = 100;
var HIGHEST_LIMIT = 4e3;
var SETTABLE = ["blend", "blend_index"];
var second = {
  traits: [...SETTABLE, "names", "usual_names", "curtain", "limit"],
  source: "second",
  heard: SETTABLE,
  written: () => SETTABLE,
  settle: (name, state) => {
    const chosen = BLENDS[clamp(state.blend_index, 0, BLENDS.length - 1)];
    const blend = name === "blend_index" ? chosen : state.blend;
    return { blend, blend_index: BLENDS.indexOf(blend) };
  },
  words: (state) => ({
    ...state.blend === BLENDS[0] ? {} : { blend: text(state.blend) },
    ...state.curtain === 0.5 ? {} : { curtain: number(state.curtain) },
    ...state.limit === steps(USUAL_LIMIT, state.step ?? 1) ? {} : { limit: number(state.limit) },
    ...same(state.names, state.usual_names) ? {} : { names: texts(state.names) }
  })
};
var limitEnds = (step) => [step, steps(HIGHEST_LIMIT, step)];

// ctkit/widgets/view/parts/window.js
var SETTABLE2 = ["center", "width", "whole_center", "whole_width", "preset_index"];
var window = {
  traits: [...SETTABLE2, "presets", "limits", "step", "function", "invert", "home", "histogram"],
  heard: SETTABLE2,
  written: () => SETTABLE2,
  settle: (name, state) => {
    const chosen = name === "preset_index" && state.presets[state.preset_index - 1];
    let [center, width] = chosen ? [chosen[1], chosen[2]] : [state.center, state.width];
    const step = state.step ?? 1;
    const saysElse = (told3, value) => Math.abs(told3 - onStep(value, step)) > step / 2;
    if (name === "whole_center" && saysElse(state.whole_center, center)) {
      center = state.whole_center;
    }
    if (name === "whole_width" && saysElse(state.whole_width, width)) {
      width = state.whole_width;
    }
    ({ center, width } = clampWindow({ center, width }, state.limits));
    const row = state.presets.findIndex((preset) => preset[1] === center && preset[2] === width);
    const whole2 = { whole_center: onStep(center, step), whole_width: onStep(width, step) };
    return { center, width, ...whole2, preset_index: row + 1 };
  },
  words: (state) => {
    const preset = state.presets[state.preset_index - 1];
    return {
      window: preset ? text(preset[0]) : numbers([state.center, state.width]),
      ...state.function === "LINEAR" ? {} : { function: text(state.function) },
      ...state.invert ? { invert: "True" } : {}
    };
  }
};
var onStep = (value, step) => steps(Math.floor(value / step + 0.5), step);
var clampWindow = ({ center, width }, limits) => ({
  center: clamp(center, ...limits.center),
  width: clamp(width, ...limits.width)
});

// ctkit/widgets/view/parts/cut.js
var SETTABLE3 = ["slab", "projection", "projection_index"];
var cut = {
  traits: SETTABLE3,
  heard: SETTABLE3,
  written: () => SETTABLE3,
  settle: (name, state) => {
    const chosen = PROJECTIONS[clamp(state.projection_index, 0, PROJECTIONS.length - 1)];
    const projection = name === "projection_index" ? chosen : state.projection;
    const projection_index = PROJECTIONS.indexOf(projection);
    return { slab: Math.max(state.slab, 0), projection, projection_index };
  },
  words: (state) => ({
    ...state.slab ? { slab: number(state.slab) } : {},
    ...state.projection === "max" ? {} : { projection: text(state.projection) }
  })
};

// ctkit/widgets/view/parts/marks.js
var LONGEST = 3e3;
var NONE = {};
var marks = {
  traits: ["drawn"],
  words: ({ drawn: drawn2 }) => drawn2?.length ? { marks: told(drawn2) } : NONE
};
function told(drawn2) {
  const line2 = lineOf(drawn2);
  return [...line2].length <= LONGEST ? line2 : "marks";
}
var lineOf = (drawn2) => `[${drawn2.map(literal).join(", ")}]`;
function literal({ kind, name, points, normal, visible }) {
  const words = [
    ["kind", text(kind)],
    ["name", text(name)],
    ["points", `[${points.map((point) => numbers(short(point, 4))).join(", ")}]`],
    ["normal", numbers(short(normal, 8))],
    ...visible ? [] : [["visible", "False"]]
  ];
  return `{${words.map(([key, word2]) => `${text(key)}: ${word2}`).join(", ")}}`;
}
var short = (values, digits) => values.map((n) => Number(n.toFixed(digits)));

// ctkit/widgets/view/parts/mask.js
var SETTINGS = (
  /** @type {const} */
  ["name", "color", "opacity", "visible"]
);
var mask = {
  traits: ["opacity", "outline", "labels", "usual_labels", "overlaps"],
  source: "overlay",
  words: (state, { overlay }) => ({
    ...overlay ? { mask: "mask" } : {},
    ...state.opacity === 0.25 ? {} : { opacity: number(state.opacity) },
    ...state.outline ? {} : { outline: "False" },
    labels: labelsWord(state.labels, state.usual_labels)
  })
};
function labelsWord(labels, usual) {
  const changes = labels.flatMap((label3, place3) => {
    const changed2 = SETTINGS.filter((name) => label3[name] !== usual[place3]?.[name]);
    return changed2.length ? [written(label3, changed2)] : [];
  });
  return changes.length ? `[${changes.join(", ")}]` : "";
}
function written(label3, names) {
  const parts = names.map((name) => `'${name}': ${word(label3[name])}`);
  return `{${[`'value': ${label3.value}`, ...parts].join(", ")}}`;
}
function word(value) {
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "string" ? text(value) : number(value);
}

// ctkit/widgets/view/overlay.js
var overlay_exports = {};
__export(overlay_exports, {
  MOST_GRIPS: () => MOST_GRIPS,
  NOTHING: () => NOTHING2,
  barLength: () => barLength,
  clips: () => clips,
  curtainAt: () => curtainAt,
  describe: () => describe,
  drawnOn: () => drawnOn,
  ellipseLine: () => ellipseLine,
  extent: () => extent,
  isPinned: () => isPinned,
  layoutOf: () => layoutOf,
  markLabel: () => markLabel,
  numberOf: () => numberOf,
  numberText: () => numberText,
  panes: () => panes,
  picture: () => picture,
  pictures: () => pictures,
  positionText: () => positionText,
  preciseText: () => preciseText,
  sideText: () => sideText,
  slabText: () => slabText,
  stagePoint: () => stagePoint,
  union: () => union,
  unitOf: () => unitOf2,
  valueText: () => valueText,
  windowText: () => windowText
});

// ctkit/widgets/view/lettering.js
var lettering_exports = {};
__export(lettering_exports, {
  MARGIN: () => MARGIN,
  boxOf: () => boxOf,
  fit: () => fit,
  interrupt: () => interrupt,
  stand: () => stand,
  standBeside: () => standBeside
});
var MARGIN = 12;
var CHARACTER = 0.62;
var LINE = 1.4;
var [LARGE, SMALL] = [14, 12];
var CLEAR = 16;
var GAP2 = 8;
var PAD = 4;
var BESIDE = 10;
var WIDEST = 0.45;
function stand(words, [wide, high]) {
  const room = wide - 2 * MARGIN;
  const fitted = { ...words };
  fitted.tl = fit(words.tl, room);
  fitted.tr = fit(words.tr, room - GAP2 - widthOf(fitted.tl));
  fitted.bl = fit(words.bl, room - GAP2 - widthOf(words.br));
  fitted.measure = fit(words.measure, room);
  const low = reaching(fitted.bl, wide) ? 26 : 8;
  const marks2 = low + 17 * fitted.bl.split("\n").length + 10;
  const under = Math.max(reaching(fitted.tl, wide), reaching(fitted.tr, wide));
  const top = under ? 10 + LINE * SMALL * under : 6;
  const [right, x, y] = [wide - MARGIN, wide / 2, high / 2];
  const rows = {
    left: [MARGIN, y, "left", "middle", LARGE, 600],
    right: [right, y, "right", "middle", LARGE, 600],
    top: [x, top, "center", "top", LARGE, 600],
    bottom: [x, high - 6, "center", "bottom", LARGE, 600],
    tl: [MARGIN, 8, "left", "top", SMALL, 400],
    tr: [right, 8, "right", "top", SMALL, 400],
    bl: [MARGIN, high - low, "left", "bottom", SMALL, 400],
    br: [right, high - 18, "right", "bottom", SMALL, 400],
    measure: [MARGIN, high - marks2, "left", "bottom", SMALL, 400],
    nothing: [x, y, "center", "middle", LARGE, 400]
  };
  return Object.entries(fitted).map(([place3, text2]) => {
    const [left, down, align, base, size, weight] = rows[place3];
    return { place: place3, text: text2, x: left, y: down, align, base, size, weight };
  });
}
function standBeside(words, texts3, stage) {
  const taken = texts3.filter(({ text: text2 }) => text2).map(boxOf);
  const marks2 = words.map(({ points }) => around(points));
  return words.map(({ text: text2, points }) => {
    const label3 = beside(fit(text2, WIDEST * stage[0]), points, taken, marks2, stage);
    taken.push(boxOf(label3));
    return label3;
  });
}
function beside(text2, points, taken, marks2, stage) {
  const size = sizeOf(text2, SMALL);
  const wanted = spots(points);
  let free;
  for (const spot of wanted) {
    const box = boxAt(spot, size);
    if (!isFree(box, taken, stage)) continue;
    if (isFree(box, marks2, stage)) return label(text2, spot);
    free ??= spot;
  }
  return free ? label(text2, free) : moved(label(text2, wanted[0]), stage);
}
function around(points) {
  const [xs, ys] = [0, 1].map((i) => points.map((point) => point[i]));
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
var label = (text2, [x, y, align, base]) => ({
  place: "label",
  text: text2,
  x,
  y,
  align,
  base,
  size: SMALL,
  weight: 400
});
function spots(points) {
  const [left, top, right, bottom] = around(points);
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const sides = [0, 22, -22, 44, -44, 66, -66, 88, -88].flatMap((move) => [
    [right + BESIDE, y + move, "left", "middle"],
    [left - BESIDE, y + move, "right", "middle"]
  ]);
  const level = [0, 60, -60].flatMap((move) => [
    [x + move, bottom + BESIDE, "center", "top"],
    [x + move, top - BESIDE, "center", "bottom"]
  ]);
  return [...sides.slice(0, 2), ...level.slice(0, 2), ...sides.slice(2), ...level.slice(2)];
}
function isFree([left, top, right, bottom], taken, [wide, high]) {
  if (left < 0 || top < 0 || right > wide || bottom > high) return false;
  return taken.every(
    (other) => right <= other[0] || other[2] <= left || bottom <= other[1] || other[3] <= top
  );
}
function moved(text2, [wide, high]) {
  const [left, top, right, bottom] = boxOf(text2);
  const x = text2.x + Math.max(0, -left) - Math.max(0, right - wide);
  return { ...text2, x, y: text2.y + Math.max(0, -top) - Math.max(0, bottom - high) };
}
function fit(text2, room, size = SMALL) {
  const most = Math.max(6, Math.trunc(room / (CHARACTER * size)));
  return text2.split("\n").flatMap((whole2) => broken(whole2, most)).join("\n");
}
function broken(text2, most) {
  if (text2.length <= most) return [trimmed(text2)];
  const words = text2.split(" ").map((word2) => lengthOf(word2) <= most ? word2 : `${[...word2].slice(0, most - 1).join("")}…`);
  const lines = [words[0]];
  for (const word2 of words.slice(1)) {
    const last = lines.length - 1;
    if (lengthOf(lines[last]) + 1 + lengthOf(word2) <= most) lines[last] += ` ${word2}`;
    else lines.push(word2);
  }
  const stripped = lines.map(trimmed).filter(Boolean);
  return stripped.length ? stripped : [""];
}
var trimmed = (text2) => text2.startsWith(" ") || text2.endsWith(" ") ? text2.replace(/^ +| +$/g, "") : text2;
var lengthOf = (text2) => [...text2].length;
var widthOf = (text2, size = SMALL) => CHARACTER * size * Math.max(...text2.split("\n").map(lengthOf));
var reaching = (text2, wide) => MARGIN + widthOf(text2) > wide / 2 - CLEAR ? text2.split("\n").length : 0;
var boxOf = ({ text: text2, x, y, align, base, size }) => boxAt([x, y, align, base], sizeOf(text2, size));
var sizeOf = (text2, size) => [widthOf(text2, size), LINE * size * text2.split("\n").length];
function boxAt([x, y, align, base], [wide, high]) {
  const left = x - ({ left: 0, center: 0.5, right: 1 }[align] ?? 0) * wide;
  const top = y - ({ top: 0, middle: 0.5, bottom: 1 }[base] ?? 0) * high;
  return [left - PAD, top - PAD, left + wide + PAD, top + high + PAD];
}
function interrupt(paths, texts3) {
  const boxes = texts3.filter(({ text: text2 }) => text2).map(boxOf);
  return paths.flatMap((line2) => pieces(line2, boxes));
}
function pieces(line2, boxes) {
  const hidden = boxes.map((box) => behind(line2, box)).filter((span) => span.length > 0).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const found = [];
  let start = 0;
  for (const [low, high] of [...hidden, [1, 1]]) {
    if (low > start) found.push([start, low]);
    start = Math.max(start, high);
  }
  return found.map((span) => span.map((part) => pointAt(line2, part)));
}
function behind([from, to], box) {
  let [low, high] = [0, 1];
  for (const axis of [0, 1]) {
    const [start, end] = [from[axis], to[axis]];
    const edges = [box[axis], box[axis + 2]];
    if (start === end) {
      if (!(edges[0] < start && start < edges[1])) return [];
      continue;
    }
    const ends = edges.map((edge) => (edge - start) / (end - start));
    low = Math.max(low, Math.min(...ends));
    high = Math.min(high, Math.max(...ends));
  }
  return low < high ? [low, high] : [];
}
function pointAt(line2, part) {
  if (part === 0 || part === 1) return line2[part];
  return line2[0].map((start, axis) => start + part * (line2[1][axis] - start));
}

// ctkit/widgets/view/marks.js
var marks_exports = {};
__export(marks_exports, {
  COUNTS: () => COUNTS,
  REGIONS: () => REGIONS,
  boxBetween: () => boxBetween,
  freeName: () => freeName,
  middleOf: () => middleOf2,
  minus: () => minus2,
  placeOn: () => placeOn,
  sliceFinder: () => sliceFinder,
  sliceOf: () => sliceOf,
  whereIs: () => whereIs
});
var REGIONS = ["ellipse", "rectangle", "freehand"];
var COUNTS = { ruler: 2, angle: 3, point: 1, ellipse: 4, rectangle: 4 };
var PARALLEL2 = 0.99996;
var minus2 = (a, b) => a.map((n, i) => n - b[i]);
var middleOf2 = (points) => points[0].map((_, i) => points.reduce((sum, point) => sum + point[i], 0) / points.length);
var sliceOf = (mark, stack) => sliceFinder(stack)(mark);
function sliceFinder(stack) {
  const normal = normalOf(stack);
  const row = inverseOf(stack)[stack.axis];
  return (mark) => {
    if (Math.abs(dot(mark.normal, normal)) < PARALLEL2) return null;
    return Math.floor(dot(middleOf2(mark.points), row) + row[3] + 0.5 + 1e-6);
  };
}
function whereIs(mark, stacks) {
  for (const [plane, stack] of Object.entries(stacks)) {
    const slice = sliceOf(mark, stack);
    if (slice !== null) return { plane, slice };
  }
  return null;
}
function boxBetween(start, end, [way]) {
  const along2 = dot(minus2(end, start), way);
  const side = way.map((n) => n * along2);
  return [start, start.map((n, i) => n + side[i]), end, end.map((n, i) => n - side[i])];
}
function freeName(kind, marks2) {
  const names = marks2.map(({ name: name2 }) => name2);
  const first = REGIONS.includes(kind) ? "region" : kind;
  let [name, number2] = [first, 1];
  while (names.includes(name)) name = `${first} ${++number2}`;
  return name;
}
function placeOn(stack, place3, slice) {
  const index = applyAffine(inverseOf(stack), place3);
  return applyAffine(stack.affine, index.with(stack.axis, slice));
}

// ctkit/widgets/view/zooming.js
var zooming_exports = {};
__export(zooming_exports, {
  FARTHEST: () => FARTHEST,
  INTERPOLATIONS: () => INTERPOLATIONS,
  ZOOMS: () => ZOOMS,
  fieldOf: () => fieldOf,
  panBy: () => panBy,
  placed: () => placed,
  sightOf: () => sightOf,
  zoomAt: () => zoomAt
});
var ZOOMS = (
  /** @type {const} */
  [0.25, 64]
);
var FARTHEST = 2e3;
var INTERPOLATIONS = ["linear", "nearest"];
function fieldOf({ zoom: zoom2 = 1, pan = [0, 0, 0] }, layout, frame, stage) {
  const fits = Math.min(stage[0] / frame.width, stage[1] / frame.height);
  const [right, down] = directions(layout).map((way) => dot(way, pan));
  return {
    scale: fits * zoom2,
    right: frame.left + frame.width / 2 + right,
    down: frame.top + frame.height / 2 + down
  };
}
function placed(box, { scale, right, down }, stage) {
  return {
    left: stage[0] / 2 + (box.left - right) * scale,
    top: stage[1] / 2 + (box.top - down) * scale,
    width: box.width * scale,
    height: box.height * scale
  };
}
function sightOf({ base: { layout, slice }, frame }, grid, stage) {
  const [right, down] = directions(layout);
  const across = cross(right, down);
  const middle = applyAffine(grid.affine, middleOf3(grid.shape));
  const seen = middleOf3(layout.shape);
  if (slice !== null) seen[layout.axis] = slice;
  const place3 = applyAffine(layout.affine, seen);
  const reach = grid.shape.reduce((sum, n, axis) => {
    const step = [0, 1, 2].map((i) => grid.affine[i][axis]);
    return sum + Math.abs(dot(across, step)) * n / 2;
  }, 0);
  return {
    ways: [right, down, across],
    ends: [frame.width / 2, frame.height / 2, reach],
    lies: dot(
      across,
      place3.map((mm, i) => mm - middle[i])
    ),
    fits: Math.min(stage[0] / frame.width, stage[1] / frame.height),
    stage
  };
}
var middleOf3 = (shape) => shape.map((n) => (n - 1) / 2);
function zoomAt(sight, before, [x, y], factor) {
  const { ways, lies, fits, stage } = sight;
  const zoom2 = clamp(Number((before.zoom * factor).toPrecision(4)), ...ZOOMS);
  const from = ways.map((way) => dot(way, before.pan));
  const scale = fits * before.zoom;
  const at = [from[0] + (x - stage[0] / 2) / scale, from[1] + (y - stage[1] / 2) / scale, lies];
  const part = 1 - before.zoom / zoom2;
  return {
    zoom: zoom2,
    pan: panTo(
      sight,
      zoom2,
      from.map((mm, i) => mm + (at[i] - mm) * part)
    )
  };
}
function panBy(sight, { zoom: zoom2, pan }, pixels) {
  const scale = sight.fits * zoom2;
  const to = sight.ways.map((way, i) => dot(way, pan) - (pixels[i] ?? 0) / scale);
  return { zoom: zoom2, pan: panTo(sight, zoom2, to) };
}
function panTo({ ways, ends, fits }, zoom2, along2) {
  const kept2 = along2.map((mm, i) => clamp(mm, -ends[i], ends[i]));
  const digits = clamp(Math.ceil(Math.log10(fits * zoom2)) + 1, 0, 9);
  return [0, 1, 2].map((i) => {
    const mm = ways.reduce((sum, way, j) => sum + way[i] * kept2[j], 0);
    return Number(mm.toFixed(digits)) + 0;
  });
}

// ctkit/widgets/view/overlay.js
var PATIENT_AXIS = PLANES.map((_, i) => 2 - i);
var SIDES = ["left", "right", "top", "bottom"];
var NOTHING2 = "no slice here";
var MOST_GRIPS = 4;
var MOST_NAMES = 6;
function panes(state, grids) {
  const alone = { plane: null, first: "voxels", over: null };
  if (state.mode === "planes") return PLANES.map((plane) => ({ ...alone, plane }));
  if (state.mode !== "compare") return [alone];
  const both = state.blend === "side by side" && grids.second;
  const first = { ...alone, over: "second" };
  return both ? [first, { ...alone, first: "second" }] : [first];
}
function pictures(state, grids, pane) {
  const plane = pane.plane ?? state.plane;
  const optional = (name) => grids[name] ? picture(state, grids, plane, name) : null;
  const base = picture(state, grids, plane, grids[pane.first] ? pane.first : "voxels");
  const other = state.mode === "compare" && optional(base.of === "voxels" ? "second" : "voxels");
  let over = pane.over && state.blend !== "side by side" ? optional(pane.over) : null;
  if (over && state.blend === "difference") {
    over = { ...base, of: over.of, slice: over.slice === null ? null : base.slice };
  }
  return {
    plane,
    base,
    over,
    mask: base.of === "voxels" ? optional("overlay") : null,
    frame: other ? union(base.box, other.box) : base.box
  };
}
function picture(state, grids, plane, of) {
  const layout = layoutOf(state, grids, plane, of);
  const { shape, affine } = gridOf(grids, of);
  if (of === "voxels" && !layout.resampled) {
    const slice2 = state.cursor[layout.axis];
    return { of, layout, slice: slice2, box: extent(layout, slice2) };
  }
  const first = gridOf(grids, "voxels");
  const index = sliceAt(layout, first.affine, indexThrough(state, first, plane));
  const inside2 = index >= 0 && index < layout.shape[layout.axis];
  const slice = inside2 && reaches(layout, shape, affine, index) ? index : null;
  return { of, layout, slice, box: extent(layout, slice ?? 0) };
}
var gridOf = (grids, of) => (
  /** @type {Grid} */
  grids[of]
);
function layoutOf(state, grids, plane, of) {
  const base = cutStack(state, gridOf(grids, "voxels"), plane);
  if (of === "voxels") return base;
  const { layouts, shape, affine } = gridOf(grids, of);
  return stackOn(base, layouts[state.convention][plane], shape, affine);
}
function extent(layout, slice) {
  const { shape, spacing } = layout;
  const corner = [0, 0, 0];
  corner[layout.axis] = slice;
  if (layout.flip_down) corner[layout.down] = shape[layout.down] - 1;
  if (layout.flip_across) corner[layout.across] = shape[layout.across] - 1;
  const place3 = applyAffine(layout.affine, corner);
  const [right, down] = directions(layout).map(
    (way) => way.reduce((sum, n, i) => sum + n * place3[i], 0)
  );
  return {
    left: right - spacing[1] / 2,
    top: down - spacing[0] / 2,
    width: shape[layout.across] * spacing[1],
    height: shape[layout.down] * spacing[0]
  };
}
function union(a, b) {
  const left = Math.min(a.left, b.left);
  const top = Math.min(a.top, b.top);
  const right = Math.max(a.left + a.width, b.left + b.width);
  const bottom = Math.max(a.top + a.height, b.top + b.height);
  return { left, top, width: right - left, height: bottom - top };
}
function describe(state, grids, pane, stage) {
  const shown = pictures(state, grids, pane);
  const { base, over, mask: mask2, frame } = shown;
  const field = fieldOf(state, base.layout, frame, stage);
  const { scale } = field;
  const place3 = (picture2) => picture2 && placed(picture2.box, field, stage);
  const boxes = {
    base: placed(base.box, field, stage),
    over: place3(over),
    mask: place3(mask2)
  };
  const intoBase = inverseOf(base.layout);
  const onStage = (place4) => stagePoint(applyAffine(intoBase, place4), base, boxes.base);
  const marks2 = drawnOn(state, grids, shown).map((mark) => ({
    mark,
    places: mark.points.map(onStage)
  }));
  const words = texts2(state, grids, pane, shown, stage, scale);
  const labels = marks2.filter(({ places }) => isInSight(places, stage)).map(({ mark, places }) => ({ text: markLabel(state, mark), points: places }));
  words.push(...standBeside(labels, words, stage));
  const first = gridOf(grids, "voxels");
  const point = onStage(applyAffine(first.affine, indexThrough(state, first, shown.plane)));
  const crossings = crossingsOf(state, grids, shown.plane, point, stage);
  return {
    scale,
    boxes,
    ground: state.mode === "compare" ? placed(frame, field, stage) : null,
    clips: clips(state, pane, over, stage[0]),
    texts: words,
    lines: [
      bar(stage, scale),
      cross2(state, grids, crossings, point, words),
      ...marks2.map(({ mark, places }) => markLine(mark, places)),
      ...marks2.filter(({ mark }) => isSelected(state, mark)).map(({ places }) => grips(places)),
      curtain(state, over, stage, words),
      handle(state, over, stage)
    ].filter((line2) => line2 !== null),
    point,
    crossings,
    label: label2(state, pane, shown)
  };
}
function clips(state, pane, over, wide) {
  const [hidden, whole2] = [
    [0, 0],
    [0, wide]
  ];
  if (!over) return { base: whole2, over: hidden };
  if (state.blend === "curtain") {
    const x = state.curtain * wide;
    return { base: [0, x], over: [x, wide] };
  }
  const turned = state.blend === "difference" || pane.flickered;
  return turned ? { base: hidden, over: whole2 } : { base: whole2, over: hidden };
}
function front(state, pane, { base, over }) {
  return over && state.blend === "flicker" && pane.flickered ? over : base;
}
function stagePoint(index, { layout }, box) {
  const [row, column2] = toPicture(layout, layout.shape, index);
  return [
    box.left + (column2 + 0.5) * box.width / layout.shape[layout.across],
    box.top + (row + 0.5) * box.height / layout.shape[layout.down]
  ];
}
function bar([wide, high], scale) {
  const [x, y] = [wide - MARGIN, high - MARGIN];
  const from = x - barLength(wide / scale) * scale;
  return {
    name: "bar",
    paths: [
      [
        [from, y - 4],
        [from, y],
        [x, y],
        [x, y - 4]
      ]
    ]
  };
}
function barLength(field) {
  const power = 10 ** Math.floor(Math.log10(field / 4));
  return Math.max(...[1, 2, 5].filter((step) => step * power <= field / 4)) * power;
}
function crossingsOf(state, grids, plane, point, stage) {
  if (state.mode !== "planes") return [];
  const first = gridOf(grids, "voxels");
  const stacks = PLANES.map((name) => [name, cutStack(state, first, name)]);
  return crossingLines(Object.fromEntries(stacks), plane, point, stage);
}
function cross2(state, grids, crossings, point, words) {
  if (state.mode === "planes") {
    const lines = crossings.flatMap((line2) => piecesOf(line2, point));
    return { name: "cross", paths: interrupt(lines, words) };
  }
  if (!isPinned(state, gridOf(grids, "voxels"))) return null;
  const [x, y] = point;
  const ends = [
    [-9, -3],
    [3, 9]
  ];
  const rows = ends.map((span) => span.map((far) => [x + far, y]));
  const columns = ends.map((span) => span.map((far) => [x, y + far]));
  return { name: "cross", paths: [...rows, ...columns] };
}
function isPinned(state, grid) {
  if (state.pinned || state.normal) return Boolean(state.pinned);
  const { down, across } = grid.layouts[state.convention][state.plane];
  return [down, across].some((axis) => state.cursor[axis] !== Math.floor(grid.shape[axis] / 2));
}
function drawnOn(state, grids, { plane, base }) {
  const marks2 = (state.drawn ?? []).filter(({ visible }) => visible);
  if (base.slice === null || !marks2.length) return [];
  const { layout, slice } = picture(state, grids, plane, "voxels");
  const sliceOf4 = sliceFinder(layout);
  return marks2.filter((mark) => sliceOf4(mark) === slice);
}
function isInSight(places, stage) {
  return stage.every((end, i) => {
    const along2 = places.map((place3) => place3[i]);
    return Math.min(...along2) <= end && Math.max(...along2) >= 0;
  });
}
var isSelected = ({ selected, drawn: drawn2 }, mark) => selected != null && drawn2[selected] === mark;
function markLine({ kind }, places) {
  if (kind === "point") return { name: "point", paths: pointPaths(places[0]) };
  if (!REGIONS.includes(kind)) return { name: kind, paths: [places] };
  if (kind === "ellipse") return { name: "roi", ...ellipse(places) };
  return { name: "roi", paths: [[...places, places[0]]] };
}
function pointPaths([x, y]) {
  const ways = [
    [1, 1],
    [1, -1],
    [-1, 1],
    [-1, -1]
  ];
  return ways.map(([a, b]) => [
    [x + 2 * a, y + 2 * b],
    [x + 7 * a, y + 7 * b]
  ]);
}
function ellipse([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]) {
  const level = Math.abs(x0 - x3) + Math.abs(y0 - y1) < 0.01 || Math.abs(x0 - x1) + Math.abs(y0 - y3) < 0.01;
  if (level) {
    return { ellipse: [Math.min(x0, x2), Math.min(y0, y2), Math.max(x0, x2), Math.max(y0, y2)] };
  }
  const corners = [
    [x0, y0],
    [x1, y1],
    [x2, y2],
    [x3, y3]
  ];
  return { paths: [ellipseLine(corners)] };
}
function ellipseLine([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]) {
  const middle = [(x0 + x2) / 2, (y0 + y2) / 2];
  const first = [(x1 - x0) / 2, (y1 - y0) / 2];
  const second2 = [(x3 - x0) / 2, (y3 - y0) / 2];
  return Array.from({ length: 65 }, (_, n) => {
    const [a, b] = [Math.cos(Math.PI * n / 32), Math.sin(Math.PI * n / 32)];
    return middle.map((m, i) => m + a * first[i] + b * second2[i]);
  });
}
function grips(places) {
  const wanted = places.length <= MOST_GRIPS ? places : [];
  const sides = [
    [-4, -4],
    [4, -4],
    [4, 4],
    [-4, 4],
    [-4, -4]
  ];
  return { name: "grip", paths: wanted.map(([x, y]) => sides.map(([a, b]) => [x + a, y + b])) };
}
function curtain(state, over, [wide, high], words) {
  const x = curtainAt(state, over, wide);
  if (x === null) return null;
  const line2 = [
    [x, 0],
    [x, high]
  ];
  const sides = words.filter(({ place: place3 }) => SIDES.includes(place3));
  return { name: "curtain", paths: interrupt([line2], sides) };
}
function handle(state, over, [wide, high]) {
  const [x, y] = [curtainAt(state, over, wide), high / 2];
  return x === null ? null : { name: "handle", ellipse: [x - 7, y - 11, x + 7, y + 11] };
}
var curtainAt = (state, over, wide) => over && state.blend === "curtain" ? state.curtain * wide : null;
function texts2(state, grids, pane, shown, stage, scale) {
  const seen = front(state, pane, shown);
  const above = [nameText(state, grids, pane), ...notes2(state, grids, pane, shown)];
  const words = {
    ...letters(seen.layout),
    tl: placeText(shown.plane, seen),
    tr: join(above),
    bl: greyText(state, shown.over),
    br: `${barLength(stage[0] / scale)} mm`,
    measure: join(told2(state, grids, shown).map((mark) => markText(state, mark))),
    nothing: nothingText(seen, shown.over, clips(state, pane, shown.over, stage[0]))
  };
  const found = stand(words, stage);
  if (state.blend === "curtain" && shown.over) {
    found[found.length - 1].x = stage[0] * (1 + state.curtain) / 2;
  }
  return found;
}
var join = (lines) => lines.filter(Boolean).join("\n");
function nothingText(seen, over, parts) {
  const missing = over && over.slice === null && parts.over[1] > parts.over[0];
  return missing || seen.slice === null ? NOTHING2 : "";
}
function letters(layout) {
  const [left, right, top, bottom] = layout.letters;
  return { left, right, top, bottom };
}
function placeText(plane, { layout, slice }) {
  if (slice === null) return `${layout.name}
${NOTHING2}`;
  const last = layout.shape[layout.axis] - 1;
  const where = positionText(layout, plane, slice);
  return join([`${layout.name}  ${slice} / ${last}`, where, slabText(layout)]);
}
var slabText = ({ thickness, projection }) => thickness ? `${NAMES[projection]} ${numberText(thickness)} mm` : "";
function positionText(layout, plane, slice) {
  const middle = layout.shape.map((n) => (n - 1) / 2);
  middle[layout.axis] = slice;
  const axis = PATIENT_AXIS[PLANES.indexOf(plane)];
  return `${sideText(axis, applyAffine(layout.affine, middle)[axis])} mm`;
}
function sideText(axis, millimetres) {
  const size = Math.floor(Math.abs(millimetres) * 100 + 0.5) / 100;
  return `${LETTERS[axis][millimetres >= 0 || size === 0 ? 1 : 0]} ${size.toFixed(2)}`;
}
var numberText = (value) => Number.isNaN(value) ? "…" : String(Math.round(value * 100) / 100).replace("-", "−");
function valueText(value, unit3) {
  if (value === void 0 || value === null) return "…";
  if (!Number.isFinite(value)) return "no number";
  return unit3 ? `${numberText(value)} ${unit3}` : preciseText(value);
}
var preciseText = (value) => String(Number(value.toPrecision(6))).replace("-", "−");
var windowText = (state, name) => unitOf2(state) ? numberText(state[name]) : preciseText(state[name]);
var presetName = (state) => state.presets[state.preset_index - 1]?.[0] ?? "";
function greyText(state, over) {
  if (over && state.blend === "difference") {
    const [before, after] = state.names;
    const limit = preciseText(state.limit);
    return `${after} − ${before}
−${limit} blue … orange +${limit}${space(unitOf2(state))}`;
  }
  const window2 = [
    `C ${windowText(state, "center")}`,
    `W ${windowText(state, "width")}`,
    presetName(state)
  ];
  return [...window2, state.invert ? "inverted" : ""].filter(Boolean).join("  ");
}
function nameText(state, grids, pane) {
  if (state.mode !== "compare" || !grids.second) return "";
  const [before, after] = state.names;
  if (state.blend === "side by side") return pane.first === "second" ? after : before;
  if (state.blend === "curtain") return `${before} | ${after}`;
  if (state.blend === "flicker") return pane.flickered ? after : before;
  return "difference";
}
function notes2(state, grids, pane, shown) {
  const alone = panes(state, grids).length === 1 || state.mode !== "compare";
  return [
    resampledText(seenOf(state, pane, shown).at(-1)),
    pane.first === "voxels" ? state.note : "",
    alone || pane.first === "second" ? state.busy : ""
  ];
}
function seenOf(state, pane, shown) {
  const seen = front(state, pane, shown);
  const both = shown.over && ["curtain", "difference"].includes(state.blend);
  return both && shown.over ? [seen, shown.over] : [seen];
}
function ofSecond(state, pane, shown) {
  const last = (
    /** @type {Picture} */
    seenOf(state, pane, shown).at(-1)
  );
  const missing = last.slice === null && shown.base.slice !== null && last !== shown.base;
  return [resampledText(last), missing ? `${state.names[1]}: ${NOTHING2}` : ""];
}
function resampledText(seen) {
  if (!seen?.layout.resampled) return "";
  const { of, layout } = seen;
  if (layout.turned) return `turned by ${layout.turned.toFixed(1)}°`;
  return of === "voxels" ? "resampled upright" : "resampled on these planes";
}
function told2(state, grids, shown) {
  const here = drawnOn(state, grids, shown);
  const chosen = here.filter((mark) => isSelected(state, mark));
  if (chosen.length) return chosen;
  const rulers = here.filter(({ kind }) => kind === "ruler");
  const regions = here.filter(({ kind }) => REGIONS.includes(kind));
  return [...rulers.slice(-1), ...regions.slice(-1)];
}
var markLabel = (state, mark) => `${mark.name} ${numberOf(mark, unitOf2(state))}`.replace(/^ +| +$/g, "");
function numberOf(mark, unit3) {
  if (mark.kind === "ruler") return `${mark.mm.toFixed(1)} mm`;
  if (mark.kind === "angle") return `${mark.degrees.toFixed(1)}°`;
  const means = [mark.mean, mark.after?.mean].filter((mean) => mean != null);
  const digits = mark.kind === "point" ? 2 : 1;
  const texts3 = means.map((mean) => meanText(mean, unit3, digits));
  const value = texts3.length ? `${texts3.join(" → ")}${space(unit3)}` : "";
  if (mark.kind === "point") return value;
  return [value && `mean ${value}`, areaText(mark)].filter(Boolean).join("  ");
}
function markText(state, mark) {
  if (!REGIONS.includes(mark.kind)) return markLabel(state, mark);
  if (!("difference" in mark)) return join([mark.slab, ...regionLines(mark, unitOf2(state))]);
  const [before, after] = state.names;
  const parts = [
    [before, mark],
    [after, mark.after],
    ["difference", mark.difference]
  ];
  return join([mark.slab, ...parts.map(([name, part]) => regionLine(name, part, unitOf2(state)))]);
}
function regionLines(found, unit3) {
  if (!found.voxels) return [missingText(found)];
  const [lowest2, highest2] = [found.minimum, found.maximum].map((n) => meanText(n, unit3, 2));
  return [
    meanWords(found, unit3),
    `${lowest2} to ${highest2}${space(unit3)}  ${areaText(found)}`,
    missingText(found)
  ];
}
function regionLine(name, found, unit3) {
  if (!found || !(found.voxels || found.missing)) return `${name}: ${NOTHING2}`;
  const words = found.voxels ? meanWords(found, unit3) : "";
  const area = `${areaText(found)}  n ${found.voxels}`;
  return `${name}: ${[words, area, missingText(found)].filter(Boolean).join("  ")}`;
}
var meanWords = ({ mean, sd }, unit3) => `mean ${meanText(mean, unit3, 1)}  SD ${meanText(sd, unit3, 1)}${space(unit3)}`;
function meanText(value, unit3, digits) {
  if (!unit3) return preciseText(value);
  return digits === 2 ? numberText(value) : value.toFixed(1).replace("-", "−");
}
var unitOf2 = (state) => state.unit ?? "HU";
var space = (unit3) => unit3 ? ` ${unit3}` : "";
var areaText = ({ area_mm2 }) => `${area_mm2.toFixed(0)} mm²`;
var missingText = ({ missing, voxels: voxels2 }) => missing ? `${missing} of ${missing + voxels2} voxels are no number` : "";
function label2(state, pane, shown) {
  const seen = front(state, pane, shown);
  const { layout, slice } = seen;
  const name = presetName(state);
  const last = layout.shape[layout.axis] - 1;
  return [
    `CT, ${layout.name}${slice === null ? `: ${NOTHING2}` : ` slice ${slice} of 0 to ${last}`}`,
    slice === null ? "" : positionText(layout, shown.plane, slice),
    slabText(layout),
    ...ofSecond(state, pane, shown),
    `center ${windowText(state, "center")} width ${windowText(state, "width")}${space(unitOf2(state))}`,
    name ? `${name} window` : "",
    state.invert ? "inverted" : "",
    labelsText(state, shown),
    zoomText(state)
  ].filter(Boolean).join(", ");
}
function labelsText({ labels = [] }, { mask: mask2 }) {
  if (!mask2 || mask2.slice === null) return "";
  const names = labels.filter(({ visible }) => visible).map(({ name }) => name);
  if (!names.length || names.length === 1 && names[0] === "mask") return "";
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : "";
  return `labels: ${names.slice(0, MOST_NAMES).join(", ")}${more}`;
}
var zoomText = ({ zoom: zoom2 = 1 }) => zoom2 === 1 ? "" : `zoom ${numberText(zoom2)}`;

// ctkit/widgets/view/parts/place.js
var place = {
  traits: [
    "plane",
    "plane_index",
    "slice",
    "max_slice",
    "cursor",
    "pinned",
    "position",
    "convention",
    "normal",
    "through"
  ],
  heard: ["plane", "plane_index", "slice", "cursor", "normal", "through"],
  written: (before, after) => {
    const grows = after.max_slice > before.max_slice;
    const order = grows ? ["max_slice", "slice"] : ["slice", "max_slice"];
    const turned = ["normal", "through"];
    return ["plane", ...turned, ...order, "plane_index", "cursor", "position"];
  },
  settle: (name, state, grid) => {
    const stacks = grid.layouts[state.convention];
    const keeps = state.mode === "planes";
    let plane = name === "plane_index" ? PLANES[clamp(state.plane_index, 0, 2)] : state.plane;
    let { normal } = state;
    const turns = normal && !keeps ? nearestPlane(normal, stacks) : plane;
    if (name === "normal") plane = turns;
    else if (turns !== plane) normal = null;
    let cursor = state.cursor.map((n, i) => clamp(Math.round(n), 0, grid.shape[i] - 1));
    if (name === "through" && normal && state.through) cursor = voxelAt(state.through, grid);
    let now = { ...state, normal, cursor, slab: 0 };
    const stack = cutStack(now, grid, plane);
    const last = stack.shape[stack.axis] - 1;
    const wanted = clamp(Math.round(state.slice), 0, last);
    const steps2 = wanted - sliceOf2(now, grid, plane, stack);
    if (name === "slice" && steps2 !== 0) {
      now = isTurned(now, grid, plane) ? along(now, grid, stack, steps2) : { ...now, cursor: cursorOn(stack, grid.shape, grid.affine, cursor, wanted) };
    }
    const slice = sliceOf2(now, grid, plane, stack);
    ({ cursor } = now);
    return {
      plane,
      plane_index: PLANES.indexOf(plane),
      max_slice: last,
      cursor,
      slice,
      position: positionText(stack, plane, slice),
      normal,
      through: normal ? throughOf(now, grid) : null
    };
  },
  words: (state, { voxels: voxels2 }) => ({
    plane: text(state.plane),
    slice: number(state.slice),
    ...state.mode === "planes" || voxels2 && isPinned(state, voxels2) ? { cursor: numbers(state.cursor) } : {},
    ...state.normal && state.through ? { normal: numbers(state.normal), through: numbers(state.through) } : {},
    ...state.convention === "radiological" ? {} : { convention: text(state.convention) }
  })
};
var sliceOf2 = (state, grid, plane, stack) => stack.resampled ? clamp(
  sliceAt(stack, grid.affine, indexThrough(state, grid, plane)),
  0,
  stack.shape[stack.axis] - 1
) : state.cursor[stack.axis];
function along(state, grid, stack, steps2) {
  const through = movedThrough(stack, throughOf(state, grid), steps2);
  return { ...state, through, cursor: voxelAt(through, grid) };
}

// ctkit/widgets/view/parts/tuned.js
var tuned = {
  traits: ["busy", "outcome", "error", "trace", "stale", "made_of", "starts", "taken"],
  words: ({ made_of, starts, taken }) => {
    const words = Object.entries(made_of);
    const values = words.map(([name, value]) => `${text(name)}: ${value}`).join(", ");
    const moved2 = words.some(([name, value]) => value !== starts[name]);
    return {
      ...moved2 ? { values: `{${values}}` } : {},
      // The function makes the mask; and what is its parameter can't be told to the view.
      mask: "",
      ...Object.fromEntries(taken.map((name) => [name, ""]))
    };
  }
};

// ctkit/widgets/view/later.js
var REST = 60;
var PIECE2 = 9;
var MOST = 3;
var Later = class {
  /** @param {(key: string, work: any) => void} done called when one is done */
  constructor(done) {
    this.done = done;
    this.works = /* @__PURE__ */ new Map();
    this.timer = void 0;
    this.channel = new MessageChannel();
    this.channel.port1.onmessage = () => this.go();
  }
  /**
   * Begin a work when nothing new has come for a moment; one that is under way goes on.
   * @param {string} key
   * @param {() => Work} begin
   */
  want(key, begin) {
    if (this.works.has(key)) return;
    this.works.set(key, begin());
    const [oldest] = this.works.keys();
    if (this.works.size > MOST) this.works.delete(oldest);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.go(), REST);
  }
  /** A piece of the newest. */
  go() {
    const [key, work] = [...this.works].at(-1) ?? [];
    if (!key || !work) return;
    work.make(PIECE2);
    if (work.isDone) {
      this.works.delete(key);
      this.done(key, work);
    }
    if (this.works.size) this.channel.port2.postMessage(null);
  }
  close() {
    clearTimeout(this.timer);
    this.works.clear();
    this.channel.port1.close();
  }
};

// ctkit/widgets/view/sampling.js
var sampling_exports = {};
__export(sampling_exports, {
  NOTHING: () => NOTHING3,
  SlabMaker: () => SlabMaker,
  differenceOf: () => differenceOf,
  sample: () => sample,
  samplePlane: () => samplePlane,
  slabOfVoxels: () => slabOfVoxels
});
var NOTHING3 = -Infinity;
var NEAR = 1e-4;
function neighbour(place3, end) {
  const whole2 = Math.round(place3);
  const near = clamp(Math.abs(place3 - whole2) < NEAR ? whole2 : place3, 0, end);
  const low = Math.min(Math.floor(near), Math.max(end - 1, 0));
  return { low, part: near - low };
}
function sample(source, index) {
  const ends = source.shape.map((n) => n - 1);
  if (index.some((n, axis) => n < -0.5001 || n > ends[axis] + 0.5001)) return null;
  const sides = index.map((n, axis) => neighbour(n, ends[axis]));
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    const bits = [corner & 1, corner >> 1 & 1, corner >> 2 & 1];
    const parts = sides.map(({ part }, axis) => bits[axis] ? part : 1 - part);
    const weight = parts[0] * parts[1] * parts[2];
    const index2 = sides.map(({ low }, axis) => low + bits[axis]);
    if (weight) sum += weight * (source.valueAt(index2) ?? NaN);
  }
  return sum;
}
function samplePlane(values, shape, change, stack, slice, nearest2 = false) {
  const fill = nearest2 ? nearestRow : sampleRow;
  const rows = stack.shape[stack.down];
  const columns = stack.shape[stack.across];
  const out = new Float32Array(rows * columns);
  const sign = stack.flip_across ? -1 : 1;
  const step = [0, 1, 2].map((i) => sign * change[i][stack.across]);
  for (let row = 0; row < rows; row++) {
    const start = applyAffine(change, toIndex(stack, stack.shape, slice, row, 0));
    fill(out, row * columns, columns, values, shape, start, step);
  }
  return out;
}
function sampleRow(out, to, columns, values, shape, start, step) {
  const [next0, next1] = stridesOf(shape);
  const [end0, end1, end2] = shape.map((n) => n - 1);
  const [from, until] = columnsInside(columns, shape, start, step);
  out.fill(NOTHING3, to, to + columns);
  for (let column2 = from; column2 < until; column2++) {
    const place0 = clamp(start[0] + column2 * step[0], 0, end0);
    const place1 = clamp(start[1] + column2 * step[1], 0, end1);
    const place22 = clamp(start[2] + column2 * step[2], 0, end2);
    const low0 = place0 + NEAR | 0;
    const low1 = place1 + NEAR | 0;
    const low2 = place22 + NEAR | 0;
    const part1 = place1 - low1;
    const part2 = place22 - low2;
    const at = low0 * next0 + low1 * next1 + low2;
    let value = square(values, at, next1, part1, part2);
    if (place0 - low0 > NEAR) {
      value += (place0 - low0) * (square(values, at + next0, next1, part1, part2) - value);
    }
    out[to + column2] = value;
  }
}
function nearestRow(out, to, columns, values, shape, start, step) {
  const strides = stridesOf(shape);
  for (let column2 = 0; column2 < columns; column2++) {
    let at = 0;
    for (let axis = 0; axis < 3; axis++) {
      const index = Math.floor(start[axis] + column2 * step[axis] + 0.5 + 1e-6);
      if (index < 0 || index >= shape[axis]) at = Number.NaN;
      else at += index * strides[axis];
    }
    out[to + column2] = Number.isNaN(at) ? NOTHING3 : values[at];
  }
}
function columnsInside(columns, shape, start, step) {
  let [from, until] = [0, columns];
  for (let axis = 0; axis < 3; axis++) {
    const inside2 = (column2) => {
      const place3 = start[axis] + column2 * step[axis];
      return place3 >= -0.5001 && place3 <= shape[axis] - 0.4999;
    };
    while (from < until && !inside2(from)) from++;
    while (until > from && !inside2(until - 1)) until--;
  }
  return [from, until];
}
function square(values, at, next, down, right) {
  let value = values[at];
  if (right > NEAR) value += right * (values[at + 1] - value);
  if (down > NEAR) {
    let below = values[at + next];
    if (right > NEAR) below += right * (values[at + next + 1] - below);
    value += down * (below - value);
  }
  return value;
}
function slabOfVoxels(values, shape, affine, stack, slice) {
  const [first, last] = slabOffsets(stack, shape, affine, slice);
  const steps2 = planeSteps(stack, shape, slice + first);
  const behind2 = stridesOf(shape)[stack.axis];
  const depth = { count: last - first + 1, behind: behind2 };
  if (stack.projection === "mean" && !(values instanceof Uint8Array)) {
    return meanOfVoxels(values, steps2, depth);
  }
  const isLowest = stack.projection === "min" && !(values instanceof Uint8Array);
  const best = values instanceof Float32Array ? bestOfFloats : isLowest ? lowest : highest;
  return bestOfVoxels(values, steps2, depth, isLowest, best);
}
function bestOfVoxels(values, steps2, { count: count3, behind: behind2 }, isLowest, take2) {
  const { rows, columns, rowStep, columnStep, start } = steps2;
  const out = new /** @type {any} */
  values.constructor(rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = start + row * rowStep;
    const best = out.subarray(row * columns, (row + 1) * columns);
    for (let column2 = 0; column2 < columns; column2++) {
      best[column2] = values[from + column2 * columnStep];
    }
    for (let n = 1; n < count3; n++) take2(best, values, from + n * behind2, columnStep, isLowest);
  }
  return out;
}
function highest(best, values, at, step) {
  for (let i = 0; i < best.length; i++, at += step) if (values[at] > best[i]) best[i] = values[at];
}
function lowest(best, values, at, step) {
  for (let i = 0; i < best.length; i++, at += step) if (values[at] < best[i]) best[i] = values[at];
}
function bestOfFloats(best, values, at, step, isLowest) {
  for (let i = 0; i < best.length; i++, at += step) {
    const value = values[at];
    const better = isLowest ? value < best[i] : value > best[i];
    if (better || Number.isNaN(value)) best[i] = value;
  }
}
function meanOfVoxels(values, { rows, columns, rowStep, columnStep, start }, { count: count3, behind: behind2 }) {
  const out = new Float32Array(rows * columns);
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let n = 0; n < count3; n++) {
      let at = start + n * behind2 + row * rowStep;
      for (let column2 = 0; column2 < columns; column2++, at += columnStep) sums[column2] += values[at];
    }
    for (let column2 = 0; column2 < columns; column2++) {
      out[row * columns + column2] = sums[column2] / count3;
    }
  }
  return out;
}
var SlabMaker = class {
  /**
   * @param {Numbers} values all of the volume
   * @param {number[]} shape
   * @param {number[][]} affine of the volume
   * @param {Layout} stack
   * @param {number} slice
   * @param {number} [coarse] pixels of the stack, along each side, that become about one
   * @param {boolean} [nearest] whether nothing lies between two voxels
   */
  constructor(values, shape, affine, stack, slice, coarse = 1, nearest2 = false) {
    this.sample = nearest2 ? nearestRow : sampleRow;
    const [height, width] = [stack.shape[stack.down], stack.shape[stack.across]];
    this.values = values;
    this.shape = shape;
    this.stack = stack;
    this.slice = slice;
    this.rows = Math.ceil(height / coarse);
    this.columns = Math.ceil(width / coarse);
    this.finer = [height / this.rows, width / this.columns];
    const back = invert(affine);
    this.change = compose(back, stack.affine);
    const [first, last] = slabOffsets(stack, shape, affine, slice);
    this.offsets = first > last ? [0, 0] : [first, last];
    const step = stepOf(stack);
    this.behind = back.map((row) => row[0] * step[0] + row[1] * step[1] + row[2] * step[2]);
    this.out = new Float32Array(0);
    this.row = 0;
    this.line = new Float32Array(this.columns);
    this.best = new Float32Array(this.columns);
    this.sums = new Float64Array(this.columns);
    this.counts = new Uint32Array(this.columns);
  }
  /** How many places are sampled. */
  get size() {
    return this.rows * this.columns * (this.offsets[1] - this.offsets[0] + 1);
  }
  get isDone() {
    return this.row >= this.rows;
  }
  /**
   * Make all that is left, or as many rows as fit.
   * @param {number} [milliseconds]
   */
  make(milliseconds = Infinity) {
    const end = performance.now() + milliseconds;
    if (!this.out.length) this.out = new Float32Array(this.rows * this.columns);
    while (!this.isDone && performance.now() < end) this.makeRow();
    return this.out;
  }
  makeRow() {
    const { stack, slice, finer, columns, row } = this;
    const [down, right] = finer;
    const place3 = [(row + 0.5) * down - 0.5, 0.5 * right - 0.5];
    const start = applyAffine(this.change, toIndex(stack, stack.shape, slice, place3[0], place3[1]));
    const sign = stack.flip_across ? -right : right;
    const step = [0, 1, 2].map((i) => sign * this.change[i][stack.across]);
    const mean = stack.projection === "mean" && !(this.values instanceof Uint8Array);
    const combine = mean ? this.add : this.compare;
    this.best.fill(this.isLowest ? Infinity : NOTHING3);
    this.sums.fill(0);
    this.counts.fill(0);
    for (let n = this.offsets[0]; n <= this.offsets[1]; n++) {
      const from = start.map((v, i) => v + n * this.behind[i]);
      this.sample(this.line, 0, columns, this.values, this.shape, from, step);
      combine.call(this);
    }
    this.finishRow(row * columns, mean);
    this.row += 1;
  }
  get isLowest() {
    return this.stack.projection === "min" && !(this.values instanceof Uint8Array);
  }
  /** Take a line into the mean: where it has nothing, the others count. */
  add() {
    const { line: line2, sums, counts } = this;
    for (let i = 0; i < line2.length; i++) {
      if (line2[i] === NOTHING3) continue;
      sums[i] += line2[i];
      counts[i] += 1;
    }
  }
  /** Take what is better of a line; no number is the best. */
  compare() {
    const { line: line2, best } = this;
    if (!this.isLowest) {
      for (let i = 0; i < line2.length; i++) {
        if (line2[i] > best[i] || Number.isNaN(line2[i])) best[i] = line2[i];
      }
      return;
    }
    for (let i = 0; i < line2.length; i++) {
      if (line2[i] !== NOTHING3 && (line2[i] < best[i] || Number.isNaN(line2[i]))) best[i] = line2[i];
    }
  }
  /** @param {number} to @param {boolean} mean */
  finishRow(to, mean) {
    for (let i = 0; i < this.columns; i++) {
      const value = mean ? this.sums[i] / this.counts[i] : this.best[i];
      const found = mean ? this.counts[i] > 0 : value !== Infinity;
      this.out[to + i] = found ? value : NOTHING3;
    }
  }
};
function differenceOf(first, a, second2, b) {
  const out = new Float32Array(a.rows * a.columns);
  let to = 0;
  for (let row = 0; row < a.rows; row++) {
    let low = a.start + row * a.rowStep;
    let high = b.start + row * b.rowStep;
    for (let column2 = 0; column2 < a.columns; column2++) {
      const before = first[low];
      const after = second2[high];
      out[to++] = before === NOTHING3 || after === NOTHING3 ? NOTHING3 : after - before;
      low += a.columnStep;
      high += b.columnStep;
    }
  }
  return out;
}

// ctkit/widgets/view/parts/voxels.js
var voxels = { traits: ["note", "unit"], source: "voxels" };
var MOST_PLANES = 120;
var MOST_SAMPLED = 6;
var AT_ONCE = 2e5;
var MOST_PREVIEWS = 3;
var AHEAD = 4;
var PATIENCE2 = 2e3;
var LONGEST2 = 3e4;
var TYPES = { int16: Uint16Array, uint8: Uint8Array, float32: Float32Array };
var count2 = 0;
var Source = class {
  /** @param {Model} model of a VoxelData */
  constructor(model) {
    this.model = model;
    this.shape = model.get("shape");
    this.affine = model.get("affine");
    this.inverse = invert(this.affine);
    this.spacing = spacingOf(this.affine);
    this.layouts = model.get("layouts");
    this.kind = model.get("kind");
    this.nearest = Boolean(model.get("nearest"));
    this.id = ++count2;
    this.waiting = /* @__PURE__ */ new Map();
    this.tries = /* @__PURE__ */ new Map();
    this.planes = /* @__PURE__ */ new Map();
    this.sampled = /* @__PURE__ */ new Map();
    this.later = new Later((key, maker) => this.finish(key, maker));
    this.difference = null;
    this.previews = /* @__PURE__ */ new Map();
    this.listeners = /* @__PURE__ */ new Set();
    this.all = null;
    this.freed = false;
    if (!model.get("lazy")) this.takeAll(model.get("buffer"));
    this.takeOpening();
    this.onOpening = () => this.takeOpening();
    this.onMessage = (message, buffers) => this.take(message, buffers);
    model.on("msg:custom", this.onMessage);
    model.on("change:opening", this.onOpening);
    model.on("destroy", () => this.free());
  }
  /** @param {DataView|Uint8Array} bytes */
  takeAll(bytes) {
    this.all = { values: this.typed(bytes), strides: stridesOf(this.shape) };
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
    const steps2 = planeSteps(stack, this.shape, slice, held.strides);
    const turned = `${stack.flip_down},${stack.flip_across}`;
    return { values: held.values, steps: steps2, id: `${this.id},${stack.axis},${slice},${turned}` };
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
    if (!this.takesLong(stack, slice) || this.sampled.has(key) && !coarse) {
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
    const steps2 = stepsOf(maker.rows, maker.columns);
    return { values: maker.make(), steps: steps2, id: `${this.id};${key};preview`, preview: true };
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
    const all = (
      /** @type {Plane} */
      this.all
    );
    const numbers2 = this.numbers(all.values);
    const { shape, affine, nearest: nearest2 } = this;
    return new SlabMaker(numbers2, shape, affine, this.cutAs(stack), slice, coarse, nearest2);
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
    const steps2 = stepsOf(stack.shape[stack.down], stack.shape[stack.across]);
    return values && { values, steps: steps2, id: `${this.id};${key}` };
  }
  /** @param {Layout} stack @param {number} slice @returns {Stored|null} */
  makeNow(stack, slice) {
    if (!this.all) return null;
    const { shape, affine } = this;
    const numbers2 = this.numbers(this.all.values);
    if (!stack.thickness) {
      const change = compose(this.inverse, stack.affine);
      return samplePlane(numbers2, shape, change, stack, slice, this.nearest);
    }
    if (!this.isStraight(stack)) return this.slabMaker(stack, slice).make();
    return stored(slabOfVoxels(numbers2, shape, affine, this.cutAs(stack), slice));
  }
  /**
   * A second volume minus this one; the last is kept, as many a change leaves it as it is.
   * @param {Source} second
   * @param {Held} before
   * @param {Held} after
   * @param {string} id
   */
  differenceTo(second2, before, after, id) {
    if (this.difference?.id !== id) {
      const [low, high] = [this.numbers(before.values), second2.numbers(after.values)];
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
    const inside2 = index >= 0 && index < this.shape[axis];
    if (inside2 && !this.planes.has(`${axis},${index}`))
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
    const patience = Math.min(PATIENCE2 * 2 ** tries, LONGEST2);
    this.tries.set(key, tries + 1);
    this.waiting.set(
      key,
      setTimeout(() => this.lose(key), patience)
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
      const values = (
        /** @type {Float32Array} */
        this.typed(bytes, Float32Array)
      );
      keepNewest(this.sampled, key, values, MOST_PLANES);
      return;
    }
    const [axis] = key.split(",").map(Number);
    const strides = [0, 1, 2].map((other) => other === axis ? 0 : 1);
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
    if (!held) return void 0;
    const { values, strides } = held;
    const bits = values[index[0] * strides[0] + index[1] * strides[1] + index[2] * strides[2]];
    return this.kind === "int16" ? bits << 16 >> 16 : bits;
  }
  /** @param {number[]} index */
  planeWith(index) {
    return [0, 1, 2].map((axis) => this.planes.get(`${axis},${index[axis]}`)).find(Boolean);
  }
  /**
   * The index nearest to a place in mm, or null outside.
   * @param {number[]} place
   */
  indexAt(place3) {
    const index = applyAffine(this.inverse, place3).map(Math.round);
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
};
function differenceHeld(first, second2, stack, slice) {
  const own = isSameGrid(first, second2) ? stack : { ...stack, resampled: true };
  return differenceBetween(first, second2, first.picture(stack, slice), second2.picture(own, slice));
}
function differenceSeen(first, second2, stack, slice) {
  const own = isSameGrid(first, second2) ? stack : { ...stack, resampled: true };
  let [before, after] = [first.seen(stack, slice), second2.seen(own, slice)];
  if (before && after && before.preview !== after.preview) {
    [before, after] = [first.seen(stack, slice, true), second2.seen(own, slice, true)];
  }
  return differenceBetween(first, second2, before, after);
}
function differenceBetween(first, second2, before, after) {
  if (!before || !after) return null;
  const { rows, columns } = before.steps;
  const id = `${before.id}|${after.id}`;
  const values = first.differenceTo(second2, before, after, id);
  return { values, steps: stepsOf(rows, columns), id, preview: before.preview };
}
var stepsOf = (rows, columns) => ({ rows, columns, rowStep: columns, columnStep: 1, start: 0 });
function keyOf(stack, slice) {
  const grid = [stack.axis, stack.down, stack.across, stack.flip_down, stack.flip_across];
  const { shape, affine, thickness, projection } = stack;
  return [slice, grid, shape, affine.slice(0, 3), [thickness, projection]].join(";");
}
function stored(values) {
  return values instanceof Int16Array ? new Uint16Array(values.buffer) : values;
}
function laidOut(source, { values, steps: steps2 }) {
  const { rows, columns, rowStep, columnStep, start } = steps2;
  const numbers2 = source.numbers(values);
  const out = new Float32Array(rows * columns);
  for (let row = 0, to = 0; row < rows; row++) {
    for (let column2 = 0; column2 < columns; column2++) {
      out[to++] = numbers2[start + row * rowStep + column2 * columnStep];
    }
  }
  return out;
}
function isSameGrid(first, second2) {
  const to = compose(second2.inverse, first.affine);
  return first.shape.every((n, axis) => n === second2.shape[axis]) && to.every((row, i) => row.every((v, j) => Math.abs(v - (i === j ? 1 : 0)) < 1e-6));
}
function keepNewest(map, key, value, most) {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most) map.delete(oldest);
}
var decoded = /* @__PURE__ */ new WeakMap();
async function referred(model, name) {
  const value = model.get(name);
  if (!value) return null;
  const data = typeof value === "string" ? await model.widget_manager.get_model(value.replace("IPY_MODEL_", "")) : value;
  const known2 = decoded.get(data);
  if (known2) return known2;
  const source = new Source(data);
  decoded.set(data, source);
  return source;
}

// ctkit/widgets/view/parts/zoom.js
var SETTABLE4 = ["zoom", "pan"];
var zoom = {
  traits: [...SETTABLE4, "interpolation"],
  heard: SETTABLE4,
  written: () => SETTABLE4,
  settle: (_, state) => ({
    zoom: clamp(state.zoom, ...ZOOMS),
    pan: state.pan.map((mm) => clamp(mm, -FARTHEST, FARTHEST))
  }),
  words: (state) => ({
    ...state.zoom === 1 ? {} : { zoom: number(state.zoom) },
    ...state.pan.some((mm) => mm !== 0) ? { pan: numbers(state.pan) } : {},
    ...state.interpolation === "linear" ? {} : { interpolation: text(state.interpolation) }
  })
};

// ctkit/widgets/view/state.js
var whole = { traits: ["mode", "call", "standalone"] };
var PARTS = [whole, voxels, place, cut, zoom, cine, window, marks, mask, second, tuned];
var SOURCES = PARTS.flatMap((part) => part.source ?? []);
var known = /* @__PURE__ */ new WeakMap();
function knownOf(model) {
  const found = known.get(model);
  if (found) return found;
  const parts = PARTS.filter((part) => model.get(part.traits[0]) !== void 0);
  const all = { parts, traits: parts.flatMap((part) => part.traits) };
  known.set(model, all);
  return all;
}
var partsOf = (model) => knownOf(model).parts;
function read(model) {
  const state = {};
  for (const name of knownOf(model).traits) state[name] = model.get(name);
  return (
    /** @type {State} */
    state
  );
}
function settle(name, state, grid) {
  const next = { ...state };
  for (const part of PARTS) {
    if (part.traits[0] in state) Object.assign(next, part.settle?.(name, next, grid));
  }
  return next;
}
function write(model, before, after) {
  const names = partsOf(model).flatMap((part) => part.written?.(before, after) ?? []);
  const state = (
    /** @type {Record<string, any>} */
    after
  );
  const different = names.filter((name) => !same(model.get(name), state[name]));
  for (const name of different) model.set(name, state[name]);
  return different.length > 0;
}
function save(model, patch = {}) {
  for (const [name, value] of Object.entries(patch)) model.set(name, value);
  try {
    model.save_changes();
  } catch (error) {
    console.warn("ctkit: the kernel is not there", error);
  }
}
function listen(model, names, callback) {
  const handlers = names.map(
    (name) => (
      /** @type {const} */
      [`change:${name}`, () => callback(name)]
    )
  );
  for (const [event, handler] of handlers) model.on(event, handler);
  return () => {
    for (const [event, handler] of handlers) model.off(event, handler);
  };
}
function keepInLine(model, grid, show) {
  const names = partsOf(model).flatMap((part) => part.heard ?? []);
  return listen(model, names, (name) => {
    const before = read(model);
    const after = settle(name, before, grid);
    show(after);
    if (write(model, before, after)) save(model);
  });
}
function watch(model, callback) {
  let waiting = false;
  let stopped = false;
  const names = partsOf(model).flatMap((part) => part.traits);
  const stop = listen(model, names, () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      if (!stopped) callback();
    });
  });
  return () => {
    stopped = true;
    stop();
  };
}

// ctkit/widgets/view/gestures.js
var CLICK = 3;
var NEAR_CURTAIN = 16;
var TWICE = 400;
var SCROLL = 250;
var Gestures = class {
  /** @param {import("./viewer.js").Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.gesture = null;
    this.clicked = null;
    this.dragged = -Infinity;
    this.turned = 0;
    this.scrolled = -Infinity;
    const options = { signal: viewer.stop.signal, passive: true };
    document.addEventListener("wheel", (event) => this.noteScroll(event), options);
  }
  /** @param {Pane} pane */
  listen(pane) {
    const { stage } = pane;
    const options = { signal: this.viewer.stop.signal };
    stage.addEventListener("pointerdown", (event) => this.onDown(event, pane), options);
    stage.addEventListener("pointermove", (event) => this.onMove(event, pane), options);
    stage.addEventListener("pointerup", (event) => this.onUp(event), options);
    stage.addEventListener("pointercancel", (event) => this.onCancel(event), options);
    stage.addEventListener("pointerleave", () => this.viewer.probe.show(null), options);
    const wheel = { ...options, passive: false };
    stage.addEventListener("wheel", (event) => this.onWheel(event, pane), wheel);
  }
  /** @param {PointerEvent} event @param {Pane} pane */
  onDown(event, pane) {
    if (event.button > 2) return;
    const touch = event.pointerType === "touch";
    if (touch && this.viewer.touching.onDown(event, pane)) return;
    const scrolls = touch && !this.viewer.touching.isActive;
    if (!scrolls) this.take(event, pane);
    const kind = scrolls ? "scroll" : this.viewer.framing.kindOf(event);
    const { clientX: x, clientY: y, pointerId: id } = event;
    const before = read(this.viewer.model);
    const { center, width, slice, limit } = before;
    const curtain2 = kind ? null : besideCurtain(pane, x);
    const own = kind || curtain2 !== null;
    const turn2 = own ? null : this.viewer.turning.begin(pane, event);
    const grab = own || turn2 ? null : this.viewer.marking.take(event, pane);
    const from = { center, width, slice, limit, curtain: curtain2, before, grab, turn: turn2 };
    this.gesture = { x, y, id, pane, kind, moved: false, ...from };
  }
  /** The pane is the one of the keys, and of this pointer until it goes up. @param {PointerEvent} event @param {Pane} pane */
  take(event, pane) {
    this.viewer.choose(pane);
    pane.canvas.focus({ preventScroll: true });
    pane.stage.setPointerCapture(event.pointerId);
    event.preventDefault();
  }
  /** @param {PointerEvent} event @param {Pane} pane */
  onMove(event, pane) {
    const { gesture } = this;
    if (this.viewer.touching.onMove(event)) return;
    if (!gesture) {
      this.viewer.probe.show({ clientX: event.clientX, clientY: event.clientY, pane });
      const near = besideCurtain(pane, event.clientX) !== null;
      pane.stage.classList.toggle("ctkit-near-curtain", near);
      this.viewer.turning.hover(pane, event);
      this.viewer.marking.hover(event, pane);
      return;
    }
    if (event.pointerId !== gesture.id) return;
    const right = event.clientX - gesture.x;
    const down = event.clientY - gesture.y;
    gesture.moved ||= Math.hypot(right, down) > CLICK;
    if (gesture.moved && gesture.kind !== "scroll")
      this.viewer.hand.hold(this.patchOf(event, gesture, right, down));
  }
  /**
   * What a drag changes.
   * @param {PointerEvent} event
   * @param {Gesture} gesture
   * @param {number} right
   * @param {number} down
   * @returns {Partial<import("./state.js").State>}
   */
  patchOf(event, gesture, right, down) {
    const { kind, turn: turn2, pane } = gesture;
    if (kind) return this.viewer.framing.patchOf(gesture, right, down);
    if (turn2) return this.viewer.turning.patchOf(turn2, pane, event, right, down);
    if (gesture.curtain !== null) return this.curtain(event.clientX - gesture.curtain);
    if (gesture.grab) return this.viewer.marking.moved(gesture.grab, event);
    if (event.pointerType === "touch") return this.slice(gesture, down);
    return this.window(gesture, right, down);
  }
  /**
   * Right is wider, down is a higher center: the signs of cornerstone3D, OHIF's toolkit.
   * @param {Gesture} gesture
   * @param {number} right
   * @param {number} down
   */
  window({ center, width, limit }, right, down) {
    const whole2 = this.viewer.model.get("step");
    if (this.viewer.model.get("blend") === "difference") {
      const [low, high] = limitEnds(whole2);
      const more = right * clamp(limit / 100, 0.25 * whole2, 8 * whole2);
      return { limit: clamp(onStep(limit + more, whole2), low, high) };
    }
    const step = clamp(width / 200, 0.25 * whole2, 8 * whole2);
    const wanted = {
      width: onStep(width + right * step, whole2),
      center: onStep(center + down * step, whole2)
    };
    return clampWindow(wanted, this.viewer.model.get("limits"));
  }
  /** @param {Gesture} gesture @param {number} down */
  slice({ slice, pane }, down) {
    const end = this.viewer.model.get("max_slice");
    const perSlice = Math.max(4, pane.high / (end + 1));
    return { slice: clamp(slice + Math.round(down / perSlice), 0, end) };
  }
  /** @param {number} clientX */
  curtain(clientX) {
    const box = this.viewer.panes[0].stage.getBoundingClientRect();
    return { curtain: clamp((clientX - box.left) / box.width, 0, 1) };
  }
  /** @param {PointerEvent} event */
  onUp(event) {
    const { gesture } = this;
    if (this.viewer.touching.onUp(event)) return;
    const taken = gesture?.grab && this.viewer.marking.release(gesture.grab, event, gesture.moved);
    this.end();
    if (gesture?.kind === "zoom" && gesture.moved) this.dragged = event.timeStamp;
    if (!gesture || taken || gesture.moved || gesture.curtain !== null) return;
    if (gesture.kind === "zoom") this.viewer.framing.openMenu(event);
    if (gesture.kind === "scroll") this.take(event, gesture.pane);
    if (gesture.turn?.axes.length === 1) return;
    if (["", "scroll"].includes(gesture.kind)) this.click(event, gesture.pane);
  }
  /** @param {PointerEvent} event @param {Pane} pane */
  click(event, pane) {
    const last = this.clicked;
    const twice = last?.target === event.target && event.timeStamp - last.timeStamp < TWICE && Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < NEAR_CURTAIN;
    this.clicked = twice ? null : event;
    if (twice) {
      this.viewer.maximise();
      return;
    }
    this.viewer.marking.select(null);
    const goal = pane.goalAt(event);
    if (goal) this.viewer.hand.set({ ...goal, pinned: true });
  }
  /** The browser takes a finger for itself. @param {PointerEvent} event */
  onCancel(event) {
    this.viewer.touching.onUp(event);
    this.end();
  }
  /** All as it was before the drag under way. @returns {boolean} whether there was one */
  cancel() {
    if (!this.gesture?.moved) return false;
    const before = (
      /** @type {Record<string, any>} */
      this.gesture.before
    );
    const names = Object.keys(this.viewer.hand.held ?? {});
    if (this.gesture.grab) this.viewer.marking.selected = this.gesture.grab.chosen;
    this.viewer.hand.set(Object.fromEntries(names.map((name) => [name, before[name] ?? null])));
    this.end();
    this.viewer.redraw();
    return true;
  }
  end() {
    this.gesture = null;
    this.viewer.hand.letGo();
    this.viewer.history.note();
  }
  /** A scroll that began elsewhere on the page goes on as a scroll. @param {WheelEvent} event */
  noteScroll(event) {
    const outside = !this.viewer.stages.contains(
      /** @type {Node} */
      event.target
    );
    if (outside) this.scrolled = event.timeStamp;
  }
  /** @param {WheelEvent} event @param {Pane} pane */
  onWheel(event, pane) {
    if (!event.ctrlKey && event.timeStamp - this.scrolled < SCROLL) {
      this.scrolled = event.timeStamp;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (event.ctrlKey) {
      this.viewer.framing.onWheel(event, pane);
      return;
    }
    this.viewer.choose(pane);
    const [steps2, left] = wheelSteps(this.turned, event.deltaY * (event.deltaMode === 1 ? 40 : 1));
    this.turned = left;
    if (steps2) this.viewer.goTo(this.viewer.model.get("slice") + steps2);
  }
};
function besideCurtain({ stage, curtainAt: curtainAt2 }, clientX) {
  if (curtainAt2 === null) return null;
  const right = clientX - stage.getBoundingClientRect().left - curtainAt2;
  return Math.abs(right) <= NEAR_CURTAIN ? right : null;
}
function wheelSteps(left, delta) {
  if (Math.abs(delta) >= 50) return [Math.sign(delta), 0];
  const sum = left + delta;
  const steps2 = Math.trunc(sum / 30);
  return [steps2, sum - steps2 * 30];
}

// ctkit/widgets/view/histogram.js
var SHAPES = ["band", "bars", "region", "ramp", "low", "high"];
var NEAR2 = 8;
var Histogram = class {
  /** @param {Element} parent @param {import("./viewer.js").Viewer} viewer */
  constructor(parent, viewer) {
    this.viewer = viewer;
    this.root = make("div", "ctkit-histogram", parent, { "aria-hidden": "true" });
    this.svg = makeSvg("svg", { viewBox: "0 0 1000 100", preserveAspectRatio: "none" }, this.root);
    this.shapes = {};
    for (const name of SHAPES) {
      this.shapes[name] = makeSvg("path", { class: `ctkit-histogram-${name}` }, this.svg);
    }
    this.axis = make("div", "ctkit-histogram-axis", this.root);
    this.low = 0;
    this.high = 1;
    this.grip = null;
    this.region = null;
    const options = { signal: viewer.stop.signal };
    this.svg.addEventListener("pointerdown", (event) => this.onDown(event), options);
    this.svg.addEventListener("pointermove", (event) => this.onMove(event), options);
    this.svg.addEventListener("pointerup", () => this.onUp(), options);
    this.svg.addEventListener("pointercancel", () => this.onUp(), options);
  }
  /** HU to the width of 1000. @param {number} hu */
  x(hu) {
    return 1e3 * (hu - this.low) / (this.high - this.low);
  }
  /** HU at a pointer. @param {PointerEvent} event */
  hu(event) {
    const box = this.svg.getBoundingClientRect();
    return this.low + (event.clientX - box.left) / box.width * (this.high - this.low);
  }
  /** @param {State} state */
  draw({ histogram, center, width, invert: invert2 }) {
    this.root.hidden = !histogram?.counts?.length;
    if (this.root.hidden) return;
    if (this.drawn !== histogram) this.drawBars(histogram);
    this.drawRegion(this.viewer.regionInSight(), histogram.counts.length);
    const [low, high] = [this.x(center - width / 2), this.x(center + width / 2)];
    const [dark, light] = invert2 ? [0, 100] : [100, 0];
    const { band, ramp } = this.shapes;
    setAttribute(band, "d", `M${low} 0H${high}V100H${low}Z`);
    setAttribute(ramp, "d", `M0 ${dark}L${low} ${dark}L${high} ${light}L1000 ${light}`);
    setAttribute(this.shapes.low, "d", `M${low} 0V100`);
    setAttribute(this.shapes.high, "d", `M${high} 0V100`);
  }
  /** @param {State["histogram"]} histogram */
  drawBars(histogram) {
    [this.low, this.high] = [histogram.low, histogram.high];
    const heights = histogram.counts.map((n) => Math.log1p(n));
    const most = Math.max(...heights) || 1;
    const step = 1e3 / heights.length;
    const tops = heights.map((height, i) => {
      const y = 100 - 92 * height / most;
      return `L${(i * step).toFixed(1)} ${y.toFixed(1)}h${step.toFixed(2)}`;
    });
    this.shapes.bars.setAttribute("d", `M0 100${tops.join("")}L1000 100Z`);
    this.axis.textContent = "";
    for (const hu of ticks(this.low, this.high)) {
      const tick = make("span", "", this.axis);
      tick.textContent = preciseText(hu);
      const half = `${(tick.textContent.length + 0.5) / 2}ch`;
      tick.style.left = `clamp(${half}, ${this.x(hu) / 10}%, calc(100% - ${half}))`;
    }
    this.drawn = histogram;
  }
  /**
   * How often each HU occurs in a region, to its own scale, over that of the whole.
   * @param {number[]|null} values
   * @param {number} bins
   */
  drawRegion(values, bins) {
    if (values === this.region) return;
    this.region = values;
    const counts = countsOf(values ?? [], this.low, this.high, bins);
    const most = Math.max(...counts) || 1;
    const step = 1e3 / bins;
    const bars = counts.map((n, i) => {
      const y = (100 - 92 * n / most).toFixed(1);
      return n ? `M${(i * step).toFixed(1)} 100V${y}h${step.toFixed(2)}V100Z` : "";
    });
    setAttribute(this.shapes.region, "d", bars.join(""));
  }
  /** @param {PointerEvent} event */
  onDown(event) {
    const { center, width } = read(this.viewer.model);
    const hu = this.hu(event);
    const near = NEAR2 * (this.high - this.low) / this.svg.clientWidth;
    const [low, high] = [center - width / 2, center + width / 2];
    this.grip = { part: gripped(hu, low, high, near), hu, low, high };
    this.svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  }
  /** @param {PointerEvent} event */
  onMove(event) {
    if (!this.grip) return;
    const moved2 = this.hu(event) - this.grip.hu;
    const ends = [
      this.grip.low + (this.grip.part === "high" ? 0 : moved2),
      this.grip.high + (this.grip.part === "low" ? 0 : moved2)
    ];
    const [low, high] = ends.sort((a, b) => a - b);
    const step = this.viewer.model.get("step");
    const wanted = {
      center: onStep((low + high) / 2, step),
      width: Math.max(step, onStep(high - low, step))
    };
    this.viewer.hand.hold(clampWindow(wanted, this.viewer.model.get("limits")));
  }
  onUp() {
    this.grip = null;
    this.viewer.hand.letGo();
  }
};
function gripped(hu, low, high, near) {
  const end = Math.abs(hu - low) < Math.abs(hu - high) ? "low" : "high";
  const inside2 = hu > low && hu < high;
  const apart = Math.min(Math.abs(hu - low), Math.abs(hu - high));
  const close = apart <= near && (hu < low || hu > high || high - low > 3 * near);
  return inside2 && !close ? "middle" : end;
}
function ticks(low, high) {
  const power = 10 ** Math.floor(Math.log10((high - low) / 6));
  const step = ([1, 2, 5, 10].find((s) => (high - low) / (s * power) <= 6) ?? 10) * power;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}
function countsOf(values, low, high, bins) {
  const counts = Array(bins).fill(0);
  for (const value of values) {
    const bin = Math.floor((value - low) / (high - low) * bins);
    counts[clamp(bin, 0, bins - 1)] += 1;
  }
  return counts;
}

// ctkit/widgets/view/labels.js
var labels_exports = {};
__export(labels_exports, {
  fillLabels: () => fillLabels,
  namesAt: () => namesAt,
  paintOf: () => paintOf,
  rgbOf: () => rgbOf,
  seenIn: () => seenIn
});
var MOST_KNOWN = 1024;
var UNKNOWN = -2;
var rgbOf = (color) => [1, 3, 5].map((i) => Number.parseInt(color.slice(i, i + 2), 16));
function seenIn(value, labels, overlaps) {
  const members = overlaps.find(([code]) => code === value)?.[1] ?? [value];
  return [...labels.keys()].filter((place3) => {
    const label3 = labels[place3];
    return label3.visible && members.includes(label3.value);
  });
}
function blended(labels, opacity) {
  let below = [0, 0, 0];
  let rest = 0;
  for (const label3 of labels) {
    const top = Math.floor(opacity * label3.opacity * 255 + 0.5);
    const under = rest * (255 - top) / 255;
    rest = top + under;
    const [share, other] = rest ? [top, under] : [1, 0];
    const old = below;
    below = rgbOf(label3.color).map((c, i) => (c * share + old[i] * other) / (share + other));
  }
  return [...below, rest].map((n) => Math.floor(n + 0.5));
}
var packed2 = ([red, green, blue, alpha]) => (alpha << 24 | blue << 16 | green << 8 | red) >>> 0;
function paintOf(labels, overlaps, opacity) {
  const fills = new Uint32Array(65536);
  const ranks = new Uint16Array(65536);
  const edges = Uint32Array.from(labels, ({ color }) => packed2([...rgbOf(color), 255]));
  const seen = [[]];
  for (const value of [...labels.map((label3) => label3.value), ...overlaps.map(([code]) => code)]) {
    const places = seenIn(value, labels, overlaps);
    const shown = places.map((place3) => labels[place3]);
    fills[value & 65535] = packed2(blended(shown, opacity));
    ranks[value & 65535] = seen.length;
    seen.push(places);
  }
  const ends = new Int16Array(seen.length <= MOST_KNOWN ? seen.length ** 2 : 0).fill(UNKNOWN);
  return { fills, edges, ranks, seen, ends };
}
function endOf({ seen, ends }, here, beside2) {
  const at = here * seen.length + beside2;
  const known2 = ends[at] ?? UNKNOWN;
  if (known2 !== UNKNOWN) return known2;
  const place3 = seen[here].findLast((one) => !seen[beside2].includes(one)) ?? -1;
  if (at < ends.length) ends[at] = place3;
  return place3;
}
function bitsOf(values) {
  if (!(values instanceof Float32Array)) return values;
  return Uint16Array.from(values, (value) => Math.floor(value + 0.5));
}
function fillLabels(out, values, steps2, paint, outline) {
  const { rows, columns, rowStep, columnStep, start } = steps2;
  const { fills, edges, ranks } = paint;
  const bits = bitsOf(values);
  for (let row = 0, to = 0; row < rows; row++) {
    const [isFirst, isLast] = [row === 0, row === rows - 1];
    let from = start + row * rowStep;
    let left = 0;
    let here = bits[from];
    for (let column2 = 1; column2 <= columns; column2++, from += columnStep, to++) {
      const right = column2 < columns ? bits[from + columnStep] : 0;
      out[to] = here && fills[here];
      if (here && outline) {
        const up = isFirst ? 0 : bits[from - rowStep];
        const down = isLast ? 0 : bits[from + rowStep];
        if (up !== here || down !== here || left !== here || right !== here) {
          const rank = ranks[here];
          let place3 = endOf(paint, rank, ranks[up]);
          place3 = Math.max(place3, endOf(paint, rank, ranks[down]));
          place3 = Math.max(place3, endOf(paint, rank, ranks[left]));
          place3 = Math.max(place3, endOf(paint, rank, ranks[right]));
          if (place3 >= 0) out[to] = edges[place3];
        }
      }
      left = here;
      here = right;
    }
  }
}
var namesAt = (value, labels, overlaps) => seenIn(value, labels, overlaps).map((place3) => labels[place3].name).reverse();

// ctkit/widgets/view/linking.js
var NAMES2 = { place: ["cursor", "pinned"], window: ["center", "width"], zoom: ["zoom", "pan"] };
function following(leader, follower, window2, zoom2) {
  const place3 = applyAffine(leader.affine, leader.cursor);
  const index = applyAffine(invert(follower.affine), place3).map(nearest);
  return {
    cursor: index.map((n, axis) => clamp(n, 0, follower.shape[axis] - 1)),
    pinned: leader.pinned,
    ...window2 ? clampWindow(leader, follower.limits) : {},
    ...zoom2 ? zoomed(leader, follower) : {}
  };
}
function zoomed(leader, follower) {
  const [here, there] = [leader, follower].map(middleOf4);
  return {
    zoom: clamp(leader.zoom * follower.fits / leader.fits, ...ZOOMS),
    pan: leader.pan.map((mm, i) => clamp(here[i] + mm - there[i], -FARTHEST, FARTHEST))
  };
}
var middleOf4 = ({ affine, shape }) => applyAffine(
  affine,
  shape.map((n) => (n - 1) / 2)
);
function keepLinked(model) {
  const stop = new AbortController();
  const ends = [() => stop.abort()];
  const references = model.get("views");
  Promise.all(references.map((reference) => linkedOf(model, reference))).then((views) => {
    if (!stop.signal.aborted) ends.push(...link(model, views));
  }).catch(console.error);
  return () => {
    for (const end of ends) end();
  };
}
function link(model, views) {
  let leads = false;
  const [window2, zoom2] = [model.get("window"), model.get("zoom")];
  const names = [...NAMES2.place, ...window2 ? NAMES2.window : [], ...zoom2 ? NAMES2.zoom : []];
  const lead = (leader) => {
    if (leads) return;
    leads = true;
    try {
      for (const view of views) if (view !== leader) follow(view, leader, window2, zoom2);
    } finally {
      leads = false;
    }
  };
  return views.flatMap(
    (view) => names.map((name) => {
      const handler = () => lead(view);
      view.model.on(`change:${name}`, handler);
      return () => view.model.off(`change:${name}`, handler);
    })
  );
}
function follow(view, leader, window2, zoom2) {
  const patch = following(seenOf2(leader), seenOf2(view), window2, zoom2);
  const different = Object.entries(patch).filter(
    ([name, value]) => !same(view.model.get(name), value)
  );
  if (different.length) save(view.model, Object.fromEntries(different));
}
async function linkedOf(model, reference) {
  const view = await modelOf(model, reference);
  const grids = {};
  for (const name of ["voxels", "second"]) {
    if (view.get(name)) grids[name] = gridOf2(await modelOf(model, view.get(name)));
  }
  return { model: view, grids };
}
var modelOf = (model, reference) => model.widget_manager.get_model(reference.replace("IPY_MODEL_", ""));
var gridOf2 = (data) => ({
  shape: data.get("shape"),
  affine: data.get("affine"),
  layouts: data.get("layouts")
});
function seenOf2({ model, grids }) {
  const state = read(model);
  const [pane] = panes(state, grids);
  const { frame } = pictures(state, grids, { ...pane, plane: null });
  const { shape, affine } = (
    /** @type {import("./geometry.js").Grid} */
    grids.voxels
  );
  return { ...state, shape, affine, fits: Math.max(frame.width, frame.height) };
}

// ctkit/widgets/view/measuring.js
var measuring_exports = {};
__export(measuring_exports, {
  angleOf: () => angleOf,
  eachRow: () => eachRow,
  hasValues: () => hasValues,
  inPlane: () => inPlane,
  lengthOf: () => lengthOf2,
  measureMark: () => measureMark,
  profileCount: () => profileCount,
  profileOf: () => profileOf,
  regionValues: () => regionValues,
  windowOf: () => windowOf
});
var SPAN = [2, 98];
var BORDER = 1e-3;
var MOST2 = 2e3;
function measureMark(source, mark, stack, slice, second2, on) {
  if (mark.kind === "ruler") return { mm: lengthOf2(mark.points) };
  if (mark.kind === "angle") return { degrees: angleOf(mark.points) };
  const slab = stack.thickness ? { slab: slabText(stack) } : {};
  const own = { ...statisticsOf(source, source.picture(stack, slice), stack, mark), ...slab };
  if (!second2 || !on) return own;
  return { ...own, ...ofSecond2(source, second2, stack, slice, on, mark) };
}
var lengthOf2 = ([start, end]) => Math.hypot(...minus2(end, start));
function angleOf([start, vertex, end]) {
  const [first, second2] = [minus2(start, vertex), minus2(end, vertex)];
  const across = Math.hypot(...cross(first, second2));
  return Math.atan2(across, dot(first, second2)) * 180 / Math.PI;
}
function ofSecond2(source, second2, stack, slice, on, mark) {
  const middle = applyAffine(inverseOf(on), middleOf2(mark.points));
  const there = Math.floor(middle[on.axis] + 0.5 + 1e-6);
  const inside2 = there >= 0 && there < on.shape[on.axis];
  if (!inside2 || !reaches(on, second2.shape, second2.affine, there)) {
    return { after: null, difference: null };
  }
  const both = differenceHeld(source, second2, stack, slice);
  return {
    after: statisticsOf(second2, second2.picture(on, there), on, mark),
    difference: statisticsOf(source, both, stack, mark)
  };
}
function regionValues(source, mark, stack, slice) {
  const held = source.picture(stack, slice);
  return held ? valuesIn(source, held, stack, mark).filter(Number.isFinite) : [];
}
function windowOf(values) {
  const sorted = Float64Array.from(values).sort();
  const [low, high] = SPAN.map((part) => percentile(sorted, part));
  return { center: meanOf(values), width: high - low };
}
function percentile(sorted, part) {
  const at = part / 100 * (sorted.length - 1);
  const low = Math.floor(at);
  const next = sorted[Math.min(low + 1, sorted.length - 1)];
  return sorted[low] + (at - low) * (next - sorted[low]);
}
var meanOf = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
function profileOf(source, points, spacing) {
  const [start, end] = points;
  const length2 = lengthOf2(points);
  const last = profileCount(length2, spacing) - 1;
  const parts = Array.from({ length: last + 1 }, (_, i) => i / last);
  const places = parts.map((part) => start.map((n, i) => n + part * (end[i] - n)));
  return {
    mm: parts.map((part) => part * length2),
    hu: places.map((place3) => sample(source, applyAffine(source.inverse, place3)) ?? Number.NaN)
  };
}
var profileCount = (mm, spacing) => Math.min(Math.max(Math.ceil(2 * mm / spacing - 1e-6), 1), MOST2 - 1) + 1;
function statisticsOf(source, held, stack, mark) {
  const values = held ? valuesIn(source, held, stack, mark) : [];
  return statistics(values, stack.spacing[0] * stack.spacing[1]);
}
function valuesIn(source, { values, steps: steps2 }, stack, { kind, points }) {
  const numbers2 = source.numbers(values);
  const found = [];
  eachRow(kind, inPlane(points, stack), steps2, stack.spacing, (row, left, right) => {
    let at = steps2.start + row * steps2.rowStep + left * steps2.columnStep;
    for (let column2 = left; column2 <= right; column2++, at += steps2.columnStep) {
      if (numbers2[at] !== NOTHING3) found.push(numbers2[at]);
    }
  });
  return found;
}
function statistics(there, pixel) {
  const values = there.filter(Number.isFinite);
  const count3 = values.length;
  const rest = { area_mm2: there.length * pixel, missing: there.length - count3 };
  if (!count3) return { voxels: 0, mean: null, sd: null, minimum: null, maximum: null, ...rest };
  const mean = meanOf(values);
  const sd = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / count3);
  const [minimum, maximum] = values.reduce(
    ([low, high], v) => [Math.min(low, v), Math.max(high, v)],
    [Infinity, -Infinity]
  );
  return { voxels: count3, mean, sd, minimum, maximum, ...rest };
}
function inPlane(points, stack) {
  const inverse = inverseOf(stack);
  return points.map((point) => {
    const [row, column2] = toPicture(stack, stack.shape, applyAffine(inverse, point));
    return [row * stack.spacing[0], column2 * stack.spacing[1]];
  });
}
function eachRow(kind, corners, size, spacing, fill) {
  if (kind === "freehand") insideLine(corners, size, spacing, fill);
  else if (kind === "point") nearestPixel(corners[0], size, spacing, fill);
  else insideBox(kind, corners, size, spacing, fill);
}
function insideBox(kind, corners, { rows, columns }, spacing, fill) {
  const middle = middleOf2(corners);
  const [one, two] = halfAxes(corners).map(({ way, half }) => {
    const limit = half > BORDER || kind === "rectangle" ? half + BORDER : halfPixel(way, spacing);
    return { way, limit };
  });
  const reach = [0, 1].map(
    (i) => Math.abs(one.way[i]) * one.limit + Math.abs(two.way[i]) * two.limit
  );
  const [top, bottom] = wholes2(middle[0] - reach[0], middle[0] + reach[0], spacing[0], rows);
  const [left, right] = wholes2(middle[1] - reach[1], middle[1] + reach[1], spacing[1], columns);
  for (let row = top; row <= bottom; row++) {
    const y = row * spacing[0] - middle[0];
    for (let column2 = left; column2 <= right; column2++) {
      const x = column2 * spacing[1] - middle[1];
      const a = (y * one.way[0] + x * one.way[1]) / one.limit;
      const b = (y * two.way[0] + x * two.way[1]) / two.limit;
      const inside2 = kind === "rectangle" ? Math.abs(a) <= 1 && Math.abs(b) <= 1 : a * a + b * b <= 1;
      if (inside2) fill(row, column2, column2);
    }
  }
}
var wholes2 = (low, high, step, count3) => [
  Math.max(Math.ceil(low / step) - 1, 0),
  Math.min(Math.floor(high / step) + 1, count3 - 1)
];
function halfAxes(corners) {
  const sides = [1, 3].map((i) => minus2(corners[i], corners[0]).map((n) => n / 2));
  const halves = sides.map((side) => Math.hypot(...side));
  if (halves[0] > BORDER) {
    const way2 = sides[0].map((n) => n / halves[0]);
    return [
      { way: way2, half: halves[0] },
      { way: [-way2[1], way2[0]], half: halves[1] }
    ];
  }
  const way = halves[1] > BORDER ? sides[1].map((n) => n / halves[1]) : [1, 0];
  return [
    { way: [-way[1], way[0]], half: halves[0] },
    { way, half: halves[1] }
  ];
}
var halfPixel = (way, spacing) => (Math.abs(way[0]) * spacing[0] + Math.abs(way[1]) * spacing[1]) / 2;
function nearestPixel(point, { rows, columns }, spacing, fill) {
  const [row, column2] = point.map((n, i) => Math.floor(n / spacing[i] + 0.5 + 1e-6));
  if (row >= 0 && row < rows && column2 >= 0 && column2 < columns) fill(row, column2, column2);
}
function insideLine(corners, { rows, columns }, spacing, fill) {
  const ys = corners.map(([y]) => y);
  const first = Math.max(Math.ceil((Math.min(...ys) - BORDER) / spacing[0]), 0);
  const last = Math.min(Math.floor((Math.max(...ys) + BORDER) / spacing[0]), rows - 1);
  for (let row = first; row <= last; row++) {
    let next = 0;
    for (const [left, right] of spans(row * spacing[0], corners).sort((a, b) => a[0] - b[0])) {
      const from = Math.max(Math.ceil((left - BORDER) / spacing[1]), next);
      const to = Math.min(Math.floor((right + BORDER) / spacing[1]), columns - 1);
      if (to >= from) fill(row, from, to);
      next = Math.max(next, to + 1);
    }
  }
}
function spans(y, corners) {
  const places = [];
  const found = [];
  corners.forEach(([y0, x0], i) => {
    const [y1, x1] = corners[(i + 1) % corners.length];
    if (y0 <= y !== y1 <= y) places.push(x0 + (y - y0) / (y1 - y0) * (x1 - x0));
    if (Math.abs(y0 - y) > BORDER) return;
    const level = Math.abs(y1 - y) <= BORDER;
    found.push(level ? [Math.min(x0, x1), Math.max(x0, x1)] : [x0, x0]);
  });
  places.sort((a, b) => a - b);
  for (let i = 0; i + 1 < places.length; i += 2) found.push([places[i], places[i + 1]]);
  return found;
}
var hasValues = ({ kind }) => REGIONS.includes(kind) || kind === "point";

// ctkit/widgets/view/pictures.js
var pictures_exports = {};
__export(pictures_exports, {
  differenceTable: () => differenceTable,
  fillDifference: () => fillDifference,
  fillFloats: () => fillFloats,
  fillPlane: () => fillPlane
});

// ctkit/widgets/view/windowing.js
var windowing_exports = {};
__export(windowing_exports, {
  OPAQUE: () => OPAQUE,
  greyOf: () => greyOf,
  packGreys: () => packGreys,
  windowBytes: () => windowBytes
});
function grey(hu, center, width, fn) {
  if (fn === "SIGMOID") return 1 / (1 + Math.exp(-4 * (hu - center) / width));
  return hu > center - 0.5 ? 1 : 0;
}
function greyOf(center, width, fn) {
  if (fn === "SIGMOID" || fn === "LINEAR" && width === 1) {
    return (value) => Math.floor(255 * grey(value, center, width, fn) + 0.5);
  }
  const shift = fn === "LINEAR" ? 0.5 : 0;
  const wide = fn === "LINEAR" ? width - 1 : width;
  return (value) => {
    const byte = (255 * (2 * (value + shift - center) + wide) + wide) / (2 * wide);
    return byte < 0 ? 0 : byte >= 256 ? 255 : byte | 0;
  };
}
function windowBytes(center, width, fn) {
  const table = new Uint8ClampedArray(65536);
  const smooth = fn === "SIGMOID" || fn === "LINEAR" && width === 1;
  const shift = fn === "LINEAR" ? 0.5 : 0;
  const wide = fn === "LINEAR" ? width - 1 : width;
  const reach = (fn === "SIGMOID" ? 2 : 0.5) * width + 2;
  const low = clamp(Math.floor(center - reach), -32768, 32768);
  const high = clamp(Math.ceil(center + reach), -32769, 32767);
  for (let hu = low; hu <= high; hu++) {
    table[hu & 65535] = smooth ? Math.floor(255 * grey(hu, center, width, fn) + 0.5) : Math.floor((255 * (2 * (hu + shift - center) + wide) + wide) / (2 * wide));
  }
  table.fill(255, Math.max(high + 1, 0), 32768);
  if (high < -1) table.fill(255, 65536 + high + 1, 65536);
  return table;
}
var OPAQUE = Uint32Array.from(
  { length: 256 },
  (_, value) => 4278190080 | value * 65793
);
function packGreys(bytes, invert2, packed3 = new Uint32Array(65536)) {
  const flip = invert2 ? 255 : 0;
  for (let i = 0; i < 65536; i++) packed3[i] = OPAQUE[bytes[i] ^ flip];
  return packed3;
}

// ctkit/widgets/view/pictures.js
var BELOW = [70, 150, 255];
var ABOVE = [255, 140, 50];
var TINT = [150, 60, 160];
var EMPTY = [35, 42, 54];
function fillPlane(out, values, table, steps2) {
  const { rows, columns, rowStep, columnStep, start } = steps2;
  let to = 0;
  for (let row = 0; row < rows; row++) {
    let from = start + row * rowStep;
    const end = from + columns;
    if (columnStep === 1) while (from < end) out[to++] = table[values[from++]];
    else
      for (let column2 = 0; column2 < columns; column2++, from += columnStep)
        out[to++] = table[values[from]];
  }
}
var opaque = ([red, green, blue]) => (4278190080 | blue << 16 | green << 8 | red) >>> 0;
function fillFloats(out, values, { greyOf: greyOf2, flip }, steps2) {
  const { rows, columns, rowStep, columnStep, start } = steps2;
  const [tint, empty] = [opaque(TINT), opaque(EMPTY)];
  let to = 0;
  for (let row = 0; row < rows; row++) {
    let from = start + row * rowStep;
    for (let column2 = 0; column2 < columns; column2++, from += columnStep) {
      const value = values[from];
      if (value - value === 0) out[to++] = OPAQUE[greyOf2(value) ^ flip];
      else out[to++] = value === NOTHING3 ? empty : tint;
    }
  }
}
function differenceTable() {
  return Uint32Array.from({ length: 511 }, (_, i) => {
    const part = Math.abs(i - 255) / 255;
    return opaque((i < 255 ? BELOW : ABOVE).map((c) => Math.round(c * part)));
  });
}
function fillDifference(out, values, limit, colours) {
  const tint = opaque(TINT);
  const steps2 = 255 / limit;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value - value === 0) {
      out[i] = colours[Math.round(clamp(value * steps2, -255, 255)) + 255];
    } else out[i] = value === NOTHING3 ? 0 : tint;
  }
}

// ctkit/widgets/view/quiz/judging.js
var TINY = 1e-6;
function judged(question, answer) {
  if (answer === null || answer === void 0) return null;
  if (question.kind === "single") return ofSingle(question, answer);
  if (question.kind === "several") return ofSeveral(question, answer);
  if (question.kind === "number") return ofNumber(question, answer);
  return ofPlace(question, answer);
}
function ofSingle({ options = [] }, answer) {
  const says = options.map((option, i) => i === answer ? option.says : "");
  return { right: !!options[answer]?.right, says };
}
function ofSeveral({ options = [] }, answer) {
  const right = options.every((option, i) => option.right === answer.includes(i));
  return { right, says: options.map((option) => option.says) };
}
function ofNumber(question, answer) {
  const value = asNumber(answer);
  if (!Number.isFinite(value)) return { right: false, says: ["Write a number, such as 12.5."] };
  const off = (wanted) => Math.abs(value - wanted);
  const near = (question.tolerance ?? 0) + 1e-9;
  if (off(question.right ?? 0) <= near) return { right: true, says: [question.says ?? ""] };
  const known2 = question.wrong?.find(([wrong]) => off(wrong) <= near);
  return { right: false, says: [known2?.[1] ?? question.otherwise ?? ""] };
}
var asNumber = (text2) => text2.trim() ? Number(text2.trim().replace(",", ".").replace("−", "-")) : Number.NaN;
function ofPlace({ target, wrong = [], says = "", otherwise = "" }, answer) {
  const isNear = (spot) => !!spot && Math.hypot(...spot.mm.map((n, i) => n - answer[i])) <= spot.within + TINY;
  if (isNear(target)) return { right: true, says: [says] };
  return { right: false, says: [wrong.find(isNear)?.says ?? otherwise] };
}

// ctkit/widgets/view/asking.js
var PAUSE = 200;
var ASK2 = 3e3;
var PATIENCE3 = 12e4;
var atOnce = (model, names) => byName(names, (name) => referred(model, name));
async function waitFor(model, names, el, stop) {
  const still = addStill(model, el);
  try {
    return await byName(names, (name) => awaited(model, name, stop));
  } finally {
    URL.revokeObjectURL(still.url);
    still.root.remove();
  }
}
async function byName(names, find) {
  const found = {};
  for (const name of names) found[name] = await find(name);
  return found;
}
function addStill(model, el) {
  const root = make("div", "ctkit-waiting", el, { role: "status" });
  const bytes = model.get("snapshot");
  const url = bytes ? URL.createObjectURL(new Blob([bytes], { type: "image/png" })) : "";
  if (url) make("img", "", root, { src: url, alt: "The view as it was displayed" });
  make("div", "", root).textContent = "A still picture: the voxels have not come yet.";
  return { root, url };
}
async function awaited(model, name, stop) {
  const start = Date.now();
  let asked = start;
  while (!stop.aborted) {
    try {
      return await referred(model, name);
    } catch (error) {
      if (!model.widget_manager || Date.now() - start > PATIENCE3) throw error;
    }
    await new Promise((resume) => setTimeout(resume, PAUSE));
    if (Date.now() - asked < ASK2 || stop.aborted) continue;
    asked = Date.now();
    askAgain(model, name);
  }
  return null;
}
function dropStill(model) {
  if (!model.get("snapshot")) return;
  for (let time = 0; time < 2; time++) model.set("snapshot", null);
}
function askAgain(model, name) {
  try {
    model.send({ kind: "again", trait: name, missing: model.get(name) });
  } catch (error) {
    console.warn("ctkit: the kernel is not there", error);
  }
}

// ctkit/widgets/view/box.js
function bringControls(model, el) {
  const views = [];
  const options = { ended: false };
  const observer = new ResizeObserver(() => {
    if (!el.isConnected) return;
    observer.disconnect();
    if (!el.closest(".ctkit-explorer")) addControls(model, el, views, options).catch(console.error);
  });
  if (model.get("box")) observer.observe(el);
  return () => {
    options.ended = true;
    observer.disconnect();
    for (const view of views) view.remove();
  };
}
async function addControls(model, el, views, options) {
  const reference = model.get("box");
  const manager = (
    /** @type {any} */
    model.widget_manager
  );
  const box = await manager.get_model(reference.replace("IPY_MODEL_", ""));
  el.classList.add("ctkit-explorer", `ctkit-${model.get("mode")}`);
  let next = el.firstChild;
  for (const child of box.get("children")) {
    if (child.get("box") === reference) {
      next = null;
      continue;
    }
    const view = await manager.create_view(child);
    if (options.ended) return view.remove();
    views.push(view);
    view.luminoWidget.constructor.attach(view.luminoWidget, el, next);
  }
}

// ctkit/widgets/view/failure.js
var Failure = class {
  /** @param {Element} parent */
  constructor(parent) {
    this.root = make("div", "ctkit-error", parent, { role: "alert" });
    this.words = make("div", "ctkit-error-words", this.root);
    this.more = make("details", "", this.root);
    make("summary", "", this.more).textContent = "where";
    this.trace = make("pre", "ctkit-trace", this.more);
    this.show("");
  }
  /** @param {string} words none hide it @param {string} [trace] where it came from */
  show(words, trace = "") {
    setHidden(this.root, !words);
    setText(this.words, words);
    setHidden(this.more, !trace);
    setText(this.trace, trace);
  }
};

// ctkit/widgets/view/framing.js
var STEP = 1.25;
var NOTCH = 1.2;
var STRIDE = 0.1;
var AFTER = 300;
var REACH = 3;
var Framing = class {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.space = false;
    this.used = false;
    this.menu = false;
    const options = { signal: viewer.stop.signal };
    viewer.root.addEventListener("keyup", (event) => this.onKeyUp(event), options);
    viewer.root.addEventListener("focusout", () => this.hold(false), options);
    viewer.root.addEventListener("contextmenu", (event) => this.onMenu(event), options);
    const onMiddle = (event) => event.button === 1 && this.isOver(event) && event.preventDefault();
    viewer.root.addEventListener("mousedown", onMiddle, options);
  }
  /** @param {Event} event */
  isOver(event) {
    return this.viewer.stages.contains(
      /** @type {Node} */
      event.target
    );
  }
  // ---- drags
  /** What a press begins: "pan", "zoom", or "" for what the tool in hand does. @param {PointerEvent} event */
  kindOf({ button }) {
    if (button === 2) return "zoom";
    return button === 1 || this.space ? "pan" : "";
  }
  /**
   * What a drag of its own kind changes.
   * @param {Gesture} gesture
   * @param {number} right
   * @param {number} down
   */
  patchOf({ kind, pane, before, x, y }, right, down) {
    this.used = true;
    if (kind === "pan") return panBy(this.sightOf(pane), before, [right, down]);
    const factor = Math.exp(REACH * down / pane.high);
    return this.zoomed(pane, before, { clientX: x, clientY: y }, factor);
  }
  /** @param {Pane} pane */
  sightOf(pane) {
    const shown = (
      /** @type {import("./overlay.js").Pictures} */
      pane.shown
    );
    return sightOf(shown, this.viewer.first, [pane.wide, pane.high]);
  }
  /**
   * @param {Pane} pane
   * @param {{zoom: number, pan: number[]}} before
   * @param {Point} at
   * @param {number} factor
   */
  zoomed(pane, before, at, factor) {
    return zoomAt(this.sightOf(pane), before, pane.stagePointAt(at), factor);
  }
  // ---- the wheel
  /** With Ctrl, which a pinch on a touchpad comes with too. @param {WheelEvent} event @param {Pane} pane */
  onWheel(event, pane) {
    const delta = event.deltaY * (event.deltaMode === 1 ? 40 : 1);
    const factor = Math.abs(delta) < 50 ? Math.exp(-delta / 100) : NOTCH ** -Math.sign(delta);
    this.used = true;
    this.viewer.choose(pane);
    this.viewer.hand.hold(this.zoomed(pane, this.viewer.hand.inSight(), event, factor));
    if (!this.viewer.gestures.gesture) this.viewer.hand.rest();
  }
  // ---- keys
  /** At the pointer where it is over the pane, else in its middle. @param {number} steps */
  zoomBy(steps2) {
    const { active, probe, hand } = this.viewer;
    const box = active.stage.getBoundingClientRect();
    const middle = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
    const at = probe.hovered?.pane === active ? probe.hovered : middle;
    return hand.set(this.zoomed(active, read(this.viewer.model), at, STEP ** steps2));
  }
  /** Look further to one side. @param {[number, number]} steps to the right, and down */
  look([right, down]) {
    const { active, hand, model } = this.viewer;
    const step = STRIDE * Math.min(active.wide, active.high);
    return hand.set(panBy(this.sightOf(active), read(model), [-right * step, -down * step]));
  }
  fit() {
    return this.viewer.hand.set({ zoom: 1, pan: [0, 0, 0] });
  }
  /** Smooth between the middles of pixels, or each pixel sharp. */
  sharpen() {
    const nearest2 = read(this.viewer.model).interpolation === "nearest";
    return this.viewer.hand.set({ interpolation: nearest2 ? "linear" : "nearest" });
  }
  /** The space bar: with a drag it pans, alone it resets the window. @param {boolean} down */
  hold(down) {
    if (down && !this.space) this.used = false;
    this.space = down;
    this.viewer.root.classList.toggle("ctkit-grab", down);
    return true;
  }
  /** @param {KeyboardEvent} event */
  onKeyUp({ key }) {
    if (key !== " " || !this.space) return;
    this.hold(false);
    if (!this.used && !this.viewer.gestures.gesture) this.reset();
  }
  /** The window as it was at first; where it is that already, planes as they are in the volume. */
  reset() {
    const { home, center, width, invert: invert2 } = read(this.viewer.model);
    const isHome = center === home.center && width === home.width && !invert2;
    this.viewer.hand.set({ ...home, invert: false, ...isHome ? { normal: null } : {} });
  }
  // ---- the menu of the page
  /**
   * A drag of the right button opens none. On some systems it would open at the press, before
   * anyone knows.
   * @param {MouseEvent} event
   */
  onMenu(event) {
    if (!this.isOver(event) || !event.isTrusted) return;
    const { gesture, dragged } = this.viewer.gestures;
    this.menu = gesture?.kind === "zoom";
    if (!this.menu && event.timeStamp - dragged > AFTER) return;
    event.preventDefault();
    event.stopPropagation();
  }
  /** The menu that was held back, where the button went up with no drag. @param {PointerEvent} event */
  openMenu({ target, clientX, clientY }) {
    if (!this.menu) return;
    this.menu = false;
    const words = { bubbles: true, cancelable: true, button: 2, clientX, clientY };
    target?.dispatchEvent(new MouseEvent("contextmenu", words));
  }
};

// ctkit/widgets/view/hand.js
var REST2 = 200;
var Hand = class {
  /**
   * @param {Model} model
   * @param {import("./geometry.js").Grid} grid of the first volume
   * @param {{redraw: () => void, preview: (state: State) => void}} show
   */
  constructor(model, grid, show) {
    this.model = model;
    this.grid = grid;
    this.show = show;
    this.held = null;
    this.telling = void 0;
  }
  /** The state of the model, or one to come, with what the hand holds on top. */
  inSight(state = read(this.model)) {
    let seen = state;
    for (const [name, value] of Object.entries(this.held ?? {})) {
      seen = settle(name, { ...seen, [name]: value }, this.grid);
    }
    return seen;
  }
  /**
   * While a gesture lasts. All that hears of it, the sliders, the kernel, JupyterLab at each
   * of its answers, takes several frames: so they are told when the hand rests.
   * @param {Partial<State>} patch
   */
  hold(patch) {
    this.held = { ...this.held, ...patch };
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tell(), REST2);
    this.show.redraw();
    return true;
  }
  tell() {
    clearTimeout(this.telling);
    if (this.held) save(this.model, this.held);
  }
  /** Let go when nothing more comes for a while: a wheel never goes up. */
  rest() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.letGo(), REST2);
  }
  letGo() {
    this.tell();
    this.held = null;
  }
  /** Set at once. @param {Partial<State>} patch */
  set(patch) {
    this.held = { ...this.held, ...patch };
    this.show.preview(read(this.model));
    this.letGo();
    return true;
  }
  close() {
    clearTimeout(this.telling);
  }
};

// ctkit/widgets/view/history.js
var STEPS = 100;
var History = class {
  /** @param {import("./viewer.js").Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.past = [];
    this.future = [];
    this.now = viewer.model.get("drawn") ?? [];
  }
  /**
   * Keep what was there before a change, whoever made it. A drag is one step: nothing is kept
   * while the hand holds the marks, nor while a mark still lacks points.
   */
  note() {
    const { hand, model, marking, walk } = this.viewer;
    if (hand.held?.drawn || marking.open || walk.points) return;
    const drawn2 = model.get("drawn") ?? [];
    if (drawn2 === this.now) return;
    const changed2 = shapes(drawn2) !== shapes(this.now);
    if (changed2) {
      this.past = [...this.past, this.now].slice(-STEPS);
      this.future = [];
    }
    this.now = drawn2;
  }
  undo() {
    return this.go(this.past, this.future);
  }
  redo() {
    return this.go(this.future, this.past);
  }
  /** @param {Mark[][]} from @param {Mark[][]} to */
  go(from, to) {
    this.note();
    const drawn2 = from.pop();
    if (!drawn2) return false;
    to.push(this.now);
    this.now = drawn2;
    this.viewer.marking.selected = null;
    this.viewer.hand.set({ drawn: this.viewer.marking.measured(drawn2) });
    this.now = this.viewer.model.get("drawn");
    this.viewer.redraw();
    return true;
  }
};
var shapes = (drawn2) => JSON.stringify(drawn2.map(({ kind, name, visible, points }) => [kind, name, visible, points]));

// ctkit/widgets/view/markkeys.js
function onHistoryKey(event, viewer) {
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key)) return false;
  const back = key === "z" && !event.shiftKey;
  if (back) viewer.history.undo();
  else viewer.history.redo();
  event.preventDefault();
  event.stopPropagation();
  return true;
}
function onMarkKey(key, shift, right, down, viewer) {
  const { marking, walk } = viewer;
  if (right || down) return !shift && marking.nudge(right, down);
  if (key === "Enter") return walk.set();
  if (key === ".") return marking.grow(1);
  if (key === ",") return marking.grow(-1);
  if (key.toLowerCase() === "k") return marking.next(shift ? -1 : 1);
  if (key !== "Escape" || viewer.gestures.gesture) return false;
  return walk.cancel() || marking.cancel() || marking.steering && marking.select(null);
}

// ctkit/widgets/view/tools.js
var TOOLS = [
  {
    name: "window",
    title: "Drag changes the window (w)",
    letter: "w",
    drag: true,
    icon: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18"
  },
  {
    name: "ruler",
    title: "Ruler: drag a length, or Enter (l)",
    letter: "l",
    drag: true,
    icon: "M4 16 16 4l4 4L8 20zM8 12l2 2M11 9l2 2M14 6l2 2"
  },
  {
    name: "ellipse",
    title: "Region, ellipse: drag, or Enter (e)",
    letter: "e",
    drag: true,
    icon: "M3 12a9 6 0 1 0 18 0a9 6 0 1 0-18 0"
  },
  {
    name: "rectangle",
    title: "Region, rectangle: drag, or Enter (r)",
    letter: "r",
    drag: true,
    icon: "M4 6h16v12H4z"
  },
  {
    name: "freehand",
    title: "Region, freehand: drag around it, or Enter (d)",
    letter: "d",
    drag: true,
    icon: "M5 16c-3-5 1-11 6-9 3 1 4-2 7 0 4 3 1 10-3 11-4 1-8 1-10-2"
  },
  {
    name: "angle",
    title: "Angle: drag one arm, then set the other, or Enter (a)",
    letter: "a",
    drag: true,
    icon: "M4 19h16M4 19 16 5M11 19a7 7 0 0 0-2.5-5.3"
  },
  {
    name: "point",
    title: "Point: press, or Enter (p)",
    letter: "p",
    drag: true,
    icon: "M12 3v6M12 15v6M3 12h6M15 12h6"
  },
  {
    name: "clear",
    title: "Remove the chosen mark, or all (Delete)",
    letter: "Delete",
    icon: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13"
  },
  {
    name: "fit",
    title: "Fit the picture (f)",
    letter: "f",
    icon: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"
  },
  {
    name: "nearest",
    title: "Sharp pixels (n)",
    letter: "n",
    icon: "M4 4h16v16H4zM4 12h16M12 4v16"
  },
  {
    name: "turn",
    title: "Oblique: drag, or Shift + arrows, turns the picture (o)",
    letter: "o",
    drag: true,
    icon: "M4 9a9 4 0 1 0 3-2.4M7 3v4h4M12 12l6 7"
  },
  {
    name: "slab",
    title: "Slab: highest, lowest or mean values of many slices (t)",
    letter: "t",
    icon: "M4 8l8-4 8 4-8 4zM4 12l8 4 8-4M4 16l8 4 8-4"
  },
  { name: "play", title: "Play the slices (c)", letter: "c", icon: "M7 4l13 8-13 8z" },
  {
    name: "save",
    title: "Save the picture as PNG (s)",
    letter: "s",
    icon: "M12 4v11M7 10l5 5 5-5M4 20h16"
  },
  {
    name: "copy",
    title: "Copy the state as a line of Python (y)",
    letter: "y",
    icon: "M8 8h12v12H8zM16 8V4H4v12h4"
  },
  {
    name: "flip",
    title: "Flicker: show the other volume (b)",
    letter: "b",
    icon: "M4 9h14l-4-4M20 15H6l4 4"
  },
  {
    name: "help",
    title: "Mouse and keys (?)",
    letter: "?",
    icon: "M9 9a3 3 0 1 1 4 2.8c-.8.4-1 1-1 2.2M12 18v.5"
  }
];
var Toolbar = class {
  /** @param {Element} parent @param {Viewer} viewer */
  constructor(parent, viewer) {
    const words = { role: "toolbar", "aria-label": "Tools of the picture" };
    const bar2 = make("div", "ctkit-tools", parent, words);
    this.buttons = {};
    let group = bar2;
    for (const { name, title, icon } of TOOLS) {
      if (name === "save") group = make("div", "ctkit-tools-last", bar2);
      const told3 = { type: "button", title, "aria-label": title };
      const button = make("button", `ctkit-tool ctkit-tool-${name}`, group, told3);
      const svg = makeSvg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, button);
      makeSvg("path", { d: icon }, svg);
      button.addEventListener("click", () => viewer.useTool(name), { signal: viewer.stop.signal });
      this.buttons[name] = button;
    }
  }
  /** @param {string} tool in hand @param {Record<string, boolean>} on which of the others are on */
  draw(tool, on) {
    const press = (name, pressed) => setAttribute(this.buttons[name], "aria-pressed", String(pressed));
    for (const { name, drag } of TOOLS) if (drag) press(name, tool === name);
    for (const [name, pressed] of Object.entries(on)) press(name, pressed);
  }
};

// ctkit/widgets/view/keys.js
var ARROWS = {
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0]
};
var CODES = { BracketLeft: "[", BracketRight: "]", Minus: "-", Equal: "+", Backspace: "Delete" };
function meanings({ key, code }) {
  const latin = /^[a-z0-9]$/i.test(key);
  const place3 = code.replace(/^(Key|Digit|Numpad)(?=.$)/, "").toLowerCase();
  const placed2 = CODES[code] ?? (place3.length === 1 ? place3 : key);
  return [.../* @__PURE__ */ new Set([key, latin ? key.toLowerCase() : placed2])];
}
function onKey(event, viewer) {
  if (onHistoryKey(event, viewer)) return;
  const written2 = event.getModifierState("AltGraph");
  const held = (event.ctrlKey || event.metaKey || event.altKey) && !written2;
  if (held ? !look(event, viewer) : !meanings(event).some((key) => act(key, event.shiftKey, viewer)))
    return;
  event.preventDefault();
  event.stopPropagation();
}
function look({ key, ctrlKey, altKey, metaKey, shiftKey }, viewer) {
  if (!(key in ARROWS) || metaKey || shiftKey || ctrlKey && altKey) return false;
  return viewer.framing.look(ARROWS[key]);
}
function onSliceSlider(event, viewer) {
  const slider = (
    /** @type {Element} */
    event.target.closest?.(".ctkit-slice")
  );
  const ours = slider?.closest(".ctkit-explorer")?.contains(viewer.root);
  const steps2 = { ArrowUp: -1, ArrowDown: 1, PageUp: -5, PageDown: 5 }[event.key];
  if (!ours || !steps2 || event.ctrlKey || event.metaKey || event.altKey) return;
  viewer.goTo(read(viewer.model).slice + steps2);
  event.preventDefault();
  event.stopPropagation();
}
function act(key, shift, viewer) {
  const state = read(viewer.model);
  const [right, down] = ARROWS[key] ?? [0, 0];
  if (onMarkKey(key, shift, right, down, viewer)) return true;
  if (key in ARROWS && shift) return moveCursor(viewer, state, ARROWS[key]);
  const slice = sliceOf3(key, state);
  if (slice !== void 0) return viewer.goTo(slice);
  const preset = state.presets.find((row) => row[3] === key);
  if (preset) return viewer.hand.set({ center: preset[1], width: preset[2] });
  const tool = TOOLS.find(({ letter }) => letter === key);
  if (tool) return viewer.useTool(tool.name);
  return actions(viewer, state)[key]?.() ?? false;
}
function sliceOf3(key, { slice, max_slice }) {
  const [right, down] = ARROWS[key] ?? [0, 0];
  if (right || down) return slice + right + down;
  return { PageDown: slice + 5, PageUp: slice - 5, Home: 0, End: max_slice }[key];
}
function actions(viewer, { invert: invert2, curtain: curtain2 }) {
  const { framing, hand, slab } = viewer;
  return {
    i: () => hand.set({ invert: !invert2 }),
    h: () => viewer.legend.turn(),
    " ": () => framing.hold(true),
    "[": () => moveCurtain(viewer, curtain2 - 0.05),
    "]": () => moveCurtain(viewer, curtain2 + 0.05),
    "+": () => framing.zoomBy(1),
    "-": () => framing.zoomBy(-1),
    z: () => viewer.maximise(),
    ">": () => viewer.cine.quicken(1),
    "<": () => viewer.cine.quicken(-1),
    "{": () => viewer.cine.begin(),
    "}": () => viewer.cine.end(),
    m: () => viewer.lens.hold(true),
    x: () => slab.turn(),
    9: () => slab.grow(-1),
    0: () => slab.grow(1),
    Escape: () => viewer.gestures.cancel() || viewer.sheet.close()
  };
}
function moveCurtain(viewer, to) {
  if (Number.isNaN(to)) return false;
  return viewer.hand.set({ curtain: clamp(to, 0, 1) });
}
function moveCursor(viewer, { convention, plane, cursor }, [right, down]) {
  if (viewer.tool === "turn") return viewer.turning.turn([right, down]);
  const turned = viewer.turning.moved([right, down]);
  if (turned)
    return viewer.hand.set({ ...turned, ...viewer.walk.to(turned.through), pinned: true });
  const { shape, layouts, affine } = viewer.first;
  const layout = layouts[convention][viewer.active.wanted.plane ?? plane];
  const moved2 = [...cursor];
  moved2[layout.across] += layout.flip_across ? -right : right;
  moved2[layout.down] += layout.flip_down ? -down : down;
  const kept2 = moved2.map((n, i) => clamp(n, 0, shape[i] - 1));
  return viewer.hand.set({
    cursor: kept2,
    pinned: true,
    ...viewer.walk.to(applyAffine(affine, kept2))
  });
}

// ctkit/widgets/view/beside.js
function putBeside(list, root) {
  if (list.parentElement !== root) return;
  const box = root.closest(".ctkit-explorer");
  const panels = ":scope > .ctkit-panel:not(.ctkit-parameters), :scope > .ctkit-native";
  box?.querySelector(panels)?.append(list);
}

// ctkit/widgets/view/legend.js
var EYE = "M2 12s4-6.5 10-6.5S22 12 22 12s-4 6.5-10 6.5S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6";
var STRUCK = "M4 4l16 16";
function millilitres(ml) {
  if (ml === null) return "… ml";
  const digits = ml >= 100 || ml === 0 ? 0 : ml >= 10 ? 1 : ml >= 1 ? 2 : 3;
  return `${ml.toFixed(digits)} ml`;
}
var Legend = class {
  /** @param {Element} parent @param {import("./viewer.js").Viewer} viewer */
  constructor(parent, viewer) {
    this.viewer = viewer;
    this.home = parent;
    this.root = make("details", "ctkit-list ctkit-labels", parent, { open: "" });
    this.root.hidden = true;
    this.title = make("summary", "", this.root);
    const list = { role: "list", "aria-label": "Labels of the mask" };
    this.list = make("div", "ctkit-list-rows", this.root, list);
    this.rows = [];
    this.before = [];
    this.all = this.addAll();
    this.shown = {};
  }
  /** @param {State} state */
  draw({ labels = [], opacity, outline }) {
    const { shown } = this;
    if (labels.length) putBeside(this.root, this.home);
    if (shown.labels === labels && shown.opacity === opacity && shown.outline === outline) return;
    this.shown = { labels, opacity, outline };
    setHidden(this.root, !labels.length);
    while (this.rows.length > labels.length) this.dropRow();
    while (this.rows.length < labels.length) this.rows.push(this.addRow(this.rows.length));
    setText(this.title, labels.length === 1 ? "Mask" : `Labels (${labels.length})`);
    this.root.classList.toggle("ctkit-list-one", labels.length === 1);
    labels.forEach((label3, place3) => {
      const part = labels.length === 1 ? opacity : label3.opacity;
      this.drawRow(this.rows[place3], label3, part);
    });
    this.drawAll(labels, opacity, outline);
  }
  remove() {
    this.root.remove();
  }
  // ---- one label
  /** @param {number} place @returns {Row} */
  addRow(place3) {
    const root = make("div", "ctkit-list-row", this.list, { role: "listitem" });
    const color = control(make("input", "ctkit-swatch", root, { type: "color" }));
    const name = make("span", "ctkit-list-name", root);
    const ml = make("span", "ctkit-list-value", root);
    const opacity = addSlider(root);
    const eye = addEye(root);
    this.listen(color, () => this.hold(place3, { color: color.value }));
    this.listen(opacity, () => this.fade(place3, opacity.valueAsNumber / 100));
    this.onClick(eye, () => this.set(place3, { visible: !this.labels[place3].visible }));
    return { color, name, ml, opacity, eye };
  }
  dropRow() {
    this.rows.pop()?.name.parentElement?.remove();
  }
  /** @param {Row} row @param {Label} label @param {number} part */
  drawRow(row, label3, part) {
    const { name, ml, visible } = label3;
    row.color.value = label3.color;
    setAttribute(row.color, "aria-label", `color of ${name}`);
    setText(row.name, name);
    setAttribute(row.name, "title", name);
    setText(row.ml, millilitres(ml));
    showPercent(row.opacity, part, `opacity of ${name}`);
    setSeen(row.eye, visible, `show ${name}`);
    row.name.parentElement?.classList.toggle("ctkit-unseen", !visible);
  }
  // ---- all of them
  addAll() {
    const root = make("div", "ctkit-list-row ctkit-list-all", this.root);
    const label3 = make("label", "ctkit-list-name", root);
    const outline = control(make("input", "ctkit-list-tick", label3, { type: "checkbox" }));
    label3.append(" outline");
    const name = make("span", "ctkit-list-value", root);
    name.textContent = "all";
    const opacity = addSlider(root);
    const eye = addEye(root);
    this.onChange(outline, () => this.viewer.hand.set({ outline: outline.checked }));
    this.listen(opacity, () => this.viewer.hand.hold({ opacity: opacity.valueAsNumber / 100 }));
    this.onClick(eye, () => this.turn());
    return { outline, opacity, eye };
  }
  /** @param {Label[]} labels @param {number} opacity @param {boolean} outline */
  drawAll(labels, opacity, outline) {
    this.all.outline.checked = outline;
    showPercent(this.all.opacity, opacity, "opacity of all");
    const seen = labels.some(({ visible }) => visible);
    setSeen(this.all.eye, seen, "show all");
  }
  // ---- what a hand does
  get labels() {
    return this.viewer.hand.inSight().labels;
  }
  /** @param {number} place @param {Partial<Label>} patch */
  changed(place3, patch) {
    return this.labels.map((label3, i) => i === place3 ? { ...label3, ...patch } : label3);
  }
  /** @param {number} place @param {Partial<Label>} patch */
  set(place3, patch) {
    this.viewer.hand.set({ labels: this.changed(place3, patch) });
  }
  /**
   * Hide all, or show again those that were to be seen before.
   * @returns {boolean} whether there are any
   */
  turn() {
    const { labels } = this;
    if (!labels?.length) return false;
    const seen = labels.filter(({ visible }) => visible).map(({ value }) => value);
    const again = seen.length ? [] : this.before;
    if (seen.length) this.before = seen;
    const isAgain = (value) => !again.length || again.includes(value);
    return this.viewer.hand.set({
      labels: labels.map((label3) => ({ ...label3, visible: !seen.length && isAgain(label3.value) }))
    });
  }
  /** While a gesture lasts. @param {number} place @param {Partial<Label>} patch */
  hold(place3, patch) {
    this.viewer.hand.hold({ labels: this.changed(place3, patch) });
  }
  /** Of a mask alone it is the opacity of all. @param {number} place @param {number} opacity */
  fade(place3, opacity) {
    if (this.labels.length === 1) this.viewer.hand.hold({ opacity });
    else this.hold(place3, { opacity });
  }
  /** @param {HTMLInputElement} input @param {() => void} move while it is moved */
  listen(input2, move) {
    input2.addEventListener("input", move, { signal: this.viewer.stop.signal });
    this.onChange(input2, () => this.viewer.hand.letGo());
  }
  /** @param {HTMLInputElement} input @param {() => void} act */
  onChange(input2, act2) {
    input2.addEventListener("change", act2, { signal: this.viewer.stop.signal });
  }
  /** @param {HTMLButtonElement} button @param {() => void} act */
  onClick(button, act2) {
    button.addEventListener("click", act2, { signal: this.viewer.stop.signal });
  }
};
function control(element) {
  element.dataset.lmSuppressShortcuts = "true";
  return element;
}
function addSlider(parent) {
  return control(make("input", "ctkit-list-slider", parent, { type: "range", max: 100 }));
}
function showPercent(slider, part, name) {
  const percent2 = number(Math.round(part * 100));
  if (slider.value !== percent2) slider.value = percent2;
  setAttribute(slider, "aria-label", name);
  setAttribute(slider, "title", `${name}: ${percent2} %`);
  setAttribute(slider, "aria-valuetext", `${percent2} %`);
}
function addEye(parent) {
  const button = control(make("button", "ctkit-eye", parent, { type: "button" }));
  const svg = makeSvg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, button);
  makeSvg("path", { d: EYE }, svg);
  makeSvg("path", { d: STRUCK, class: "ctkit-struck" }, svg);
  return button;
}
function setSeen(eye, seen, name) {
  setAttribute(eye, "aria-pressed", String(seen));
  setAttribute(eye, "aria-label", name);
  setAttribute(eye, "title", seen ? name.replace("show", "hide") : name);
}

// ctkit/widgets/view/layer.js
var Layer = class {
  /** @param {Element} stage @param {string} className */
  constructor(stage, className) {
    this.canvas = make("canvas", className, stage);
    this.context = /** @type {CanvasRenderingContext2D} */
    this.canvas.getContext("2d");
    this.painted = this.clipped = "";
    this.seen = [0, 0];
    this.data = null;
    this.pixels = null;
    this.box = { left: 0, top: 0, width: 0, height: 0 };
  }
  /**
   * Paint anew where `wanted` is not what was painted last.
   * @param {string} wanted
   * @param {{rows: number, columns: number}} size
   * @param {(pixels: Uint32Array) => void} fill
   */
  paint(wanted, { rows, columns }, fill) {
    if (wanted === this.painted) return;
    if (!this.data || this.canvas.width !== columns || this.canvas.height !== rows) {
      this.canvas.width = columns;
      this.canvas.height = rows;
      this.data = new ImageData(columns, rows);
      this.pixels = new Uint32Array(this.data.data.buffer);
    }
    this.painted = wanted;
    if (this.pixels) fill(this.pixels);
    this.context.putImageData(this.data, 0, 0);
  }
  /** Show nothing, or again what was painted. @param {boolean} shown */
  show(shown) {
    setHidden(this.canvas, !shown);
  }
  /**
   * Let only a part be seen: a canvas that is hidden could not be reached by a key.
   * @param {number[]} seen from which x to which of the stage
   * @param {number} wide the stage
   */
  clip(seen, wide) {
    this.seen = seen;
    const { left, width } = this.box;
    const [from, to] = seen.map((x) => clamp(x - left, 0, width));
    const whole2 = seen[0] <= 0 && seen[1] >= wide;
    const [start, end] = [from, width - to].map((n) => percent(n, width || 1));
    const clip = whole2 ? "" : `inset(0 ${end} 0 ${start})`;
    if (clip !== this.clipped) this.canvas.style.clipPath = this.clipped = clip;
  }
  /**
   * Put the picture into a box of its stage.
   * @param {import("./overlay.js").Box} box
   * @param {number} wide of the stage
   * @param {number} high
   */
  place(box, wide, high) {
    this.box = box;
    placeIn(this.canvas.style, box, wide, high);
  }
  /** Whoever still holds the canvas of a closed view holds no pixels. */
  free() {
    this.canvas.width = this.canvas.height = 0;
    this.data = this.pixels = null;
  }
};
var percent = (part, whole2) => `${100 * part / whole2}%`;
function placeIn(style, box, wide, high) {
  [style.left, style.top] = [percent(box.left, wide), percent(box.top, high)];
  [style.width, style.height] = [percent(box.width, wide), percent(box.height, high)];
}

// ctkit/widgets/view/pane.js
var SIDES2 = ["left", "right", "top", "bottom"];
var PLACES = ["tl", "tr", "bl", "br", ...SIDES2, "measure", "nothing"];
var OF_PLACE = (
  /** @type {const} */
  [
    ...["plane", "slice", "cursor", "position", "convention"],
    ...["normal", "through", "slab", "projection"]
  ]
);
var LOADING2 = "loading";
var PREVIEW = "preview";
var UNANSWERED = "loading: no kernel answers";
var Pane = class {
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
    this.paths = {};
    this.halos = {};
    this.texts = this.addTexts();
    this.markLabels = [];
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.dataset.lmSuppressShortcuts = "true";
    this.wide = 1;
    this.high = 1;
    this.placed = "";
    this.seen = null;
    this.isOver = false;
    this.waiting = false;
    this.isPreview = false;
    this.curtainAt = null;
    this.colours = null;
    this.labelled = null;
    this.shown = null;
    this.overlay = null;
    this.sources = null;
  }
  /** @returns {Record<string, HTMLElement>} */
  addTexts() {
    const hidden = { "aria-hidden": "true" };
    const text2 = (place3) => make("div", `ctkit-text ctkit-${place3}`, this.stage, hidden);
    return Object.fromEntries(PLACES.map((place3) => [place3, text2(place3)]));
  }
  /** Keep the size of the stage: reading it while drawing would lay the whole page out anew. */
  keepSize() {
    const { width, height } = this.stage.getBoundingClientRect();
    [this.wide, this.high] = [width || 1, height || 1];
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
  heldOf({ base, over, mask: mask2 }, blend) {
    let missing = false;
    const held = (picture2, hold) => {
      if (!picture2 || picture2.slice === null) return null;
      const found = hold(picture2, picture2.slice);
      missing ||= !found;
      return found;
    };
    const own = ({ of, layout }, slice) => this.sourceOf(of).seen(layout, slice);
    const difference = ({ of, layout }, slice) => differenceSeen(this.sourceOf(base.of), this.sourceOf(of), layout, slice);
    const come = {
      base: held(base, own),
      over: held(over, blend === "difference" ? difference : own),
      mask: held(mask2, own)
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
    const place3 = Object.fromEntries(OF_PLACE.map((name) => [name, this.seen?.[name]]));
    return { ...state, ...place3 };
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
    const { values, steps: steps2 } = held;
    layer.paint(`${held.id};${table.id}`, steps2, (pixels) => {
      if (values instanceof Float32Array) fillFloats(pixels, values, table, steps2);
      else fillPlane(pixels, values, table.packed, steps2);
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
    const known2 = this.labelled;
    if (known2?.labels !== labels || known2.overlaps !== overlaps || known2.opacity !== opacity) {
      const paint2 = paintOf(labels, overlaps, opacity);
      this.labelled = { labels, overlaps, opacity, paint: paint2, id: (known2?.id ?? 0) + 1 };
    }
    const { paint, id } = (
      /** @type {Labelled} */
      this.labelled
    );
    this.maskLayer.paint(
      [held.id, id, outline].join(),
      held.steps,
      (pixels) => fillLabels(pixels, held.values, held.steps, paint, outline)
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
    const values = (
      /** @type {Float32Array} */
      held.values
    );
    this.top.paint(
      `difference;${held.id};${limit}`,
      held.steps,
      (pixels) => fillDifference(pixels, values, limit, colours)
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
    for (const { place: place3, text: text2 } of this.overlay.texts) {
      if (place3 !== "label") setText(this.texts[place3], text2);
    }
    this.drawLabels(this.overlay.texts.filter(({ place: place3 }) => place3 === "label"));
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
    const words = lost ? UNANSWERED : LOADING2;
    overlay.label = this.seen ? `${words}; still ${overlay.label}` : words;
    if (!this.seen) {
      overlay.lines = [];
      overlay.texts = overlay.texts.filter(({ place: place3 }) => place3 !== "label");
    }
    for (const text2 of overlay.texts) {
      if (text2.place === "nothing") text2.text = words;
      else if (!this.seen) text2.text = "";
    }
  }
  /** That the picture is coarser than the one to come. @param {import("./overlay.js").Overlay} overlay */
  sayPreview(overlay) {
    overlay.label = `${PREVIEW}, ${overlay.label}`;
    for (const text2 of overlay.texts) if (text2.place === "tl") text2.text += `
${PREVIEW}`;
  }
  /** @param {import("./overlay.js").Overlay} overlay */
  place({ boxes, ground, texts: texts3 }) {
    const nothing = texts3.find(({ place: place3 }) => place3 === "nothing");
    const key = JSON.stringify([this.wide, this.high, boxes, ground, nothing?.x]);
    if (key === this.placed) return;
    this.placed = key;
    this.base.place(boxes.base, this.wide, this.high);
    if (boxes.over) this.top.place(boxes.over, this.wide, this.high);
    if (boxes.mask) this.maskLayer.place(boxes.mask, this.wide, this.high);
    this.ground.hidden = !ground;
    if (ground) placeIn(this.ground.style, ground, this.wide, this.high);
    this.marks.setAttribute("viewBox", `0 0 ${this.wide} ${this.high}`);
    for (const text2 of texts3) {
      if (text2.place !== "label") this.placeText(this.texts[text2.place].style, text2);
    }
  }
  /** The labels of the marks on this slice. @param {import("./overlay.js").Text[]} texts */
  drawLabels(texts3) {
    const missing = texts3.length - this.markLabels.length;
    for (let i = 0; i < missing; i++) {
      this.markLabels.push(
        make("div", "ctkit-text ctkit-mark-label", this.stage, { "aria-hidden": "true" })
      );
    }
    this.markLabels.forEach((label3, i) => {
      setText(label3, texts3[i]?.text ?? "");
      const key = texts3[i] ? JSON.stringify(texts3[i]) : "";
      if (!key || label3.dataset.at === key) return;
      label3.dataset.at = key;
      label3.removeAttribute("style");
      this.placeText(label3.style, texts3[i]);
    });
  }
  /** What a text of the description is drawn as. @param {string} place */
  elementOf(place3) {
    return place3 === "label" ? this.markLabels[0] : this.texts[place3];
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
    const wanted = {};
    for (const line2 of lines) wanted[line2.name] = (wanted[line2.name] ?? "") + pathOf(line2);
    for (const name of Object.keys(this.paths)) wanted[name] ??= "";
    for (const [name, d] of Object.entries(wanted)) {
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
  clip(state, { clips: clips2 }) {
    this.curtainAt = curtainAt(state, this.shown?.over ?? null, this.wide);
    this.base.clip(clips2.base, this.wide);
    this.top.clip(clips2.over, this.wide);
    this.top.show(this.isOver && clips2.over[1] > clips2.over[0]);
  }
  // ---- from the page to the volume
  /**
   * The index (fractions too) in the stack of the picture of a point of the page, whether or not
   * it lies inside.
   * @param {{clientX: number, clientY: number}} event
   */
  stackPointAt({ clientX, clientY }) {
    const { of, layout, slice } = (
      /** @type {import("./overlay.js").Pictures} */
      this.shown.base
    );
    const box = this.canvas.getBoundingClientRect();
    const [rows, columns] = [layout.shape[layout.down], layout.shape[layout.across]];
    const column2 = (clientX - box.left) / box.width * columns - 0.5;
    const row = (clientY - box.top) / box.height * rows - 0.5;
    return toIndex(layout, layout.shape, slice ?? this.sliceOf(of, layout), row, column2);
  }
  /** A point of the page on the stage: x, y. @param {{clientX: number, clientY: number}} event */
  stagePointAt({ clientX, clientY }) {
    const box = this.stage.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  }
  /** A point of the page in mm, whether or not it lies inside. @param {{clientX: number, clientY: number}} event */
  millimetresAt(event) {
    const { layout } = (
      /** @type {import("./overlay.js").Pictures} */
      this.shown.base
    );
    return applyAffine(layout.affine, this.stackPointAt(event));
  }
  /** Where a place in mm is on the stage: x, y. @param {number[]} place */
  stageAt(place3) {
    const { base } = (
      /** @type {import("./overlay.js").Pictures} */
      this.shown
    );
    const { boxes } = (
      /** @type {import("./overlay.js").Overlay} */
      this.overlay
    );
    return stagePoint(applyAffine(inverseOf(base.layout), place3), base, boxes.base);
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
    const inside2 = index.every((n, axis) => n >= -0.5 && n < layout.shape[axis] - 0.5);
    return inside2 ? applyAffine(layout.affine, index) : null;
  }
  /**
   * The index (fractions too) of the first volume at a point of the page.
   * @param {{clientX: number, clientY: number}} event
   */
  pointAt(event) {
    const { layout } = (
      /** @type {import("./overlay.js").Pictures} */
      this.shown.base
    );
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
    const place3 = this.placeAt(event);
    if (!this.shown || !this.seen || !place3) return null;
    const first = this.sourceOf("voxels");
    if (this.shown.base.layout.turned) return first.indexAt(place3);
    const index = this.pointAt(event).map(Math.round);
    if (!this.isOwn) {
      const { convention, cursor } = (
        /** @type {State} */
        this.seen
      );
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
  valueAt(of, place3, state) {
    const { sources } = this;
    if (!sources || this.waiting) return void 0;
    const { layout, slice } = picture(state, sources, this.wanted.plane ?? state.plane, of);
    if (slice === null) return null;
    const source = this.sourceOf(of);
    const held = source.seen(layout, slice);
    if (!held || held.preview) return void 0;
    const index = applyAffine(inverseOf(layout), place3).map(Math.round);
    const [row, column2] = toPicture(layout, layout.shape, index);
    const { rows, columns, rowStep, columnStep, start } = held.steps;
    if (row < 0 || row >= rows || column2 < 0 || column2 >= columns) return null;
    const value = source.numbers(held.values)[start + row * rowStep + column2 * columnStep];
    return value === NOTHING3 ? null : value;
  }
  /**
   * What a click on a point of the page sets; null where the first volume has no voxel.
   * @param {{clientX: number, clientY: number}} event
   * @returns {Partial<State>|null}
   */
  goalAt(event) {
    const cursor = this.voxelAt(event);
    if (!cursor) return null;
    const through = this.shown?.base.layout.turned ? this.placeAt(event) : null;
    return through ? { through, cursor } : { cursor };
  }
  free() {
    for (const layer of [this.base, this.top, this.maskLayer]) layer.free();
  }
};
function pathOf({ paths = [], ellipse: ellipse2 }) {
  if (!ellipse2)
    return paths.map((points) => `M${points.map((p) => p.join(" ")).join("L")}`).join("");
  const [left, top, right, bottom] = ellipse2;
  const [rx, ry] = [(right - left) / 2, (bottom - top) / 2];
  return `M${left} ${top + ry}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0`;
}

// ctkit/widgets/view/saving.js
var FINER = 2;
function savePng(panes2, state, saved) {
  const link2 = document.createElement("a");
  const window2 = `c${state.center}_w${state.width}`;
  link2.download = `ctkit_${state.plane}_${state.slice}_${window2}.png`;
  drawScreen(panes2).toBlob((blob) => {
    if (!blob) return;
    link2.href = URL.createObjectURL(blob);
    link2.click();
    setTimeout(() => URL.revokeObjectURL(link2.href), 1e3);
    saved();
  });
}
function drawScreen(panes2) {
  const boxes = panes2.map((pane) => pane.stage.getBoundingClientRect());
  const left = Math.min(...boxes.map((box) => box.left));
  const top = Math.min(...boxes.map((box) => box.top));
  const canvas = document.createElement("canvas");
  canvas.width = FINER * (Math.max(...boxes.map((box) => box.right)) - left);
  canvas.height = FINER * (Math.max(...boxes.map((box) => box.bottom)) - top);
  const context = (
    /** @type {CanvasRenderingContext2D} */
    canvas.getContext("2d")
  );
  panes2.forEach((pane, i) => {
    context.save();
    const [x, y] = [boxes[i].left - left, boxes[i].top - top];
    context.setTransform(FINER, 0, 0, FINER, FINER * x, FINER * y);
    drawPane(context, pane);
    context.restore();
  });
  return canvas;
}
function drawPane(context, pane) {
  clipTo(context, 0, pane);
  context.fillStyle = "#000";
  context.fill();
  drawPictures(context, pane);
  const lines = pane.overlay?.lines.filter(({ name }) => name !== "grip") ?? [];
  for (const line2 of lines) drawLine(context, line2, pane);
  for (const text2 of pane.overlay?.texts ?? []) drawText(context, text2, pane);
}
function drawPictures(context, pane) {
  drawGround(context, pane);
  for (const layer of [pane.base, pane.top, pane.maskLayer]) drawLayer(context, layer, pane);
}
function drawGround(context, { overlay, ground }) {
  if (!overlay?.ground) return;
  const { left, top, width, height } = overlay.ground;
  context.fillStyle = getComputedStyle(ground).backgroundColor;
  context.fillRect(left, top, width, height);
}
function clipTo(context, left, { wide, high }, right = wide) {
  context.beginPath();
  context.rect(left, 0, right - left, high);
  context.clip();
}
function drawLayer(context, layer, pane) {
  if (layer.canvas.hidden || !layer.data) return;
  context.save();
  if (layer !== pane.maskLayer) clipTo(context, layer.seen[0], pane, layer.seen[1]);
  context.imageSmoothingEnabled = !pane.stage.matches(".ctkit-nearest");
  if (pane.waiting) context.globalAlpha = Number(getComputedStyle(layer.canvas).opacity);
  const { left, top, width, height } = layer.box;
  context.drawImage(layer.canvas, left, top, width, height);
  context.restore();
}
function drawLine(context, line2, pane) {
  const path = new Path2D(pathOf(line2));
  for (const element of [pane.halos[line2.name], pane.paths[line2.name]]) {
    const { stroke, strokeWidth, strokeOpacity } = getComputedStyle(element);
    context.lineWidth = Number.parseFloat(strokeWidth);
    context.strokeStyle = stroke;
    context.globalAlpha = Number(strokeOpacity);
    context.stroke(path);
  }
  context.globalAlpha = 1;
}
var LINE2 = 1.4;
function drawText(context, { place: place3, text: text2, x, y, align, base, size }, pane) {
  const style = getComputedStyle(pane.elementOf(place3));
  const lines = text2.split("\n");
  if (!text2) return;
  context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.textBaseline = "middle";
  context.textAlign = /** @type {CanvasTextAlign} */
  align;
  const high = size * LINE2;
  const above = { top: 0, middle: 0.5, bottom: 1 }[base] ?? 0;
  const top = y - above * high * lines.length;
  darken(context, style.backgroundColor, lines, [x, top, high * lines.length]);
  context.strokeStyle = "#000";
  context.lineWidth = 3;
  context.lineJoin = "round";
  lines.forEach((line2, i) => {
    context.strokeText(line2, x, top + (i + 0.5) * high);
    context.fillText(line2, x, top + (i + 0.5) * high);
  });
}
function darken(context, colour, lines, [x, top, high]) {
  const wide = Math.max(...lines.map((line2) => context.measureText(line2).width));
  const part = { left: 0, start: 0, center: 0.5, right: 1, end: 1 }[context.textAlign];
  const before = context.fillStyle;
  context.fillStyle = colour;
  context.fillRect(x - part * wide - 4, top - 1, wide + 8, high + 2);
  context.fillStyle = before;
}
function stateLine(state, grids) {
  const parts = PARTS.filter((part) => part.traits[0] in state);
  const words = parts.flatMap((part) => Object.entries(part.words?.(state, grids) ?? {}));
  const last = Object.entries(Object.fromEntries(words));
  return line(state.call, Object.fromEntries(last.filter(([, word2]) => word2 !== "")));
}

// ctkit/widgets/view/lens.js
var TIMES = 4;
var WIDE = 180;
var GAP3 = 4;
var ARM = 12;
var Lens = class {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.held = false;
    this.root = make("div", "ctkit-lens", null, { "aria-hidden": "true" });
    this.canvas = make("canvas", "", this.root);
    this.value = make("div", "ctkit-lens-value", this.root);
    const options = { signal: viewer.stop.signal };
    viewer.root.addEventListener("focusout", () => this.hold(false), options);
    const up = (event) => meanings(event).includes("m") && this.hold(false);
    viewer.root.addEventListener("keyup", up, options);
  }
  /** @param {boolean} held */
  hold(held) {
    if (held === this.held) return true;
    this.held = held;
    if (held) this.draw();
    else this.root.remove();
    return true;
  }
  /** What is under the pointer now, where the key is down. */
  draw() {
    if (!this.held) return;
    const { hovered } = this.viewer.probe;
    const pane = hovered?.pane ?? this.viewer.active;
    const place3 = hovered ? pane.placeAt(hovered) : this.viewer.probe.cursor();
    const at = hovered ? pane.stagePointAt(hovered) : place3 && pane.stageAt(place3);
    if (!at) return this.root.remove();
    if (this.root.parentElement !== pane.stage) pane.stage.append(this.root);
    this.put(pane, at);
    this.paint(pane, at);
    setText(this.value, place3 ? this.viewer.probe.wordsFor(place3, pane).hu : "");
  }
  /** Within the stage: at its edge the lens stays, and what it shows goes on. @param {Pane} pane @param {number[]} at */
  put({ wide, high }, [x, y]) {
    const [left, top] = [clamp(x - WIDE / 2, 0, wide - WIDE), clamp(y - WIDE / 2, 0, high - WIDE)];
    this.root.style.transform = `translate(${left}px, ${top}px)`;
  }
  /** @param {Pane} pane @param {number[]} at */
  paint(pane, [x, y]) {
    const finer = devicePixelRatio;
    const size = Math.round(WIDE * finer);
    if (this.canvas.width !== size) this.canvas.width = this.canvas.height = size;
    const context = (
      /** @type {CanvasRenderingContext2D} */
      this.canvas.getContext("2d")
    );
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, size, size);
    const scale = TIMES * finer;
    context.setTransform(scale, 0, 0, scale, size / 2 - x * scale, size / 2 - y * scale);
    context.save();
    drawPictures(context, pane);
    context.restore();
    context.setTransform(finer, 0, 0, finer, size / 2, size / 2);
    drawCross(context);
  }
};
function drawCross(context) {
  const arms = [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1]
  ];
  const path = new Path2D(
    arms.map(([x, y]) => `M${x * GAP3} ${y * GAP3}L${x * ARM} ${y * ARM}`).join("")
  );
  for (
    const [colour, width] of
    /** @type {const} */
    [
      ["#000", 3],
      ["#ffd43b", 1.2]
    ]
  ) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke(path);
  }
}

// ctkit/widgets/view/marking.js
var NEAR_GRIP = { mouse: 12, touch: 18 };
var NEAR_LINE = { mouse: 5, touch: 12 };
var STEP2 = 3;
var SMALLEST = 0.5;
var LARGEST = 200;
var DRAWING = ["ruler", "angle", "point", ...REGIONS];
var Marking = class {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.selected = null;
    this.steering = false;
    this.open = null;
  }
  /** The marks as they are in sight. @returns {Mark[]} */
  get drawn() {
    return this.viewer.hand.held?.drawn ?? this.viewer.model.get("drawn") ?? [];
  }
  /** Whether the tool in hand draws, or an angle waits for its second arm. */
  get isDrawing() {
    return this.open !== null || DRAWING.includes(this.viewer.tool);
  }
  /** The mark that is chosen. */
  get chosen() {
    return this.selected === null ? null : this.drawn[this.selected] ?? null;
  }
  /** A state that says which mark is chosen. @param {State} state @returns {State} */
  withSelected(state) {
    if (this.selected !== null && this.selected >= (state.drawn ?? []).length) {
      this.selected = null;
      this.steering = false;
    }
    return { ...state, selected: this.selected };
  }
  /** @param {number|null} number @param {boolean} steering */
  select(number2, steering = false) {
    this.selected = number2;
    this.steering = steering && number2 !== null;
    this.viewer.redraw();
    return true;
  }
  // ---- by a pointer
  /**
   * What a press takes hold of; null where it is none of the marks' business.
   * @param {PointerEvent} event
   * @param {Pane} pane
   * @returns {Grab|null}
   */
  take(event, pane) {
    const list = this.drawn;
    const start = pane.millimetresAt(event);
    const common = { pane, list, start, path: [start], chosen: this.selected, ends: false };
    if (this.open) return { ...this.open, ends: true };
    const hit = this.hit(event, pane);
    if (hit) return { ...common, ...hit, before: list[hit.number] };
    if (!DRAWING.includes(this.viewer.tool)) return null;
    return { ...common, number: list.length, grip: null, before: null };
  }
  /**
   * The mark under a pointer: its number, and the point of it that is near.
   * @param {{clientX: number, clientY: number, pointerType?: string}} event
   * @param {Pane} pane
   * @returns {{number: number, grip: number|null}|null}
   */
  hit(event, pane) {
    const kind = event.pointerType === "touch" ? "touch" : "mouse";
    const at = pane.stagePointAt(event);
    const marks2 = this.inSight(pane);
    marks2.sort((a, b) => Number(b.number === this.selected) - Number(a.number === this.selected));
    for (const { number: number2, places } of marks2) {
      const grips2 = places.length > MOST_GRIPS ? [] : places;
      const apart = grips2.map(([x, y]) => Math.hypot(x - at[0], y - at[1]));
      const nearest2 = Math.min(...apart);
      if (nearest2 <= NEAR_GRIP[kind]) return { number: number2, grip: apart.indexOf(nearest2) };
    }
    const on = marks2.find(({ mark, places }) => distance(mark, places, at) <= NEAR_LINE[kind]);
    return on ? { number: on.number, grip: null } : null;
  }
  /** The marks in a pane with where their points are, the last one first. @param {Pane} pane */
  inSight(pane) {
    if (!pane.shown || !pane.overlay) return [];
    const state = { ...this.viewer.state, drawn: this.drawn };
    const here = drawnOn(pane.inSight(state), this.viewer.sources, pane.shown);
    return here.reverse().map((mark) => ({
      mark,
      number: this.drawn.indexOf(mark),
      places: mark.points.map((point) => pane.stageAt(point))
    }));
  }
  /** A pointer moves with nothing in its hand. @param {PointerEvent} event @param {Pane} pane */
  hover(event, pane) {
    if (this.open && event.pointerType !== "touch") {
      this.viewer.hand.hold(this.moved({ ...this.open, ends: true }, event));
    }
    const hit = this.open ? null : this.hit(event, pane);
    pane.stage.classList.toggle("ctkit-near-mark", hit !== null);
  }
  /**
   * What a drag makes of what was taken.
   * @param {Grab} grab
   * @param {{clientX: number, clientY: number}} event
   * @returns {Patch}
   */
  moved(grab, event) {
    const { pane, list, number: number2, before } = grab;
    this.selected = number2;
    const place3 = pane.millimetresAt(event);
    const ground = before && !grab.ends ? this.groundOf(before, pane) : this.ground(pane);
    const mark = grab.ends ? { ...this.newMark("angle", list), points: [...grab.path.slice(0, 2), place3] } : before ? changed(before, grab, place3) : this.drawing(grab, place3, ground, event);
    return { drawn: list.toSpliced(number2, 1, this.finished(mark, ground)) };
  }
  /**
   * The mark that is being drawn.
   * @param {Grab} grab
   * @param {number[]} place
   * @param {Ground} ground
   * @param {{clientX: number, clientY: number}} event
   */
  drawing({ pane, list, start, path }, place3, ground, event) {
    const mark = this.newMark(this.viewer.tool, list);
    if (mark.kind === "freehand") {
      const last = pane.stageAt(path[path.length - 1]);
      const at = pane.stagePointAt(event);
      if (Math.hypot(at[0] - last[0], at[1] - last[1]) >= STEP2) path.push(place3);
      return { ...mark, points: atLeastThree(path) };
    }
    return { ...mark, points: pointsBetween(mark.kind, start, place3, ground) };
  }
  /**
   * The pointer lets go.
   * @param {Grab} grab
   * @param {PointerEvent} event
   * @param {boolean} moved
   * @returns {boolean} whether the press meant a mark, and not the voxel under it
   */
  release(grab, event, moved2) {
    const angle2 = this.viewer.tool === "angle" && !grab.before && !grab.ends;
    this.open = null;
    if (angle2 && moved2) {
      const end = grab.pane.millimetresAt(event);
      this.open = { ...grab, path: [grab.start, end] };
      return true;
    }
    if (grab.ends || this.viewer.tool === "point" && !grab.before) {
      this.viewer.hand.set(this.moved(grab, event));
      return true;
    }
    if (!moved2) this.select(grab.before ? grab.number : null);
    return moved2 || grab.before !== null;
  }
  /** Give up an angle that has but one arm. @returns {boolean} whether there was one */
  cancel() {
    const { open: open2 } = this;
    if (!open2) return false;
    this.open = null;
    this.selected = null;
    return this.viewer.hand.set({ drawn: open2.list });
  }
  // ---- marks
  /**
   * What a pane is drawn on: the plane and slice of the first volume that are in sight there.
   * @param {Pane} pane
   * @returns {Ground}
   */
  ground(pane) {
    const { state, sources, first } = this.viewer;
    const plane = pane.wanted.plane ?? state.plane;
    const { layout, slice } = picture(state, sources, plane, "voxels");
    return {
      plane,
      layout,
      slice: slice ?? sliceAt(layout, first.affine, indexThrough(state, first, plane))
    };
  }
  /**
   * The plane and slice of a mark: those of a pane that shows it, or else its own.
   * @param {Mark} mark
   * @param {Pane} pane
   * @returns {Ground}
   */
  groundOf(mark, pane) {
    const ground = this.ground(pane);
    const slice = sliceOf(mark, ground.layout);
    return slice === null ? this.ownGround(mark) : { ...ground, slice };
  }
  /**
   * The plane of a mark: one of the three, or turned; as thick as what is shown.
   * @param {Mark} mark
   * @returns {Ground}
   */
  ownGround(mark) {
    const { state, first } = this.viewer;
    const { slab: thickness = 0, projection = "max" } = state;
    const stacks = first.layouts[state.convention];
    const place3 = whereIs(mark, stacks);
    if (place3) return { ...place3, layout: { ...stacks[place3.plane], thickness, projection } };
    const plane = nearestPlane(mark.normal, stacks);
    const { shape, affine } = first;
    const middle = middleOf2(mark.points);
    const turned = turnedStack(stacks[plane], shape, affine, mark.normal, middle);
    const slice = sliceOf(mark, turned) ?? 0;
    return { plane, layout: { ...turned, thickness, projection }, slice };
  }
  /**
   * What was measured in sight belongs to the slab that is shown; where the hand holds nothing, and
   * the picture is there.
   */
  keepMeasured() {
    const { hand, shown, state } = this.viewer;
    const late2 = shown.some((pane) => pane.waiting || pane.isPreview);
    if (hand.held || this.open || late2 || state.slab === void 0) return;
    const list = [...this.drawn];
    for (const pane of shown) {
      for (const { mark, number: number2 } of this.inSight(pane)) {
        if (mark.voxels === void 0 || (mark.slab ?? "") === slabText(this.ground(pane).layout)) {
          continue;
        }
        list[number2] = this.finished(mark, this.groundOf(mark, pane));
      }
    }
    if (list.some((mark, number2) => mark !== this.drawn[number2])) hand.set({ drawn: list });
  }
  /** @param {string} kind @param {Mark[]} list */
  newMark(kind, list) {
    return { kind, name: freeName(kind, list), visible: true, points: [], normal: [] };
  }
  /**
   * A mark on its slice, with its numbers.
   * @param {Mark} mark
   * @param {Ground} ground
   * @returns {Mark}
   */
  finished(mark, { plane, layout, slice }) {
    const { state, sources, first } = this.viewer;
    const points = mark.points.map((point) => placeOn(layout, point, slice));
    const { kind, name, visible } = mark;
    const shape = { kind, name, visible, points, normal: normalOf(layout) };
    const { second: second2 } = sources;
    const on = second2 ? layoutOf(state, sources, plane, "second") : null;
    return { ...shape, ...measureMark(first, shape, layout, slice, second2, on) };
  }
  /**
   * Marks that come back, measured anew: the second volume may be another one by now. Of a large
   * volume not all planes are here, and the numbers stay.
   * @param {Mark[]} list
   */
  measured(list) {
    const { first, sources } = this.viewer;
    if (!first.all || !sources.second?.all) return list;
    return list.map((mark) => this.finished(mark, this.ownGround(mark)));
  }
  /**
   * One mark of the list replaced by what it becomes, on the slice where it lies.
   * @param {number} number
   * @param {(mark: Mark, ground: Ground) => number[][]} pointsOf
   */
  change(number2, pointsOf) {
    const mark = this.drawn[number2];
    const ground = this.groundOf(mark, this.viewer.active);
    const next = this.finished({ ...mark, points: pointsOf(mark, ground) }, ground);
    return this.viewer.hand.set({ drawn: this.drawn.toSpliced(number2, 1, next) });
  }
  /** Add a mark to the list. @param {string} kind @param {number[][]} points @param {Ground} ground */
  add(kind, points, ground) {
    const mark = this.finished({ ...this.newMark(kind, this.drawn), points }, ground);
    this.selected = this.drawn.length;
    return this.viewer.hand.set({ drawn: [...this.drawn, mark] });
  }
  /** Remove the chosen mark; where none is, all. */
  remove() {
    const rest = this.selected === null ? [] : this.drawn.toSpliced(this.selected, 1);
    this.selected = null;
    this.steering = false;
    this.open = null;
    return this.viewer.hand.set({ drawn: rest });
  }
  // ---- without a pointer
  /** The next mark, or the one before, with its slice. @param {number} step */
  next(step) {
    const count3 = this.drawn.length;
    if (!count3) return false;
    const from = this.selected ?? (step > 0 ? -1 : count3);
    return this.jump((from + step + count3) % count3, true);
  }
  /** Choose a mark and show its slice. @param {number} number @param {boolean} steering */
  jump(number2, steering = false) {
    const { state, first } = this.viewer;
    const mark = this.drawn[number2];
    const place3 = whereIs(mark, first.layouts[state.convention]);
    this.select(number2, steering);
    if (!place3) return this.turnTo(mark);
    const normal = isTurned(state, first, place3.plane) ? null : state.normal;
    this.viewer.hand.set({ plane: place3.plane, normal });
    return this.viewer.goTo(place3.slice);
  }
  /** Show the oblique plane of a mark. @param {Mark} mark */
  turnTo({ points, normal }) {
    return this.viewer.hand.set({ normal, through: middleOf2(points) });
  }
  /** Move the chosen mark by pixels of the picture. @param {number} right @param {number} down */
  nudge(right, down) {
    if (!this.steering || this.selected === null || !this.chosen) return false;
    return this.change(this.selected, ({ points }, { layout }) => {
      const [across, along2] = directions(layout);
      const [rows, columns] = layout.spacing;
      return points.map(
        (point) => point.map((n, i) => n + right * columns * across[i] + down * rows * along2[i])
      );
    });
  }
  /**
   * Make a region larger or smaller on all sides: the chosen one, or the last on this slice.
   * @param {number} more millimetres
   */
  grow(more) {
    const here = this.inSight(this.viewer.active).filter(({ mark }) => COUNTS[mark.kind] === 4);
    const one = here.find(({ number: number2 }) => number2 === this.selected) ?? here[0];
    if (!one) return false;
    this.selected = one.number;
    return this.change(one.number, ({ points }) => grown(points, more));
  }
};
var Walk = class {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.points = null;
    this.list = [];
    this.kind = "";
  }
  /** Set a point at the cursor. @returns {boolean} whether a tool that draws is in hand */
  set() {
    const { tool, marking } = this.viewer;
    if (!DRAWING.includes(tool)) return false;
    const place3 = this.here();
    if (COUNTS[tool] === 4) return this.box(tool, place3);
    if (!this.points || this.kind !== tool) this.begin(tool);
    const points = (
      /** @type {number[][]} */
      this.points
    );
    const last = points[points.length - 1];
    const again = last?.every((n, i) => Math.abs(n - place3[i]) < 1e-6);
    if (!again || tool !== "freehand") points.push(place3);
    const patch = this.to(place3);
    const ends = COUNTS[tool] ? points.length === COUNTS[tool] : again && points.length > 2;
    if (ends) this.points = null;
    marking.selected = this.list.length;
    return this.viewer.hand.set({ pinned: true, ...patch });
  }
  /** @param {string} tool */
  begin(tool) {
    this.kind = tool;
    this.points = [];
    this.list = this.viewer.marking.drawn;
  }
  /** A region of 20 mm. @param {string} kind @param {number[]} place */
  box(kind, place3) {
    const { marking, active } = this.viewer;
    const ground = marking.ground(active);
    const [right, down] = directions(ground.layout);
    const [start, end] = [-10, 10].map((mm) => place3.map((n, i) => n + mm * (right[i] + down[i])));
    return marking.add(kind, boxBetween(start, end, [right, down]), ground);
  }
  /** The mark as far as a place in mm, where one has begun. @param {number[]} place @returns {Patch|null} */
  to(place3) {
    if (!this.points) return null;
    const { marking, active } = this.viewer;
    const count3 = COUNTS[this.kind] ?? Math.max(this.points.length + 1, 3);
    const points = Array.from({ length: count3 }, (_, i) => this.points?.[i] ?? place3);
    const mark = { ...marking.newMark(this.kind, this.list), points };
    return { drawn: [...this.list, marking.finished(mark, marking.ground(active))] };
  }
  /** Where the cursor is, in mm. */
  here() {
    return throughOf(this.viewer.state, this.viewer.first);
  }
  /** @returns {boolean} whether there was one */
  cancel() {
    if (!this.points) return false;
    this.points = null;
    this.viewer.marking.selected = null;
    return this.viewer.hand.set({ drawn: this.list });
  }
};
function pointsBetween(kind, start, end, { layout, slice }) {
  if (kind === "point") return [end];
  if (kind === "ruler") return [start, end];
  if (kind === "angle") return [start, end, end];
  const [from, to] = [start, end].map((place3) => placeOn(layout, place3, slice));
  return boxBetween(from, to, directions(layout));
}
var atLeastThree = (path) => [...path, ...Array(Math.max(3 - path.length, 0)).fill(path[0])];
function changed(mark, { grip, start }, pointer) {
  const { points } = mark;
  const way = minus2(pointer, start);
  if (grip === null) {
    return { ...mark, points: points.map((point) => point.map((n, i) => n + way[i])) };
  }
  const place3 = points[grip].map((n, i) => n + way[i]);
  if (COUNTS[mark.kind] !== 4) return { ...mark, points: points.with(grip, place3) };
  const across = points[(grip + 2) % 4];
  const side = unit2(minus2(points[(grip + 1) % 4], points[grip])) ?? unit2(minus2(points[(grip + 3) % 4], points[grip]));
  return side ? { ...mark, points: boxBetween(across, place3, [side]) } : mark;
}
function unit2(way) {
  const length2 = Math.hypot(...way);
  return length2 > 1e-6 ? way.map((n) => n / length2) : null;
}
function grown(points, more) {
  const middle = points[0].map((n, i) => (n + points[2][i]) / 2);
  const [first, second2] = [1, 3].map((i) => minus2(points[i], points[0]).map((n) => n / 2));
  const [u, v] = [first, second2].map((half) => {
    const length2 = Math.hypot(...half);
    const wanted = clamp(length2 + more, Math.min(length2, SMALLEST), LARGEST);
    return half.map((n) => n * wanted / (length2 || 1));
  });
  const corners = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1]
  ];
  return corners.map(([a, b]) => middle.map((n, i) => n + a * u[i] + b * v[i]));
}
function distance({ kind }, places, at) {
  const closed = REGIONS.includes(kind);
  const line2 = kind === "ellipse" ? ellipseLine(places) : closed ? [...places, places[0]] : places;
  const parts = line2.slice(1).map((end, i) => toPiece(line2[i], end, at));
  return Math.min(...parts, Infinity);
}
function toPiece(start, end, at) {
  const [dx, dy] = minus2(end, start);
  const [x, y] = minus2(at, start);
  const part = clamp((x * dx + y * dy) / (dx * dx + dy * dy || 1), 0, 1);
  return Math.hypot(x - part * dx, y - part * dy);
}

// ctkit/widgets/view/marklist.js
var ICONS = {
  visible: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 0 6a3 3 0 0 0 0-6",
  window: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  remove: "M6 6l12 12M18 6 6 18",
  undo: "M9 5 4 10l5 5M4 10h10a6 6 0 0 1 0 10h-3",
  redo: "M15 5l5 5-5 5M20 10H10a6 6 0 0 0 0 10h3"
};
var MarkList = class {
  /** @param {Element} parent @param {import("./viewer.js").Viewer} viewer */
  constructor(parent, viewer) {
    this.viewer = viewer;
    this.root = make("section", "ctkit-marklist", parent, { "aria-label": "Marks" });
    this.root.hidden = true;
    this.root.dataset.lmSuppressShortcuts = "true";
    const head = make("div", "ctkit-marklist-head", this.root);
    this.title = make("span", "", head, { role: "status" });
    this.undo = this.button(head, "undo", "Undo (Ctrl + Z)", () => viewer.history.undo());
    this.redo = this.button(head, "redo", "Redo (Ctrl + Shift + Z)", () => viewer.history.redo());
    this.list = make("ul", "", this.root);
    this.rows = [];
    this.drawn = "";
    this.of = null;
    const options = { signal: viewer.stop.signal };
    this.root.addEventListener("keydown", (event) => this.onKey(event), options);
  }
  /**
   * @param {Element} parent
   * @param {string} name
   * @param {string} title
   * @param {() => void} act
   */
  button(parent, name, title, act2) {
    const words = { type: "button", title, "aria-label": title };
    const button = make("button", `ctkit-tool ctkit-mark-${name}`, parent, words);
    const svg = makeSvg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, button);
    makeSvg("path", { d: ICONS[name] }, svg);
    button.addEventListener("click", act2, { signal: this.viewer.stop.signal });
    return button;
  }
  /** @param {KeyboardEvent} event */
  onKey(event) {
    const typing = event.target instanceof HTMLInputElement;
    if (typing && event.key === "Enter") event.target.blur();
    if (event.key !== "Tab") event.stopPropagation();
  }
  /** @param {State} state */
  draw(state) {
    const marks2 = state.drawn ?? [];
    const { past, future } = this.viewer.history;
    const steps2 = [past.length > 0, future.length > 0].join();
    const key = `${state.selected};${steps2};${state.unit}`;
    if (marks2 === this.of && key === this.drawn) return;
    [this.of, this.drawn] = [marks2, key];
    setHidden(this.root, !marks2.length && !past.length && !future.length);
    this.undo.disabled = !past.length;
    this.redo.disabled = !future.length;
    setText(this.title, marks2.length === 1 ? "1 mark" : `${marks2.length} marks`);
    while (this.rows.length < marks2.length) this.rows.push(this.addRow(this.rows.length));
    for (const [number2, row] of this.rows.entries()) {
      this.drawRow(row, marks2[number2], number2, state);
    }
  }
  /** @param {number} number @returns {Row} */
  addRow(number2) {
    const root = make("li", "", this.list);
    const { viewer } = this;
    const buttons = {
      visible: this.button(root, "visible", "", () => this.change(number2, "visible"))
    };
    const name = make("input", "ctkit-mark-name", root, { type: "text", spellcheck: "false" });
    const options = { signal: viewer.stop.signal };
    name.addEventListener("change", () => this.change(number2, "name", name.value), options);
    const jump = make("button", "ctkit-mark-number", root, { type: "button" });
    jump.addEventListener("click", () => viewer.marking.jump(number2), options);
    return {
      root,
      name,
      number: jump,
      buttons: {
        ...buttons,
        window: this.button(root, "window", "", () => this.takeWindow(number2)),
        remove: this.button(root, "remove", "", () => this.remove(number2))
      }
    };
  }
  /** @param {Row} row @param {Mark|undefined} mark @param {number} number @param {State} state */
  drawRow({ root, name, number: jump, buttons }, mark, number2, state) {
    setHidden(root, !mark);
    if (!mark) return;
    root.classList.toggle("ctkit-chosen", number2 === state.selected);
    setAttribute(jump, "aria-pressed", String(number2 === state.selected));
    if (name !== this.focused) name.value = mark.name;
    setAttribute(name, "aria-label", `Name of ${mark.name}`);
    setText(jump, numberOf(mark, unitOf2(state)) || mark.kind);
    tell(jump, `Show ${mark.name}`);
    tell(buttons.visible, `${mark.visible ? "Hide" : "Show"} ${mark.name} on the picture`);
    setAttribute(buttons.visible, "aria-pressed", String(mark.visible));
    tell(buttons.window, `Window from ${mark.name}: mean, and 96 % of its values`);
    tell(buttons.remove, `Delete ${mark.name}`);
    setHidden(buttons.window, !REGIONS.includes(mark.kind) || !mark.voxels);
  }
  /** The element of the page that has the focus, in a shadow or not. */
  get focused() {
    return (
      /** @type {Document} */
      this.root.getRootNode().activeElement
    );
  }
  /** @param {number} number @param {"visible"|"name"} what @param {string} [name] */
  change(number2, what, name = "") {
    const { marking, hand } = this.viewer;
    const mark = marking.drawn[number2];
    if (!mark) return;
    const patch = what === "name" ? { name: name.trim() || mark.name } : { visible: !mark.visible };
    hand.set({ drawn: marking.drawn.with(number2, { ...mark, ...patch }) });
  }
  /** @param {number} number */
  remove(number2) {
    const { marking } = this.viewer;
    marking.selected = number2;
    marking.remove();
    const left = Math.min(number2, marking.drawn.length - 1);
    (this.rows[left]?.buttons.remove ?? this.undo).focus();
  }
  /** The center is the mean of a region's HU, the width spans 96 % of them. @param {number} number */
  takeWindow(number2) {
    const { marking, first, state, hand } = this.viewer;
    marking.jump(number2);
    const ground = marking.groundOf(marking.drawn[number2], this.viewer.active);
    const values = regionValues(first, marking.drawn[number2], ground.layout, ground.slice);
    if (!values.length) return;
    const { center, width } = windowOf(values);
    const step = state.step ?? 1;
    const wanted = { center: onStep(center, step), width: Math.max(step, onStep(width, step)) };
    hand.set(clampWindow(wanted, state.limits));
  }
};
function tell(button, words) {
  setAttribute(button, "title", words);
  setAttribute(button, "aria-label", words);
}

// ctkit/widgets/view/naming.js
function nameSliders(root) {
  const box = root.closest(".ctkit-explorer");
  if (!box) return void 0;
  const observer = new MutationObserver(() => name());
  const name = () => {
    for (const panel of box.querySelectorAll(":scope > .ctkit-panel")) {
      observer.observe(panel, { childList: true, subtree: true });
      panel.querySelectorAll(".noUi-handle").forEach(nameHandle);
    }
  };
  observer.observe(box, { childList: true });
  name();
  return () => observer.disconnect();
}
function nameHandle(handle2) {
  const words = handle2.closest(".jupyter-widgets")?.querySelector(".widget-label")?.textContent;
  if (words) setAttribute(handle2, "aria-label", words);
}

// ctkit/widgets/view/slabs.js
var THICKEST = 200;
var THICKNESS = 10;
var WORDS = { max: "highest values", min: "lowest values", mean: "average" };
var Slab = class {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.before = THICKNESS;
  }
  /** On with the thickness that it had, or off. */
  toggle() {
    const { slab } = this.viewer.state;
    if (slab) this.before = slab;
    return this.viewer.hand.set({ slab: slab ? 0 : this.before });
  }
  /** @param {number} steps of 1 mm, or of 5 from 20 mm on */
  grow(steps2) {
    const { slab } = this.viewer.state;
    const step = slab + (steps2 < 0 ? -1 : 0) >= 20 ? 5 : 1;
    return this.viewer.hand.set({ slab: clamp(slab + steps2 * step, slab ? 1 : 0, THICKEST) });
  }
  /** The next projection, where there is a slab. */
  turn() {
    const { slab, projection } = this.viewer.state;
    if (!slab) return false;
    const next = (PROJECTIONS.indexOf(projection) + 1) % PROJECTIONS.length;
    return this.viewer.hand.set({ projection: PROJECTIONS[next] });
  }
};

// ctkit/widgets/view/native.js
function addNativeControls(parent, viewer) {
  const { presets, limits, step, unit: unit3 } = viewer.state;
  const panel = make("div", "ctkit-native", parent);
  const windows = presets.map(([name, center2, width2]) => `${name} (${center2} / ${width2})`);
  const plane = addMenu(panel, "Plane", PLANES);
  const slice = addSlider2(panel, "Slice", 0, "");
  slice.classList.add("ctkit-slice");
  const preset = addMenu(panel, "Window", ["your own", ...windows]);
  const set = (patch) => viewer.hand.set(patch);
  const center = addNumber(
    panel,
    "Center",
    limits.center,
    { step, unit: unit3 },
    wholes,
    (value) => set({ whole_center: value })
  );
  const width = addNumber(
    panel,
    "Width",
    limits.width,
    { step, unit: unit3 },
    stops,
    (value) => set({ whole_width: value })
  );
  for (const row of [preset.parentElement, center.root, width.root]) {
    row?.classList.add("ctkit-window");
  }
  const tie = (input2, patch) => input2.addEventListener("input", () => set(patch()), { signal: viewer.stop.signal });
  const drawSlab = addSlab(panel, viewer, tie);
  const drawBlend = viewer.state.blend === void 0 ? () => {
  } : addBlend(panel, viewer, tie);
  tie(plane, () => ({ plane_index: plane.selectedIndex }));
  tie(slice, () => ({ slice: Number(slice.value) }));
  tie(preset, () => ({ preset_index: preset.selectedIndex }));
  return (state) => {
    setChosen(plane, state.plane_index);
    setAttribute(slice, "max", String(state.max_slice));
    setValue(slice, String(state.slice));
    setChosen(preset, state.preset_index);
    center.show(state.whole_center);
    width.show(state.whole_width);
    drawBlend(state);
    drawSlab(state);
  };
}
function addSlab(panel, viewer, tie) {
  const change = (slab) => viewer.hand.set({ slab });
  const slider = new NumberSlider(panel, "Slab mm", stops(1, THICKEST), change, false, "mm");
  const names = PROJECTIONS.map((name) => `${NAMES[name]} (${WORDS[name]})`);
  const menu = addMenu(panel, "Values", names);
  for (const row of [slider.root, menu.parentElement]) row?.classList.add("ctkit-slab");
  tie(menu, () => ({ projection_index: menu.selectedIndex }));
  return (state) => {
    slider.show(state.slab);
    setChosen(menu, state.projection_index);
  };
}
function addNumber(panel, name, [low, high], { step, unit: unit3 }, stopsOf, change) {
  if (unit3) return new NumberSlider(panel, name, stopsOf(low, high), change);
  const slider = addSlider2(panel, name, low, high, step);
  slider.addEventListener("input", () => change(slider.valueAsNumber));
  const show = (value) => setValue(slider, String(value));
  return { root: slider.parentElement, show };
}
function addBlend(panel, viewer, tie) {
  const blend = addMenu(panel, "Show", BLENDS);
  const limit = addLimit(panel, viewer);
  tie(blend, () => ({ blend_index: blend.selectedIndex }));
  return (state) => {
    setChosen(blend, state.blend_index);
    setHidden(
      /** @type {HTMLElement} */
      blend.parentElement,
      !viewer.sources.second
    );
    limit.show(state.limit);
  };
}
function addLimit(panel, viewer) {
  const change = (limit) => viewer.hand.set({ limit });
  const { step, unit: unit3 } = viewer.state;
  const [low, high] = limitEnds(step);
  const slider = new NumberSlider(panel, "Limit", stops(low, high, step), change, false, unit3);
  slider.root.classList.add("ctkit-limit");
  return slider;
}
function setChosen(menu, index) {
  if (menu.selectedIndex !== index) menu.selectedIndex = index;
}
function addRow(panel, name) {
  const row = make("label", "", panel);
  make("span", "", row).textContent = name;
  return row;
}
function addMenu(panel, name, options) {
  const menu = make("select", "", addRow(panel, name), { "aria-label": name });
  for (const option of options) make("option", "", menu).textContent = option;
  return menu;
}
function addSlider2(panel, name, min, max, step = 1) {
  const attributes = { "aria-label": name, type: "range", min, max, step };
  return make("input", "", addRow(panel, name), attributes);
}

// ctkit/widgets/view/probe.js
var PARTS2 = ["index", "place", "label", "hu"];
var FINGER = matchMedia("(pointer: coarse)").matches;
var HINT = FINGER ? "Tap the picture: then a finger slices" : "Point at the picture: HU";
var NOTHING4 = { index: "", place: HINT, label: "", hu: "" };
var Probe = class {
  /** @param {Element} parent @param {import("./viewer.js").Viewer} viewer */
  constructor(parent, viewer) {
    this.viewer = viewer;
    const root = make("div", "ctkit-probe", parent);
    this.parts = {};
    for (const name of PARTS2) this.parts[name] = make("span", `ctkit-${name}`, root);
    this.hovered = null;
  }
  /** @param {Point & {pane: Pane}|null} hovered @param {State} [state] */
  show(hovered, state = read(this.viewer.model)) {
    this.hovered = hovered;
    const place3 = hovered ? hovered.pane.placeAt(hovered) : this.pinned(state);
    const pane = hovered?.pane ?? this.viewer.active;
    const words = place3 ? this.wordsFor(place3, pane) : NOTHING4;
    for (const name of PARTS2) setText(this.parts[name], words[name]);
    this.viewer.lens.draw();
  }
  /** Where the cursor was put, in mm; null where nobody put it. @param {State} state */
  pinned(state) {
    return isPinned(state, this.viewer.first) ? this.cursor(state) : null;
  }
  /** The cursor on the plane of the keys, in mm. @param {State} [state] */
  cursor(state = read(this.viewer.model)) {
    const { first, active } = this.viewer;
    return applyAffine(
      first.affine,
      indexThrough(state, first, active.wanted.plane ?? state.plane)
    );
  }
  /**
   * "[54, 120, 133]", "R 12.30  A 8.00  S 40.50 mm", "37 HU": the voxel of the first volume that
   * is nearest, and its value; of a second volume the value of its own voxel nearest to the place.
   * Of a slab "MIP 37 HU", the value of the pixel.
   * @param {number[]} place in mm
   * @param {Pane} pane
   */
  wordsFor(place3, pane) {
    const { first, sources, state } = this.viewer;
    const index = first.indexAt(place3);
    const shown = index ? applyAffine(first.affine, index) : place3;
    const sides = shown.map((mm, axis) => sideText(axis, mm)).join("  ");
    const names = sources.second ? ["voxels", "second"] : ["voxels"];
    const values = names.map(
      (name) => state.slab ? pixelText(pane.valueAt(name, place3, state), unitOf2(state)) : valueNear(
        /** @type {Source} */
        sources[name],
        place3,
        unitOf2(state)
      )
    );
    const where = index ? `[${index.join(", ")}]` : "outside";
    const what = state.slab ? `${NAMES[state.projection]} ` : "";
    const label3 = this.labelAt(place3);
    return { index: where, place: `${sides} mm`, label: label3, hu: `${what}${values.join(" → ")}` };
  }
  /** The labels to be seen at a place, the topmost first. @param {number[]} place in mm */
  labelAt(place3) {
    const { sources, state } = this.viewer;
    const index = sources.overlay?.indexAt(place3);
    const value = index && sources.overlay?.valueAt(index);
    return value ? namesAt(value, state.labels ?? [], state.overlaps ?? []).join(" + ") : "";
  }
};
function valueNear(source, place3, unit3) {
  const index = source.indexAt(place3);
  return index ? valueText(source.valueAt(index), unit3) : "outside";
}
var pixelText = (value, unit3) => value === null ? "outside" : valueText(value, unit3);

// ctkit/widgets/view/profile.js
var [WIDE2, HIGH] = [1e3, 100];
var NAMES3 = ["before", "after"];
var Profile = class {
  /** @param {Element} parent @param {import("./viewer.js").Viewer} viewer */
  constructor(parent, viewer) {
    this.viewer = viewer;
    this.root = make("div", "ctkit-profile", parent, { role: "img" });
    this.root.hidden = true;
    this.words = make("div", "ctkit-profile-words", this.root);
    const box = { viewBox: `0 0 ${WIDE2} ${HIGH}`, preserveAspectRatio: "none" };
    this.svg = makeSvg("svg", box, this.root);
    this.axis = make("div", "ctkit-profile-axis", this.root);
    this.grid = makeSvg("path", { class: "ctkit-profile-grid" }, this.svg);
    this.curves = NAMES3.map(
      (name) => makeSvg("path", { class: `ctkit-profile-${name}` }, this.svg)
    );
    this.drawn = "";
    this.axisFor = -1;
  }
  /** @param {State} state */
  draw(state) {
    const mark = this.wanted(state);
    setHidden(this.root, mark === null);
    const key = mark && this.isWhole ? JSON.stringify([mark.points, mark.name, this.second?.id]) : "";
    if (mark && (key !== this.drawn || !key)) this.plot(mark, state);
    this.drawn = key;
  }
  get second() {
    return this.viewer.sources.second;
  }
  get isWhole() {
    return [this.viewer.first, this.second].every((source) => !source || source.all);
  }
  /** The ruler in sight that is told. @param {State} state */
  wanted(state) {
    const { marking, active } = this.viewer;
    const here = marking.inSight(active).filter(({ mark }) => mark.kind === "ruler");
    const one = here.find(({ number: number2 }) => number2 === state.selected) ?? here[0];
    return one?.mark.mm ? one.mark : null;
  }
  /** @param {import("./marks.js").Mark} mark @param {State} state */
  plot(mark, state) {
    const { mm, lines, low, high } = this.curvesOf(mark);
    const length2 = mm[mm.length - 1];
    const y = (hu) => HIGH - 4 - (HIGH - 8) * (hu - low) / (high - low || 1);
    this.curves.forEach((curve, i) => {
      setAttribute(curve, "d", lines[i] ? pathOf2(mm, lines[i], length2, y) : "");
    });
    const unit3 = unitOf2(state);
    const range = `${valueText(low, "")} to ${valueText(high, unit3)}`;
    const words = `${mark.name}: ${numberText(length2)} mm, ${range}`;
    setText(this.words, words);
    setAttribute(this.root, "aria-label", `Profile of ${words}`);
    this.drawAxis(length2);
  }
  /** @param {import("./marks.js").Mark} mark @returns {Curves} */
  curvesOf({ points }) {
    const { first, sources } = this.viewer;
    const spacing = Math.min(...first.spacing);
    const found = [first, sources.second].filter((source) => source != null).map((source) => profileOf(source, points, spacing));
    const lines = found.map(({ hu }) => hu);
    const values = lines.flat().filter(Number.isFinite);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return { mm: found[0].mm, lines, low, high };
  }
  /** Round numbers of millimetres under the curve. @param {number} length */
  drawAxis(length2) {
    if (length2 === this.axisFor) return;
    this.axisFor = length2;
    this.axis.textContent = "";
    const marks2 = ticks(0, length2);
    for (const mm of marks2) {
      const tick = make("span", "", this.axis);
      tick.textContent = mm ? preciseText(mm) : "0 mm";
      tick.style.left = `${clamp(100 * mm / length2, 3, 97)}%`;
    }
    const lines = marks2.map((mm) => `M${WIDE2 * mm / length2} 0V${HIGH}`);
    setAttribute(this.grid, "d", lines.join(""));
  }
};
function pathOf2(mm, hu, length2, y) {
  let [path, pen] = ["", "M"];
  mm.forEach((at, i) => {
    if (!Number.isFinite(hu[i])) {
      pen = "M";
      return;
    }
    path += `${pen}${(WIDE2 * at / length2).toFixed(1)} ${y(hu[i]).toFixed(2)}`;
    pen = "L";
  });
  return path;
}

// ctkit/widgets/view/sheet.js
var HELP = [
  ["Wheel, arrows", "next or previous slice"],
  ["PageUp, PageDown", "five slices"],
  ["Home, End", "first, last slice"],
  ["Drag", "window: right is wider, down is a higher center"],
  ["Right drag, Ctrl + wheel, + and −", "zoom at the pointer"],
  ["Middle drag, space and drag", "move the picture"],
  ["Ctrl or Alt + arrows", "move the picture"],
  ["f, n", "fit the picture, sharp pixels"],
  ["m held down", "magnifier at the pointer, or at the cursor"],
  ["Double click, z", "one of the pictures alone, and back"],
  ["Tap, then one finger", "slices; before, it scrolls the page"],
  ["Two fingers", "zoom and move the picture"],
  ["Click", "put the cursor on a voxel"],
  ["Shift + arrows", "move the cursor by a voxel"],
  ["Ring on a line of the cursor", "drag it: turns that plane"],
  ["o, drag or Shift + arrows", "turn the plane, by a degree"],
  ["Space, space", "reset the window, then the turned plane"],
  ["t, x", "slab: on and off, highest, lowest or mean values"],
  ["9, 0", "slab: thinner, thicker"],
  ["i, space", "invert, reset the window"],
  ["w, l, e, r, d, a, p", "drag: window, ruler, ellipse, rectangle, freehand, angle, point"],
  ["Drag a mark", "by a square: that point; by its line: all of it"],
  ["e or r, Enter, . and ,", "region at the cursor, larger, smaller"],
  ["l, Enter, Shift + arrows, Enter", "ruler from the cursor to where it goes; a, d and p alike"],
  ["k, Shift + k, arrows", "choose the next mark, the one before, move it"],
  ["Delete", "remove the chosen mark, or all"],
  ["Ctrl + Z, Ctrl + Shift + Z", `undo and redo of marks, ${STEPS} steps`],
  ["White line, [ and ]", "drag or move the curtain"],
  ["Drag over a difference", "limit: right is higher"],
  ["b", "flicker: show the other volume"],
  ["< and >, { and }", "play slower, faster; from here, as far as here"],
  ["c, s, y", "play, save PNG, copy the state"],
  ["h", "hide the mask or its labels, show them again"],
  ["Escape", "give up a drag or a mark, close this sheet"],
  ["?", "this sheet"]
];
var Sheet = class {
  /** @param {Element} parent @param {import("./viewer.js").Viewer} viewer */
  constructor(parent, viewer) {
    this.viewer = viewer;
    const words = { role: "dialog", "aria-label": "Mouse and keys", tabindex: "0" };
    this.root = make("div", "ctkit-sheet", parent, words);
    this.root.hidden = true;
    this.root.dataset.lmSuppressShortcuts = "true";
    const list = make("dl", "", this.root);
    for (const [keys, meaning] of [...HELP, ...presetRows(viewer.model.get("presets"))]) {
      make("dt", "", list).textContent = keys;
      make("dd", "", list).textContent = meaning;
    }
    const options = { signal: viewer.stop.signal };
    this.root.addEventListener("keydown", (event) => onKey(event, viewer), options);
    const outside = { ...options, capture: true };
    document.addEventListener("pointerdown", (event) => this.onPress(event), outside);
  }
  toggle() {
    this.root.hidden = !this.root.hidden;
    (this.root.hidden ? this.viewer.active.canvas : this.root).focus();
  }
  /** A press anywhere else closes it; that on its button does so by itself. @param {Event} event */
  onPress({ target }) {
    const button = this.viewer.toolbar.buttons.help;
    const inside2 = [this.root, button].some((one) => one.contains(
      /** @type {Node} */
      target
    ));
    if (!inside2) this.root.hidden = true;
  }
  /** @returns {boolean} whether it was open */
  close() {
    if (this.root.hidden) return false;
    this.toggle();
    return true;
  }
};
var presetRows = (presets) => presets.map(([name, center, width, key]) => [key, `window: ${name} (${center} / ${width})`]);

// ctkit/widgets/view/touching.js
var Touching = class {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.fingers = /* @__PURE__ */ new Map();
    this.pinch = null;
    const { root, stages, stop } = viewer;
    const options = { signal: stop.signal };
    const wake = () => {
      const active = stages.contains(document.activeElement);
      root.classList.toggle("ctkit-active", active);
    };
    root.addEventListener("focusin", wake, options);
    root.addEventListener("focusout", () => queueMicrotask(wake), options);
    const onTouch = (event) => event.touches.length > 1 && event.cancelable && event.preventDefault();
    for (
      const kind of
      /** @type {const} */
      ["touchstart", "touchmove"]
    ) {
      stages.addEventListener(kind, onTouch, { ...options, passive: false });
    }
  }
  /** Whether a finger does more than scroll the page. */
  get isActive() {
    const { marking, stages } = this.viewer;
    return marking.isDrawing || stages.contains(document.activeElement);
  }
  /** @param {PointerEvent} event @param {Pane} pane @returns {boolean} whether it is the second finger */
  onDown(event, pane) {
    this.fingers.set(event.pointerId, event);
    if (this.fingers.size !== 2) return this.fingers.size > 2;
    const { gestures } = this.viewer;
    if (gestures.gesture?.grab) gestures.cancel();
    gestures.end();
    this.pinch = { pane, before: read(this.viewer.model), ...this.spread(pane) };
    return true;
  }
  /** @param {PointerEvent} event @returns {boolean} whether two fingers are down */
  onMove(event) {
    if (!this.fingers.has(event.pointerId)) return false;
    this.fingers.set(event.pointerId, event);
    if (!this.pinch || this.fingers.size !== 2) return this.pinch !== null;
    const { pane, before, middle, apart } = this.pinch;
    const now = this.spread(pane);
    const sight = this.viewer.framing.sightOf(pane);
    const zoomed2 = zoomAt(sight, before, middle, now.apart / apart);
    const moved2 = middle.map((n, i) => now.middle[i] - n);
    this.viewer.hand.hold(panBy(sight, zoomed2, moved2));
    return true;
  }
  /** @param {PointerEvent} event @returns {boolean} whether two fingers were down */
  onUp(event) {
    this.fingers.delete(event.pointerId);
    const pinched = this.pinch !== null;
    if (this.fingers.size === 0) this.pinch = null;
    return pinched;
  }
  /** @param {Pane} pane @returns {Spread} */
  spread(pane) {
    const [a, b] = [...this.fingers.values()].map((one) => pane.stagePointAt(one));
    const middle = a.map((n, i) => (n + b[i]) / 2);
    return { middle, apart: Math.max(Math.hypot(a[0] - b[0], a[1] - b[1]), 1) };
  }
};

// ctkit/widgets/view/turning.js
var OUT = 0.82;
var LEAST = 36;
var REACH2 = 12;
var RADIUS = 5;
var PER_PIXEL = 0.3;
var STEP3 = 1;
var DEGREE = Math.PI / 180;
function turnedAbout(vector, axis, degrees) {
  const [cosine, sine] = [Math.cos(degrees * DEGREE), Math.sin(degrees * DEGREE)];
  const beside2 = cross(axis, vector);
  const along2 = dot(axis, vector) * (1 - cosine);
  return unit(vector.map((n, i) => n * cosine + beside2[i] * sine + axis[i] * along2));
}
var Turning = class {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.circles = /* @__PURE__ */ new Map();
  }
  // ---- handles
  /** Rings on the lines of the cursor, seen while the pointer is over the picture. @param {Pane} pane */
  draw(pane) {
    const handles = this.handlesOf(pane);
    const circles = this.circles.get(pane) ?? [];
    this.circles.set(pane, circles);
    while (circles.length < handles.length) {
      const ring = makeSvg("circle", { class: "ctkit-turn", r: String(RADIUS) }, pane.marks);
      circles.push(
        /** @type {any} */
        ring
      );
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
    return overlay.crossings.filter(({ plane }) => !turned || plane === turned).flatMap(
      ({ plane, way, span }) => span.map((end) => end * OUT).filter((far) => Math.abs(far) >= LEAST).map((far) => ({ plane, at: overlay.point.map((n, i) => n + far * way[i]) }))
    );
  }
  /**
   * The plane whose handle lies at a point of the page.
   * @param {Pane} pane
   * @param {Point & {pointerType?: string}} event
   */
  planeAt(pane, event) {
    const [x, y] = pointOn(pane, event);
    const reach = event.pointerType === "touch" ? 2 * REACH2 : REACH2;
    return this.handlesOf(pane).find(({ at }) => Math.hypot(at[0] - x, at[1] - y) <= reach)?.plane;
  }
  /** @param {Pane} pane @param {Point|null} event */
  hover(pane, event) {
    const near = event !== null && this.planeAt(pane, event) !== void 0;
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
    if (plane === void 0 || !overlay) {
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
  patchOf(turn2, pane, event, right, down) {
    if (turn2.axes.length > 1) return this.turnBy(turn2, [right * PER_PIXEL, -down * PER_PIXEL]);
    const [x, y] = pointOn(pane, event);
    const to = Math.atan2(y - turn2.point[1], x - turn2.point[0]) / DEGREE;
    return this.turnBy(turn2, [((to - turn2.from + 180) % 360 + 360) % 360 - 180]);
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
    const turned = (part) => axes.reduce((way, axis, i) => turnedAbout(way, axis, part * degrees[i]), normal);
    return { normal: turned(furthest((part) => nearestPlane(turned(part), stacks) === plane)) };
  }
  // ---- keys
  /** The plane of the active pane by a degree. @param {number[]} steps to the right and down */
  turn([right, down]) {
    return this.viewer.hand.set(
      this.turnBy(this.whole(this.viewer.active), [right * STEP3, -down * STEP3])
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
      (n, i) => n + down * spacing[0] * ways[1][i]
    );
    const before = throughOf(state, first);
    const after = before.map((n, i) => n + step[i]);
    const through = first.indexAt(after) ? after : before;
    return { through, cursor: voxelAt(through, first) };
  }
};
function pointOn({ stage }, { clientX, clientY }) {
  const { left, top } = stage.getBoundingClientRect();
  return [clientX - left, clientY - top];
}
function furthest(holds2) {
  if (holds2(1)) return 1;
  let [low, high] = [0, 1];
  for (let time = 0; time < 24; time++) {
    const middle = (low + high) / 2;
    if (holds2(middle)) low = middle;
    else high = middle;
  }
  return low;
}

// ctkit/widgets/view/viewer.js
var FLICKER = 600;
var SAY = 6e3;
var Viewer = class {
  /**
   * @param {Model} model
   * @param {Element} el
   * @param {Sources & {voxels: Source}} sources
   */
  constructor(model, el, sources) {
    this.model = model;
    this.sources = sources;
    this.stop = new AbortController();
    this.table = null;
    this.tool = "window";
    this.maximised = false;
    this.flickering = void 0;
    this.saying = void 0;
    this.stopNaming = void 0;
    this.redraw = () => this.tryTo(() => this.draw());
    this.preview = (state) => this.tryTo(() => this.paint(this.hand.inSight(state)));
    this.hand = new Hand(model, sources.voxels, this);
    this.marking = new Marking(this);
    this.walk = new Walk(this);
    this.history = new History(this);
    this.valuesOf = null;
    this.slab = new Slab(this);
    this.turning = new Turning(this);
    this.gestures = new Gestures(this);
    this.root = make("div", `ctkit-view ctkit-mode-${model.get("mode")}`, el);
    this.toolbar = new Toolbar(this.root, this);
    this.outcome = make("div", "ctkit-outcome", this.root, { role: "status" });
    this.failure = new Failure(this.root);
    this.stages = make("div", "ctkit-stages", this.root);
    this.framing = new Framing(this);
    this.touching = new Touching(this);
    this.panes = this.addPanes();
    this.active = this.panes[0];
    this.shown = this.panes;
    this.lens = new Lens(this);
    this.cine = new Cine(this);
    this.probe = new Probe(this.root, this);
    this.profile = new Profile(this.root, this);
    this.histogram = new Histogram(this.root, this);
    this.markList = new MarkList(this.root, this);
    this.legend = new Legend(this.root, this);
    this.drawNative = model.get("standalone") ? this.addControls(el) : () => {
    };
    this.sheet = new Sheet(this.root, this);
    this.said = make("div", "ctkit-said", this.root, { role: "status" });
    this.listen();
    this.redraw();
  }
  /** The most that the mode shows; a comparison has both, whether or not it blends them. */
  addPanes() {
    const state = { ...this.state, blend: "side by side" };
    const wanted = panes(state, { ...this.sources, second: this.first });
    return wanted.map((pane) => new Pane(this.stages, pane));
  }
  /** Without Jupyter's: beside the picture, or below it. @param {Element} el */
  addControls(el) {
    el.classList.add("ctkit-explorer", "ctkit-standalone", `ctkit-${this.model.get("mode")}`);
    return addNativeControls(el, this);
  }
  listen() {
    const options = { signal: this.stop.signal };
    for (const pane of this.panes) {
      this.gestures.listen(pane);
      pane.canvas.addEventListener("keydown", (event) => onKey(event, this), options);
      pane.canvas.addEventListener("focus", () => this.choose(pane), options);
    }
    const onWay = { ...options, capture: true };
    document.addEventListener("keydown", (event) => onSliceSlider(event, this), onWay);
    this.stopWatching = watch(this.model, this.redraw);
    for (const source of Object.values(this.sources)) source?.listeners.add(this.redraw);
    for (const pane of this.panes) pane.keepSize();
    this.resize = new ResizeObserver(() => {
      this.stopNaming ??= nameSliders(this.root);
      for (const pane of this.panes) pane.keepSize();
      this.redraw();
    });
    for (const pane of this.panes) this.resize.observe(pane.stage);
  }
  close() {
    this.stop.abort();
    this.resize?.disconnect();
    this.stopWatching?.();
    this.stopNaming?.();
    this.hand.close();
    this.cine.close();
    [this.flickering, this.saying].forEach(clearTimeout);
    for (const source of Object.values(this.sources)) source?.listeners.delete(this.redraw);
    this.legend.remove();
    this.root.remove();
    for (const pane of this.panes) pane.free();
  }
  /** Another second volume or mask has come. @param {string} name @param {Source|null} source */
  replace(name, source) {
    if (this.stop.signal.aborted) return;
    this.sources[name]?.listeners.delete(this.redraw);
    source?.listeners.add(this.redraw);
    this.sources[name] = source;
    this.redraw();
  }
  get state() {
    return read(this.model);
  }
  /** The first volume. @returns {Source} */
  get first() {
    return (
      /** @type {Source} */
      this.sources.voxels
    );
  }
  // ---- drawing
  /** What goes wrong later on stands in the widget too. @param {() => void} draw */
  tryTo(draw) {
    try {
      draw();
    } catch (error) {
      this.failure.show(`The viewer stopped: ${messageOf(error)}`);
      console.error(error);
    }
  }
  /** The pictures of a state, ahead of all else that shows it. @param {State} state */
  paint(state) {
    const table = this.tableOf(state);
    this.showPanes(state);
    for (const pane of this.shown) pane.paint(state, this.sources, table);
  }
  draw() {
    this.history.note();
    const state = this.marking.withSelected(this.hand.inSight());
    this.paint(state);
    this.flicker(state);
    for (const pane of this.shown) {
      pane.draw(state);
      this.turning.draw(pane);
    }
    this.profile.draw(state);
    this.cine.draw(state);
    this.histogram.draw(state);
    this.markList.draw(state);
    this.drawNative(state);
    this.legend.draw(state);
    setText(this.outcome, state.outcome ?? "");
    setClass(this.root, "ctkit-stale", Boolean(state.stale));
    setClass(this.root, "ctkit-drawing", this.marking.isDrawing);
    this.failure.show(state.error ?? "", state.trace);
    this.probe.show(this.probe.hovered, state);
    const [nearest2, slab] = [state.interpolation === "nearest", Boolean(state.slab)];
    setClass(this.root, "ctkit-slabbed", slab);
    this.toolbar.draw(this.tool, { play: this.cine.playing, nearest: nearest2, slab });
    this.marking.keepMeasured();
  }
  /** The values of the region in sight that is told; the same list as long as it is the same. */
  regionInSight() {
    const here = this.marking.inSight(this.active).filter(({ mark }) => mark.voxels);
    const regions = here.filter(({ mark }) => REGIONS.includes(mark.kind));
    const one = regions.find(({ number: number2 }) => number2 === this.marking.selected) ?? regions[0];
    if (!one) return null;
    if (this.valuesOf?.mark !== one.mark) {
      const { layout, slice } = this.marking.groundOf(one.mark, this.active);
      const values = regionValues(this.first, one.mark, layout, slice);
      this.valuesOf = { mark: one.mark, values };
    }
    return this.valuesOf.values;
  }
  /** @param {State} state */
  showPanes(state) {
    const wanted = this.panes.slice(0, panes(state, this.sources).length);
    const kept2 = wanted.includes(this.active) ? this.active : wanted[0];
    this.active = wanted.find((pane) => pane.wanted.plane === state.plane) ?? kept2;
    this.shown = this.maximised ? [this.active] : wanted;
    for (const pane of this.panes) setHidden(pane.stage, !this.shown.includes(pane));
    setClass(this.root, "ctkit-alone", !this.sources.second);
    const colours = state.blend === "difference" && this.sources.second;
    setClass(this.root, "ctkit-blend-difference", Boolean(colours));
  }
  /** One volume and the other in turn. @param {State} state */
  flicker(state) {
    const [pane] = this.panes;
    const both = state.blend === "flicker" && Boolean(pane.shown?.over);
    setClass(this.root, "ctkit-blend-flicker", both);
    const on = both && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (on === (this.flickering !== void 0)) return;
    clearInterval(this.flickering);
    this.flickering = on ? setInterval(() => this.turn(pane), FLICKER) : void 0;
  }
  /** @param {Pane} pane */
  turn(pane) {
    pane.wanted.flickered = !pane.wanted.flickered;
    this.redraw();
  }
  /** The table of the window, made anew only when the window has changed. @param {State} state */
  tableOf({ center, width, function: fn, invert: invert2 }) {
    const id = [center, width, fn, invert2].join();
    if (this.table?.id === id) return this.table;
    const packed3 = packGreys(windowBytes(center, width, fn), invert2, this.table?.packed);
    this.table = { id, packed: packed3, greyOf: greyOf(center, width, fn), flip: invert2 ? 255 : 0 };
    return this.table;
  }
  // ---- what a hand does
  /** The pane of the keys; among three planes it is the plane of the state too. @param {Pane} pane */
  choose(pane) {
    this.active = pane;
    const focused = this.panes.some(({ canvas }) => canvas === document.activeElement);
    if (focused) pane.canvas.focus({ preventScroll: true });
    const { plane } = pane.wanted;
    if (plane && this.model.get("plane") !== plane) this.hand.set({ plane });
  }
  /** The pane of the keys alone, or again all of them. */
  maximise() {
    this.maximised = !this.maximised;
    this.redraw();
    return true;
  }
  /** @param {number} slice */
  goTo(slice) {
    return this.hand.set({ slice: clamp(slice, 0, this.model.get("max_slice")) });
  }
  /**
   * @param {string} name
   * @returns {boolean} true: a button or a key of the toolbar always means something
   */
  useTool(name) {
    const actions2 = {
      clear: () => this.marking.remove(),
      slab: () => this.slab.toggle(),
      play: () => this.cine.toggle(),
      save: () => savePng(this.shown, this.state, () => this.say("saved")),
      copy: () => this.copyState(),
      fit: () => this.framing.fit(),
      nearest: () => this.framing.sharpen(),
      flip: () => this.root.matches(".ctkit-blend-flicker") && this.turn(this.panes[0]),
      help: () => this.sheet.toggle()
    };
    if (name in actions2) actions2[name]();
    else this.takeUp(name);
    this.draw();
    return true;
  }
  /** Another tool: what the last one has only begun is given up. @param {string} name */
  takeUp(name) {
    this.walk.cancel();
    this.marking.cancel();
    this.tool = name;
  }
  async copyState() {
    const line2 = stateLine(this.state, this.sources);
    try {
      await navigator.clipboard.writeText(line2);
      this.say(`copied: ${line2}`);
    } catch {
      this.say(line2);
    }
  }
  /** A word under the picture, for eyes and for screen readers. @param {string} text */
  say(text2) {
    setText(this.said, text2);
    clearTimeout(this.saying);
    this.saying = setTimeout(() => setText(this.said, ""), SAY);
  }
};
var messageOf = (error) => error?.message ?? error;

// ctkit/widgets/view/showing.js
var ALONE2 = "No kernel: this view is on its own. It moves as before, but Python hears nothing of it.";
var ALONE_WITH_SLICES = "No kernel: this view is on its own. It has only the slices that came before.";
function createView() {
  const viewers = /* @__PURE__ */ new Set();
  return {
    /** @param {{model: Model}} context */
    initialize: ({ model }) => (
      // A link of views has the same script, and draws nothing.
      model.get("views") ? keepLinked(model) : linkTraits(model, viewers)
    ),
    /** @param {{model: Model, el: Element}} context */
    render: ({ model, el }) => drawView(model, el, viewers)
  };
}
function linkTraits(model, viewers) {
  let end = () => {
  };
  const stop = new AbortController();
  awaited(model, "voxels", stop.signal).then((source) => {
    if (stop.signal.aborted || !source) return;
    end = keepInLine(model, source, (state) => {
      for (const viewer of viewers) viewer.preview(state);
    });
  }, console.error);
  return () => {
    stop.abort();
    end();
  };
}
async function drawView(model, el, viewers) {
  const stop = new AbortController();
  const stops2 = [() => stop.abort()];
  const found = await atOnce(model, SOURCES).catch(() => null);
  const coming = found ? Promise.resolve(found) : waitFor(model, SOURCES, el, stop.signal);
  const drawn2 = coming.then((sources) => {
    if (!stop.signal.aborted) stops2.push(...showView(model, el, viewers, sources));
  }).catch((error) => showFailure(el, error));
  if (found) await drawn2;
  return () => {
    for (const end of stops2) end();
  };
}
function showView(model, el, viewers, sources) {
  const viewer = new Viewer(
    model,
    el,
    /** @type {any} */
    sources
  );
  viewers.add(viewer);
  dropStill(model);
  const note = make("div", "ctkit-kernel", null, { role: "status" });
  viewer.root.prepend(note);
  return [
    // The model of the voxels is Jupyter's own, which knows whether it is alive.
    watchKernel(sources.voxels.model, (gone) => {
      setText(note, gone ? sources.voxels.all ? ALONE2 : ALONE_WITH_SLICES : "");
    }),
    ...["overlay", "second"].map((name) => follow2(model, viewer, name)),
    bringControls(
      model,
      /** @type {HTMLElement} */
      el
    ),
    () => {
      viewers.delete(viewer);
      viewer.close();
    }
  ];
}
function follow2(model, viewer, name) {
  const { signal } = viewer.stop;
  const handler = async () => {
    const wanted = model.get(name);
    const source = await awaited(model, name, signal);
    if (model.get(name) === wanted) viewer.replace(name, source);
  };
  model.on(`change:${name}`, handler);
  return () => model.off(`change:${name}`, handler);
}
function showFailure(el, error) {
  make("div", "ctkit-error", el, {
    role: "alert"
  }).textContent = `The viewer stopped: ${messageOf(error)}`;
  console.error(error);
}

// ctkit/widgets/view/quiz/place.js
var NOT_POINTED = "Point at a place first: click on it, or move the cross with Shift and arrows.";
function drawPlace(el, question, take2, say, stop) {
  el.dataset.lmSuppressShortcuts = "true";
  const opening = open(question, el, stop);
  opening.catch((error) => showFailure(el, error));
  return {
    check: async () => {
      const { model, source } = await opening;
      if (!model.get("pinned")) return say(NOT_POINTED, null);
      take2(applyAffine(source.affine, model.get("cursor")));
    },
    show: async (answer, judged2) => {
      say(judged2?.says[0] ?? "", judged2?.right ?? null);
      const { model, source } = await opening;
      if (!answer) return;
      model.set("cursor", source.indexAt(answer));
      model.set("pinned", true);
      if (judged2?.right) reveal(model, question);
    }
  };
}
async function open({ view = {} }, el, stop) {
  const voxels2 = view.voxels.get ? view.voxels : await voxelModel(view.voxels);
  const model = standIn({ ...view, voxels: voxels2 });
  const { initialize, render } = createView();
  const ends = [initialize({ model }), await render({ model, el })];
  const close = () => {
    for (const end of ends) end();
  };
  if (stop.aborted) close();
  stop.addEventListener("abort", close);
  const source = (
    /** @type {import("../parts/voxels.js").Source} */
    await referred(model, "voxels")
  );
  return { model, source };
}
function reveal(model, { view = {}, mark }) {
  model.set("normal", null);
  model.set("plane", view.plane);
  model.set("slice", view.slice);
  const others = model.get("drawn").filter((one) => one.name !== mark?.name);
  model.set("drawn", [...others, mark]);
}

// ctkit/widgets/view/quiz/questions.js
var drawn = 0;
function drawQuestion(parent, question, number2, take2, stop) {
  const field = make("fieldset", "ctkit-quiz-item", parent);
  const legend = make("legend", "", field);
  write2(legend, `${number2 + 1}. ${question.ask}`);
  if (question.kind === "single" || question.kind === "several")
    return drawOptions(field, question, take2);
  if (question.kind === "number") return drawNumber(field, question, take2);
  const stage = make("div", "ctkit-quiz-place", field);
  drawButton(field, "Check", () => place3.check());
  const place3 = drawPlace(stage, question, take2, drawSaid(field), stop);
  return place3.show;
}
function write2(element, text2) {
  element.replaceChildren(
    ...text2.split("`").map((part, i) => {
      if (i % 2 === 0) return document.createTextNode(part);
      const code = document.createElement("code");
      code.textContent = part;
      return code;
    })
  );
}
var RIGHT = "Right.";
var WRONG = "Not yet.";
function drawSaid(parent) {
  const line2 = make("div", "ctkit-quiz-said", parent, { role: "status" });
  return (text2, right, word2 = right ? RIGHT : WRONG) => {
    setHidden(line2, !text2);
    line2.classList.toggle("ctkit-quiz-right", right === true);
    line2.classList.toggle("ctkit-quiz-wrong", right === false);
    write2(line2, text2 && `${word2} ${text2}`);
  };
}
function drawOptions(field, question, take2) {
  const several = question.kind === "several";
  const name = `ctkit-quiz-${drawn++}`;
  const options = question.options ?? [];
  const rows = options.map((option, i) => {
    const row = make("div", "ctkit-quiz-option", field);
    const label3 = make("label", "", row);
    const type = several ? "checkbox" : "radio";
    const input2 = make("input", "", label3, { type, name, value: i });
    write2(make("span", "", label3), option.text);
    return { input: input2, say: drawSaid(row) };
  });
  const chosen = () => rows.flatMap(({ input: input2 }, i) => input2.checked ? [i] : []);
  if (several) {
    for (const { input: input2 } of rows) {
      input2.addEventListener("change", () => {
        for (const { say } of rows) say("", null);
      });
    }
    drawButton(field, "Check", () => take2(chosen()));
  } else
    for (const [i, { input: input2 }] of rows.entries()) input2.addEventListener("change", () => take2(i));
  return (answer, judged2) => {
    const given = answer === null ? [] : [answer].flat();
    rows.forEach(({ input: input2, say }, i) => {
      input2.checked = given.includes(i);
      const right = several ? options[i].right === input2.checked : options[i].right;
      const word2 = several ? wordOf(options[i].right, input2.checked) : void 0;
      say(judged2?.says[i] ?? "", right, word2);
    });
  };
}
var wordOf = (right, chosen) => right ? chosen ? RIGHT : "This one too." : chosen ? "Not this one." : "Rightly left out.";
function drawNumber(field, question, take2) {
  const row = make("div", "ctkit-quiz-number", field);
  const input2 = make("input", "", row, {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    "aria-label": `Your number${question.unit ? ` in ${question.unit}` : ""}`
  });
  if (question.unit) make("span", "", row).textContent = question.unit;
  drawButton(row, "Check", () => take2(input2.value));
  const say = drawSaid(field);
  input2.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter") take2(input2.value);
  });
  return (answer, judged2) => {
    if (answer !== null && input2.value !== answer) input2.value = answer;
    say(judged2?.says[0] ?? "", judged2?.right ?? null);
  };
}
function drawButton(parent, text2, act2) {
  const button = make("button", "ctkit-quiz-button", parent, { type: "button" });
  button.textContent = text2;
  button.addEventListener("click", act2);
}

// ctkit/widgets/view/quiz/quiz.js
function createQuiz() {
  return {
    initialize() {
    },
    /** @param {{model: Model, el: HTMLElement}} context */
    render: ({ model, el }) => drawQuiz(model, el)
  };
}
function drawQuiz(model, el) {
  const root = make("section", "ctkit-quiz", el, { "aria-label": "Quiz" });
  const questions = model.get("questions");
  const stop = new AbortController();
  const drawn2 = [];
  const items = questions.map((question, number2) => {
    const answered = (answer) => {
      drawn2[number2] = void 0;
      take(model, questions, number2, answer);
      show();
    };
    return drawQuestion(root, question, number2, answered, stop.signal);
  });
  const sum = make("p", "ctkit-quiz-sum", root, { role: "status" });
  const show = () => {
    const answers = model.get("answers");
    questions.forEach((question, i) => {
      const answer = answers[i] ?? null;
      const key = JSON.stringify(answer);
      if (drawn2[i] === key) return;
      drawn2[i] = key;
      items[i](answer, judged(question, answer));
    });
    setText(sum, inSum(questions.length, model.get("results")));
  };
  model.on("change:answers", show);
  model.on("change:results", show);
  show();
  return () => {
    stop.abort();
    model.off("change:answers", show);
    model.off("change:results", show);
  };
}
function take(model, questions, number2, answer) {
  const result = judged(questions[number2], answer);
  model.set("answers", { ...model.get("answers"), [number2]: answer });
  if (result) model.set("results", { ...model.get("results"), [number2]: result.right });
  model.save_changes();
}
function inSum(count3, results) {
  const right = Object.values(results).filter(Boolean).length;
  const left = count3 - Object.keys(results).length;
  if (left === count3) return `${count3} questions`;
  return `${right} of ${count3} right${left ? `, ${left} to go` : ""}`;
}

// ctkit/widgets/view/sinogram.js
var TRAITS = ["row", "column", "direction"];
var turn = (degrees) => [
  Math.cos(degrees * Math.PI / 180),
  Math.sin(degrees * Math.PI / 180)
];
function elementAt([row, column2], degrees, size) {
  const [cos, sin] = turn(degrees);
  const middle = Math.floor(size / 2);
  return cos * (column2 - middle) - sin * (row - middle) + middle;
}
function pointOn2(point, degrees, element, size) {
  const [cos, sin] = turn(degrees);
  const middle = Math.floor(size / 2);
  const from = element - middle;
  const along2 = sin * (point[1] - middle) + cos * (point[0] - middle);
  const most = Math.sqrt(Math.max((middle - 1) ** 2 - from ** 2, 0));
  const kept2 = clamp(along2, -most, most);
  return [middle - sin * from + cos * kept2, middle + cos * from + sin * kept2];
}
function within([row, column2], size) {
  const middle = Math.floor(size / 2);
  const far = Math.hypot(row - middle, column2 - middle);
  const share = far > middle - 1 ? (middle - 1) / far : 1;
  return [middle + (row - middle) * share, middle + (column2 - middle) * share];
}
function createSinogram() {
  return {
    initialize: () => () => {
    },
    /** @param {{model: Model, el: HTMLElement}} context */
    render: ({ model, el }) => {
      const pair = new Pair(model, el);
      return () => pair.close();
    }
  };
}
function floats(model, name) {
  const { buffer, byteOffset, byteLength } = model.get(name);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}
var Pair = class {
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
    for (const text2 of ["0°", "direction of the rays", "180°"]) {
      make("span", "", this.shadows.label).textContent = text2;
    }
    this.ray = makeSvg("line", { class: "ctkit-ray" }, this.slice.over);
    this.point = this.dot(this.slice.over, "ctkit-point");
    this.curve = makeSvg("path", { class: "ctkit-point" }, this.shadows.over);
    this.meets = this.dot(this.shadows.over, "ctkit-ray");
    this.words = make("div", "ctkit-probe", this.root, { "aria-live": "polite" });
    this.hand(this.slice, (x, y) => this.toPoint(x, y), [1, 1]);
    this.hand(this.shadows, (x, y) => this.toRay(x, y), [this.size / this.directions, 1]);
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
    const look2 = { tabindex: 0, role: "img" };
    const canvas = make("canvas", "ctkit-image ctkit-half-picture", stage, look2);
    canvas.width = width;
    canvas.height = this.size;
    const pen = (
      /** @type {CanvasRenderingContext2D} */
      canvas.getContext("2d")
    );
    const pixels = pen.createImageData(width, this.size);
    const greys = this.model.get(name);
    for (let i = 0; i < width * this.size; i++) {
      pixels.data.fill(greys.getUint8(i), 4 * i, 4 * i + 3);
      pixels.data[4 * i + 3] = 255;
    }
    pen.putImageData(pixels, 0, 0);
    const box = `0 0 ${this.size} ${this.size}`;
    const attributes = { class: "ctkit-over", viewBox: box, preserveAspectRatio: "none" };
    const over = makeSvg("svg", attributes, stage);
    const label3 = make("div", "ctkit-half-label", figure);
    return { canvas, over, label: label3 };
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
      const way = ways[
        /** @type {keyof typeof ways} */
        event.key
      ];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation();
      const [x, y] = canvas === this.slice.canvas ? this.placeOfPoint() : this.placeOfRay();
      go(x + way[0] * right, y + way[1] * down);
    });
  }
  /** @returns {[number, number]} */
  placeOfPoint() {
    const [row, column2] = this.at();
    return [column2 + 0.5, row + 0.5];
  }
  /** @returns {[number, number]} */
  placeOfRay() {
    const degrees = this.model.get("direction");
    return [degrees / 180 * this.size, elementAt(this.at(), degrees, this.size) + 0.5];
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
    const degrees = clamp(x / this.size * 180, 0, 180);
    const most = Math.floor(this.size / 2) - 1;
    const middle = Math.floor(this.size / 2);
    const element = clamp(y - 0.5, middle - most, middle + most);
    this.model.set("direction", degrees);
    this.set(pointOn2(this.at(), degrees, element, this.size));
  }
  /** @param {Point} point */
  set([row, column2]) {
    this.model.set("row", row);
    this.model.set("column", column2);
    this.show();
    this.model.save_changes();
  }
  show() {
    const { size } = this;
    const degrees = this.model.get("direction");
    const [row, column2] = this.at();
    const [x, y] = this.placeOfPoint();
    const [cos, sin] = turn(degrees);
    const ends = { x1: x - 2 * size * sin, y1: y - 2 * size * cos };
    const others = { x2: x + 2 * size * sin, y2: y + 2 * size * cos };
    for (const [name, value] of Object.entries({ ...ends, ...others })) {
      setAttribute(this.ray, name, String(value));
    }
    place2(this.point, x, y);
    place2(this.meets, ...this.placeOfRay());
    const places = Array.from({ length: 181 }, (_, angle2) => {
      const up = elementAt([row, column2], angle2, size) + 0.5;
      return `${(angle2 / 180 * size).toFixed(2)} ${up.toFixed(2)}`;
    });
    setAttribute(this.curve, "d", `M${places.join("L")}`);
    const text2 = this.said(row, column2, degrees);
    setText(this.words, text2);
    for (const { canvas } of [this.slice, this.shadows]) setAttribute(canvas, "aria-label", text2);
  }
  /** @param {number} row @param {number} column @param {number} degrees */
  said(row, column2, degrees) {
    const { size, directions: directions2 } = this;
    const [r, c] = [row, column2].map((n) => clamp(Math.round(n), 0, size - 1));
    const element = elementAt([row, column2], degrees, size);
    const k = Math.min(Math.round(degrees / 180 * directions2), directions2 - 1);
    const i = clamp(Math.round(element), 0, size - 1);
    const share = 100 * Math.exp(-this.integrals[i * directions2 + k]);
    const mm = (element - Math.floor(size / 2)) * this.model.get("step");
    const arrive = share < 10 ? share.toPrecision(2) : share.toFixed(0);
    return [
      `row ${r}, column ${c}: ${Math.round(this.hu[r * size + c])} HU`,
      `${degrees.toFixed(0)}°, ${mm.toFixed(1)} mm: ${arrive} % of the photons arrive`
    ].join("   ");
  }
};
function place2(dot2, x, y) {
  setAttribute(dot2, "cx", String(x));
  setAttribute(dot2, "cy", String(y));
}

// ctkit/widgets/view/index.js
var pure = {
  ...crossing_exports,
  ...cutting_exports,
  ...geometry_exports,
  ...line_exports,
  ...marks_exports,
  ...measuring_exports,
  ...overlay_exports,
  ...lettering_exports,
  ...labels_exports,
  ...windowing_exports,
  ...pictures_exports,
  ...sampling_exports,
  ...zooming_exports,
  asNumber,
  judged,
  endsOf,
  following,
  sliceAfter,
  clamp,
  countsOf,
  differenceHeld,
  elementAt,
  laidOut,
  onStep,
  pointOn: pointOn2,
  packed: (sizes, most) => [...packed(sizes, most)],
  settle,
  stateLine,
  steps,
  PARTS,
  Source,
  ticks,
  wheelSteps
};
function createWidget() {
  const widgets = { drop: createField(), quiz: createQuiz(), sinogram: createSinogram() };
  const view = createView();
  const of = (model) => (
    /** @type {any} */
    widgets[model.get("mode")] ?? view
  );
  return {
    /** @param {{model: Model}} context */
    initialize: (context) => of(context.model).initialize(context),
    /** @param {{model: Model, el: HTMLElement}} context */
    render: (context) => of(context.model).render(context)
  };
}
export {
  createWidget as default,
  inOrder,
  inflated,
  pure,
  standIn,
  stateFrom
};
