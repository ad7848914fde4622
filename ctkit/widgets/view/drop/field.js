/**
 * The field of `drop()`: what it knows, once a model; each of its views draws that. What is held
 * comes by messages and never as a trait: Jupyter saves traits with the page.
 *
 * @typedef {import("../state.js").Model} Model
 * @typedef {import("./gathering.js").Given} Given
 *
 * @typedef {object} Held what Python holds
 * @property {string} words how many files of which size, "" where there are none
 * @property {string[]} notes
 * @property {string[]} heads of the table
 * @property {string[][]} rows
 * @property {string[]} problems "" of each series that can be loaded
 * @property {number|null} picked
 * @property {boolean} shown whether a view stands below
 */

import { watchKernel } from "../kernel.js";
import { Panel } from "./panel.js";
import { Sending } from "./sending.js";
import * as words from "./words.js";

const PATIENCE = 4000; // milliseconds without an answer, until the reader is told

/** @type {Held} */
const NOTHING = {
  words: "",
  notes: [],
  heads: [],
  rows: [],
  problems: [],
  picked: null,
  shown: false,
};

export class Field {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.held = NOTHING;
    this.status = "";
    this.error = "";
    /** What waits for an answer, and can be stopped where it is a drop. @type {""|"sending"|"python"} */
    this.busy = "";
    this.share = 0; // of the bytes, 0 to 1
    this.alone = false;
    this.lost = ""; // the drop that was under way when the connection broke
    /** @type {Sending|null} */
    this.sending = null;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.late = undefined;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    /** @param {any} message */
    this.onMessage = (message) => this.hear(message);
    model.on("msg:custom", this.onMessage);
    // The layout is a model of Jupyter's own, which knows whether it is alive.
    const layout = /** @type {any} */ (model.get("layout"));
    this.unwatch = layout?.on ? watchKernel(layout, (gone) => this.onKernel(gone)) : () => {};
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
    if (this.busy) return this.show({ error: words.ONE_AT_A_TIME });
    this.show({ busy: "sending", share: 0, error: "", status: words.LOOKING });
    try {
      await this.send(await coming);
    } catch (error) {
      console.error(error);
      this.cancel();
      this.show({ error: words.UNREADABLE, status: "" });
    }
  }

  /** @param {Given[]} given */
  async send(given) {
    if (this.busy !== "sending") return;
    this.sending = new Sending(this.model, given, (taken) => this.onTaken(taken));
    this.wait(words.announced(given.length));
    const done = await this.sending.run();
    if (done) this.show({ busy: "python", share: 1, status: words.READING });
    if (done) this.wait(words.READING);
  }

  /** Stop what is under way. */
  cancel() {
    const { sending } = this;
    if (!sending && this.busy !== "sending") return;
    sending?.stop();
    this.say({ kind: "cancel", drop: sending?.drop });
    this.rest({ status: words.STOPPED });
  }

  /** Show a series below. @param {number} series */
  open(series) {
    if (this.busy || this.alone) return;
    this.say({ kind: "open", series });
    this.show({ busy: "python", error: "" });
    this.wait(words.LOADING);
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
    this.rest({ status: waited ? words.holds(held) : this.status });
  }

  /** @param {number} taken bytes */
  onTaken(taken) {
    const total = this.sending?.total ?? 0;
    this.share = total ? taken / total : 0;
    this.wait(words.progress(this.share));
  }

  /** @param {boolean} gone */
  onKernel(gone) {
    if (gone === this.alone) return;
    this.alone = gone;
    if (!gone) return this.ask();
    this.lost = this.sending?.drop ?? this.lost;
    this.sending?.stop();
    this.held = NOTHING;
    this.rest({ error: words.ALONE });
  }

  // ---- what is shown

  /** Say what is under way, and that nothing is heard where that lasts. @param {string} status */
  wait(status) {
    clearTimeout(this.late);
    this.late = setTimeout(() => this.show({ status: words.late(status) }), PATIENCE);
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
}

/** The two halves of one model's life, as anywidget wants them. */
export function createField() {
  /** @type {Field|undefined} */
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
    },
  };
}
