/**
 * One drop on its way to Python: it is announced, sent piece by piece, and ended. Python says
 * what it has taken; only a few messages are under way at a time, so that neither a slow line
 * nor a busy kernel fills the memory of anything in between.
 *
 * @typedef {import("../state.js").Model} Model
 * @typedef {import("./gathering.js").Given} Given
 */

import { packed } from "./packing.js";

const PIECE = 2 ** 21; // bytes of a message; servers refuse those above ten megabytes
const UNDER_WAY = 4;

export class Sending {
  /**
   * @param {Model} model
   * @param {Given[]} given
   * @param {(taken: number) => void} tell how many bytes Python has
   */
  constructor(model, given, tell) {
    this.model = model;
    this.given = given;
    this.tell = tell;
    this.drop = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    this.total = given.reduce((sum, one) => sum + one.file.size, 0);
    this.underWay = 0;
    this.ended = false;
    this.wake = () => {};
  }

  /** Send all; true once Python has been told that it was all. */
  async run() {
    const files = this.given.map((one) => [one.name, one.file.size]);
    this.say("begin", { files });
    this.underWay = UNDER_WAY; // until Python says go
    for (const pieces of packed(
      this.given.map((one) => one.file.size),
      PIECE,
    )) {
      const blobs = pieces.map(([number, start, length]) =>
        this.given[number].file.slice(start, start + length),
      );
      // One is read while the others are under way.
      const bytes = await new Blob(blobs).arrayBuffer();
      if (!(await this.room())) return false;
      this.underWay++;
      this.say("bytes", { parts: pieces }, [bytes]);
    }
    if (!(await this.room())) return false;
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
    /** @type {any} */ (this.model).send({ kind, drop: this.drop, ...words }, undefined, buffers);
  }
}
