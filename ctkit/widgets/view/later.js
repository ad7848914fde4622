/** Long work in short pieces, so that no key waits for it. */

const REST = 60; // milliseconds without anything new, until it begins
const PIECE = 9; // milliseconds
const MOST = 3; // as many as a view has panes: what is older, nobody looks at any more

/** @typedef {{isDone: boolean, make: (milliseconds: number) => unknown}} Work */

export class Later {
  /** @param {(key: string, work: any) => void} done called when one is done */
  constructor(done) {
    this.done = done;
    /** @type {Map<string, Work>} */
    this.works = new Map();
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.timer = undefined;
    // Not a timer: each would wait a few milliseconds more.
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
    work.make(PIECE);
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
}
