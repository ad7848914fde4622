/**
 * The views of a page come alive as they come into sight, with no kernel: the picture of each gives way to
 * the widgets' own script, with the state that stands beside the picture. Voxels are files that pages share.
 */

import { finish, made } from "./making.js";

/** By address: what a file holds. @type {Map<string, Promise<Uint8Array>>} */
const files = new Map();
/** By what they are: the models of voxels, which views share. */
const models = new Map();
/** By its file: the head that others are made of. @type {Map<string, Promise<Int16Array>>} */
const heads = new Map();
let script;

for (const figure of document.querySelectorAll("figure[data-ctkit]")) {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      bring(figure);
    },
    { rootMargin: "300px 0px" },
  );
  observer.observe(figure);
}

/** Bring one view to life; where that fails, its picture stays, and says why. */
async function bring(figure) {
  const said = document.createElement("p");
  said.className = "ctkit-coming";
  said.role = "status";
  said.textContent = "The viewer is coming …";
  figure.append(said);
  try {
    const el = await drawn(figure);
    figure.replaceChildren(el);
    figure.dataset.alive = "yes";
  } catch (error) {
    said.textContent = `This picture stays still. ${error.message ?? error}`;
    console.error(error);
  }
}

async function drawn(figure) {
  const up = new URL(figure.dataset.ctkit, document.baseURI);
  script ??= import(new URL("_static/view.js", up));
  const view = await script;
  const state = view.stateFrom(figure.querySelector("script").textContent);
  // The questions of a quiz have views of their own.
  const states = [state, ...(state.questions ?? []).flatMap((question) => question.view ?? [])];
  await Promise.all(
    states.flatMap((one) =>
      Object.entries(one).map(async ([name, value]) => {
        if (value?.file || value?.made) one[name] = await held(value, up, view);
      }),
    ),
  );
  const model = view.standIn(state);
  const { initialize, render } = view.default();
  const el = document.createElement("div");
  initialize?.({ model });
  // It measures itself: so it stands in the page before it is drawn.
  figure.prepend(el);
  await render({ model, el });
  return el;
}

/** The model of voxels, or plain bytes, of a file. */
async function held(value, up, view) {
  const key = JSON.stringify(value);
  if (!models.has(key)) models.set(key, modelOf(value, up, view));
  return models.get(key);
}

async function modelOf(value, up, view) {
  if (value.made)
    return view.standIn({ ...value, buffer: await madeOfHead(value.made, value, up, view) });
  const bytes = await fetched(new URL(`_volumes/${value.file}`, up), view);
  return value.kind
    ? view.standIn({ ...value, buffer: view.inOrder(value, bytes) })
    : new DataView(bytes.buffer);
}

/** The voxels of a volume that is made of the head: see docs/site/making.py. */
async function madeOfHead({ base, from, axes, kept, added }, { shape }, up, view) {
  const head = { kind: "int16", shape: from, file: base };
  heads.set(base, heads.get(base) ?? valuesOf(head, shape, up, view));
  const [all, how, mask, change] = await Promise.all([
    heads.get(base),
    ...[axes, kept, added].map((part) => part && valuesOf(part, shape, up, view)),
  ]);
  const volume = await made(all, from, how);
  finish(volume, mask, change);
  return new Uint8Array(volume.buffer);
}

async function valuesOf(part, shape, up, view) {
  const bytes = await fetched(new URL(`_volumes/${part.file}`, up), view);
  if (part.kind === "json") return JSON.parse(new TextDecoder().decode(bytes));
  const { buffer } = view.inOrder({ shape, ...part }, bytes);
  return part.kind === "int16" ? new Int16Array(buffer) : new Int8Array(buffer);
}

/** The content of a file: its name says what is in it, so a browser that has it never asks again. */
function fetched(url, view) {
  if (!files.has(url.href)) files.set(url.href, fetchedAnew(url, view));
  return files.get(url.href);
}

async function fetchedAnew(url, view) {
  const answer = await fetch(url, { cache: "force-cache" });
  if (!answer.ok) throw new Error(`Its voxels could not be fetched: ${answer.status}.`);
  return view.inflated(answer.body);
}
