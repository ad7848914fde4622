/** One view of a model: its panes, what is under them, and what a hand does to them. */

import { Cine } from "./cine.js";
import { make, setClass, setHidden, setText } from "./dom.js";
import { Failure } from "./failure.js";
import { Framing } from "./framing.js";
import { Gestures } from "./gestures.js";
import { Hand } from "./hand.js";
import { Histogram } from "./histogram.js";
import { History } from "./history.js";
import { onKey, onSliceSlider } from "./keys.js";
import { Legend } from "./legend.js";
import { Lens } from "./lens.js";
import { Marking, Walk } from "./marking.js";
import { MarkList } from "./marklist.js";
import { REGIONS } from "./marks.js";
import { regionValues } from "./measuring.js";
import { nameSliders } from "./naming.js";
import { addNativeControls } from "./native.js";
import { clamp } from "./numbers.js";
import { panes } from "./overlay.js";
import { Pane } from "./pane.js";
import { Probe } from "./probe.js";
import { Profile } from "./profile.js";
import { savePng, stateLine } from "./saving.js";
import { Sheet } from "./sheet.js";
import { Slab } from "./slabs.js";
import { read, watch } from "./state.js";
import { Toolbar } from "./tools.js";
import { Touching } from "./touching.js";
import { Turning } from "./turning.js";
import { greyOf, packGreys, windowBytes } from "./windowing.js";

/**
 * @typedef {import("./state.js").Model} Model
 * @typedef {import("./state.js").State} State
 * @typedef {import("./parts/voxels.js").Source} Source
 * @typedef {import("./pane.js").Sources} Sources
 */

const FLICKER = 600; // milliseconds: less than twice a second harms nobody
const SAY = 6000;

export class Viewer {
  /**
   * @param {Model} model
   * @param {Element} el
   * @param {Sources & {voxels: Source}} sources
   */
  constructor(model, el, sources) {
    this.model = model;
    this.sources = sources;
    this.stop = new AbortController();
    /** @type {import("./windowing.js").Table|null} */
    this.table = null;
    this.tool = "window";
    this.maximised = false;
    /** @type {ReturnType<typeof setInterval>|undefined} */
    this.flickering = undefined;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.saying = undefined;
    /** @type {(() => void)|undefined} */
    this.stopNaming = undefined;
    this.redraw = () => this.tryTo(() => this.draw());
    this.preview = (/** @type {State} */ state) =>
      this.tryTo(() => this.paint(this.hand.inSight(state)));
    this.hand = new Hand(model, sources.voxels, this);
    this.marking = new Marking(this);
    this.walk = new Walk(this);
    this.history = new History(this);
    /** @type {{mark: import("./marks.js").Mark, values: number[]}|null} */
    this.valuesOf = null;
    this.slab = new Slab(this);
    this.turning = new Turning(this);
    this.gestures = new Gestures(this);
    this.root = make("div", `ctkit-view ctkit-mode-${model.get("mode")}`, el);
    this.toolbar = new Toolbar(this.root, this);
    // Over the pictures, where the sliders are: what a function said must not need a scroll.
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
    this.drawNative = model.get("standalone") ? this.addControls(el) : () => {};
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
    return /** @type {Source} */ (this.sources.voxels);
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
    const [nearest, slab] = [state.interpolation === "nearest", Boolean(state.slab)];
    setClass(this.root, "ctkit-slabbed", slab);
    this.toolbar.draw(this.tool, { play: this.cine.playing, nearest, slab });
    this.marking.keepMeasured();
  }

  /** The values of the region in sight that is told; the same list as long as it is the same. */
  regionInSight() {
    const here = this.marking.inSight(this.active).filter(({ mark }) => mark.voxels);
    const regions = here.filter(({ mark }) => REGIONS.includes(mark.kind));
    const one = regions.find(({ number }) => number === this.marking.selected) ?? regions[0];
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
    const kept = wanted.includes(this.active) ? this.active : wanted[0];
    this.active = wanted.find((pane) => pane.wanted.plane === state.plane) ?? kept;
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
    // Who asked for less motion turns by hand.
    const on = both && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (on === (this.flickering !== undefined)) return;
    clearInterval(this.flickering);
    this.flickering = on ? setInterval(() => this.turn(pane), FLICKER) : undefined;
  }

  /** @param {Pane} pane */
  turn(pane) {
    pane.wanted.flickered = !pane.wanted.flickered;
    this.redraw();
  }

  /** The table of the window, made anew only when the window has changed. @param {State} state */
  tableOf({ center, width, function: fn, invert }) {
    const id = [center, width, fn, invert].join();
    if (this.table?.id === id) return this.table;
    const packed = packGreys(windowBytes(center, width, fn), invert, this.table?.packed);
    this.table = { id, packed, greyOf: greyOf(center, width, fn), flip: invert ? 255 : 0 };
    return this.table;
  }

  // ---- what a hand does

  /** The pane of the keys; among three planes it is the plane of the state too. @param {Pane} pane */
  choose(pane) {
    this.active = pane;
    const focused = this.panes.some(({ canvas }) => canvas === document.activeElement);
    // The ring stands around the picture that the keys move, after a turn of the wheel too.
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
    /** @type {Record<string, () => void>} */
    const actions = {
      clear: () => this.marking.remove(),
      slab: () => this.slab.toggle(),
      play: () => this.cine.toggle(),
      save: () => savePng(this.shown, this.state, () => this.say("saved")),
      copy: () => this.copyState(),
      fit: () => this.framing.fit(),
      nearest: () => this.framing.sharpen(),
      flip: () => this.root.matches(".ctkit-blend-flicker") && this.turn(this.panes[0]),
      help: () => this.sheet.toggle(),
    };
    if (name in actions) actions[name]();
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
    const line = stateLine(this.state, this.sources);
    try {
      await navigator.clipboard.writeText(line);
      this.say(`copied: ${line}`);
    } catch {
      this.say(line);
    }
  }

  /** A word under the picture, for eyes and for screen readers. @param {string} text */
  say(text) {
    setText(this.said, text);
    clearTimeout(this.saying);
    this.saying = setTimeout(() => setText(this.said, ""), SAY);
  }
}

/** @param {any} error */
export const messageOf = (error) => error?.message ?? error;
