/**
 * The views of a page come alive as they come into sight, with no kernel: the picture of each gives way to
 * the widgets' own script, with the state that stands beside the picture. Voxels are files that pages share.
 */

/** By address: what a file holds. @type {Map<string, Promise<Uint8Array>>} */
const files = new Map();
/** By what they are: the models of voxels, which views share. */
const models = new Map();
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
        if (value?.file) one[name] = await held(value, up, view);
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
  const [bytes, base] = await Promise.all(
    [value.file, value.base].map((name) => name && fetched(new URL(`_volumes/${name}`, up), view)),
  );
  if (!value.kind) return new DataView(bytes.buffer);
  const buffer = view.inOrder(value, bytes);
  if (base) addTo(new Int16Array(buffer.buffer), view.inOrder(value, base), value);
  return view.standIn({ ...value, buffer });
}

/**
 * Add the voxels of another volume of the same shape, turned round along some axes: what is much like the head
 * is kept as its difference to it. int16 wraps around.
 */
function addTo(values, bytes, { shape: [slices, rows, columns], flips }) {
  const others = new Int16Array(bytes.buffer);
  const [turned, upside, across] = [0, 1, 2].map((axis) => flips.includes(axis));
  let i = 0;
  for (let slice = 0; slice < slices; slice++) {
    for (let row = 0; row < rows; row++) {
      const k = turned ? slices - 1 - slice : slice;
      const j = upside ? rows - 1 - row : row;
      const first = (k * rows + j) * columns;
      for (let column = 0; column < columns; column++) {
        values[i++] += others[first + (across ? columns - 1 - column : column)];
      }
    }
  }
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
