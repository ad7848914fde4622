/**
 * What anywidget loads for each widget: it takes the script itself from the model, once a page. A
 * browser keeps every module that it has loaded.
 *
 * @typedef {import("./state.js").Model} Model
 * @typedef {{initialize: (context: any) => any, render: (context: any) => any}} Widget
 */

const page = /** @type {{ctkitScripts?: Map<string, Promise<{default: () => Widget}>>}} */ (
  globalThis
);
page.ctkitScripts ??= new Map();
const kept = page.ctkitScripts;

/** @param {string} text of a module */
async function load(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

export default () => {
  /** @type {Promise<Widget>|undefined} */
  let made;
  /** @param {Model} model */
  const of = (model) => {
    const text = model.get("_script");
    const script = kept.get(text) ?? load(text);
    kept.set(text, script);
    made ??= script.then((module) => module.default());
    return made;
  };
  /** @type {WeakMap<Model, Promise<any>>} what each model's own beginning gives, once it has begun */
  const begun = new WeakMap();
  return {
    /**
     * anywidget waits 2 s for this, and a model that is later hears nothing of Python any more. So
     * it waits for no script here, which takes longer where the machine is busy: `render` does.
     * @param {{model: Model}} context
     */
    initialize: (context) => {
      const beginning = of(context.model).then((widget) => widget.initialize(context));
      begun.set(context.model, beginning);
      return () => beginning.then((end) => end?.());
    },
    /** @param {{model: Model, el: HTMLElement}} context */
    render: async (context) => {
      await begun.get(context.model);
      return (await of(context.model)).render(context);
    },
  };
};
