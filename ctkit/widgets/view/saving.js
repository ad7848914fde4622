/** The picture as a file, and the state as a line of Python. */

import { line } from "./line.js";
import { pathOf } from "./pane.js";
import { PARTS } from "./state.js";

/**
 * @typedef {import("./pane.js").Pane} Pane
 * @typedef {import("./layer.js").Layer} Layer
 * @typedef {import("./state.js").State} State
 */

const FINER = 2; // pixels of the file for one of the page

/**
 * Offer the stages as a PNG to be saved.
 * @param {Pane[]} panes
 * @param {State} state
 * @param {() => void} saved called when it is done
 */
export function savePng(panes, state, saved) {
  const link = document.createElement("a");
  const window = `c${state.center}_w${state.width}`;
  link.download = `ctkit_${state.plane}_${state.slice}_${window}.png`;
  drawScreen(panes).toBlob((blob) => {
    if (!blob) return;
    link.href = URL.createObjectURL(blob);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    saved();
  });
}

/**
 * The stages as they are on screen, on one canvas.
 * @param {Pane[]} panes
 */
function drawScreen(panes) {
  const boxes = panes.map((pane) => pane.stage.getBoundingClientRect());
  const left = Math.min(...boxes.map((box) => box.left));
  const top = Math.min(...boxes.map((box) => box.top));
  const canvas = document.createElement("canvas");
  canvas.width = FINER * (Math.max(...boxes.map((box) => box.right)) - left);
  canvas.height = FINER * (Math.max(...boxes.map((box) => box.bottom)) - top);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  panes.forEach((pane, i) => {
    context.save();
    const [x, y] = [boxes[i].left - left, boxes[i].top - top];
    context.setTransform(FINER, 0, 0, FINER, FINER * x, FINER * y);
    drawPane(context, pane);
    context.restore();
  });
  return canvas;
}

/** @param {CanvasRenderingContext2D} context @param {Pane} pane */
function drawPane(context, pane) {
  clipTo(context, 0, pane);
  context.fillStyle = "#000";
  context.fill();
  drawPictures(context, pane);
  // What a mark is taken by is no part of the picture.
  const lines = pane.overlay?.lines.filter(({ name }) => name !== "grip") ?? [];
  for (const line of lines) drawLine(context, line, pane);
  for (const text of pane.overlay?.texts ?? []) drawText(context, text, pane);
}

/** The pictures of a pane without what stands over them. @param {CanvasRenderingContext2D} context @param {Pane} pane */
export function drawPictures(context, pane) {
  drawGround(context, pane);
  for (const layer of [pane.base, pane.top, pane.maskLayer]) drawLayer(context, layer, pane);
}

/** Where one of two volumes may have nothing. @param {CanvasRenderingContext2D} context @param {Pane} pane */
function drawGround(context, { overlay, ground }) {
  if (!overlay?.ground) return;
  const { left, top, width, height } = overlay.ground;
  context.fillStyle = getComputedStyle(ground).backgroundColor;
  context.fillRect(left, top, width, height);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} left
 * @param {Pane} pane
 * @param {number} right
 */
function clipTo(context, left, { wide, high }, right = wide) {
  context.beginPath();
  context.rect(left, 0, right - left, high);
  context.clip();
}

/** @param {CanvasRenderingContext2D} context @param {Layer} layer @param {Pane} pane */
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

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./overlay.js").Line} line
 * @param {Pane} pane
 */
function drawLine(context, line, pane) {
  const path = new Path2D(pathOf(line));
  for (const element of [pane.halos[line.name], pane.paths[line.name]]) {
    const { stroke, strokeWidth, strokeOpacity } = getComputedStyle(element);
    context.lineWidth = Number.parseFloat(strokeWidth);
    context.strokeStyle = stroke;
    context.globalAlpha = Number(strokeOpacity);
    context.stroke(path);
  }
  context.globalAlpha = 1;
}

const LINE = 1.4; // of the size of the letters, as in view.css

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./overlay.js").Text} text
 * @param {Pane} pane
 */
function drawText(context, { place, text, x, y, align, base, size }, pane) {
  const style = getComputedStyle(pane.elementOf(place));
  const lines = text.split("\n");
  if (!text) return;
  context.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.fillStyle = style.color;
  context.textBaseline = "middle";
  context.textAlign = /** @type {CanvasTextAlign} */ (align);
  const high = size * LINE;
  const above = { top: 0, middle: 0.5, bottom: 1 }[base] ?? 0;
  const top = y - above * high * lines.length;
  darken(context, style.backgroundColor, lines, [x, top, high * lines.length]);
  // The halo of view.css.
  context.strokeStyle = "#000";
  context.lineWidth = 3;
  context.lineJoin = "round";
  lines.forEach((line, i) => {
    context.strokeText(line, x, top + (i + 0.5) * high);
    context.fillText(line, x, top + (i + 0.5) * high);
  });
}

/**
 * The dark ground under a text, as large as on screen.
 * @param {CanvasRenderingContext2D} context with the font and its alignment
 * @param {string} colour
 * @param {string[]} lines
 * @param {number[]} place x, top, and how high
 */
function darken(context, colour, lines, [x, top, high]) {
  const wide = Math.max(...lines.map((line) => context.measureText(line).width));
  const part = { left: 0, start: 0, center: 0.5, right: 1, end: 1 }[context.textAlign];
  const before = context.fillStyle;
  context.fillStyle = colour;
  context.fillRect(x - part * wide - 4, top - 1, wide + 8, high + 2);
  context.fillStyle = before;
}

/**
 * The state as a line of Python.
 * @param {State} state
 * @param {import("./overlay.js").Grids} grids
 */
export function stateLine(state, grids) {
  const parts = PARTS.filter((part) => part.traits[0] in state);
  const words = parts.flatMap((part) => Object.entries(part.words?.(state, grids) ?? {}));
  const last = Object.entries(Object.fromEntries(words));
  return line(state.call, Object.fromEntries(last.filter(([, word]) => word !== "")));
}
