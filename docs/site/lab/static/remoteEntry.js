// An extension of JupyterLab for this site, as JupyterLab loads it: no bundler made it, and it
// imports nothing. A cell that is run before Python is ready waits and says so, and a page can
// be reset to what it was.
"use strict";

{
  const RUN = /^(notebook:(run|restart-run)|runmenu:)/;
  const STARTING =
    "Python is starting in this tab. A cell that you run now waits until it is ready.";
  const WAITING = "Your cell waits: Python is still starting in this tab, and then runs it.";
  const FAILED = "Python did not start in this tab: reload the page, or take another browser.";
  const PATIENCE = 180_000; // ms

  /** A line at the foot of the window; screen readers say it. */
  function makeNotice() {
    const node = document.createElement("div");
    node.className = "ctkit-notice";
    node.setAttribute("role", "status");
    Object.assign(node.style, {
      position: "fixed",
      insetInline: "0",
      bottom: "2.5rem",
      margin: "0 auto",
      width: "fit-content",
      maxWidth: "90vw",
      padding: "0.6rem 1rem",
      borderRadius: "0.4rem",
      zIndex: "10000",
      background: "#1f3a5f",
      color: "#ffffff",
      font: "14px/1.4 system-ui, sans-serif",
      pointerEvents: "none",
    });
    node.hidden = true;
    document.body.append(node);
    return (text) => {
      node.textContent = text;
      node.hidden = text === "";
    };
  }

  /** The notebook in front, or null. */
  function openPage(app) {
    const panel = app.shell.currentWidget;
    return panel?.sessionContext && panel.content?.activeCell !== undefined ? panel : null;
  }

  /** Resolves once Python answers in the kernel of a notebook; asked once for each kernel. */
  async function answers(sessionContext, asked) {
    await sessionContext.ready;
    while (!sessionContext.session?.kernel) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { kernel } = sessionContext.session;
    if (!asked.has(kernel.id)) {
      const request = kernel.requestExecute({ code: "", silent: true, store_history: false });
      const late = new Promise((_, reject) => setTimeout(reject, PATIENCE));
      asked.set(kernel.id, Promise.race([request.done, late]));
    }
    return asked.get(kernel.id);
  }

  /** Say that Python starts; commands that run cells wait for it. */
  function waitForPython(app, say) {
    const asked = new Map();
    const ready = new Set();
    const watch = async (panel, words) => {
      if (!panel || ready.has(panel)) return;
      say(words);
      try {
        await answers(panel.sessionContext, asked);
        ready.add(panel);
        say("");
      } catch {
        say(FAILED);
      }
    };
    const execute = app.commands.execute.bind(app.commands);
    app.commands.execute = async (id, args) => {
      if (RUN.test(id)) await watch(openPage(app), WAITING);
      return execute(id, args);
    };
    app.shell.currentChanged.connect(() => watch(openPage(app), STARTING));
    watch(openPage(app), STARTING);
  }

  /** The page in front stands in the address, so that it is there again after a reload. */
  function keepAddress(app) {
    const put = () => {
      const path = openPage(app)?.context.path;
      if (path) history.replaceState(history.state, "", `?path=${encodeURIComponent(path)}`);
    };
    app.shell.currentChanged.connect(put);
    put();
  }

  /** The command that throws the reader's changes of a page away. */
  function addReset(app) {
    const question =
      "Reset this page? Your changes on it are lost: download it first to keep them.";
    app.commands.addCommand("ctkit:reset-page", {
      label: "Reset page",
      caption: "Throw your changes of this page away",
      isEnabled: () => openPage(app) !== null,
      execute: async () => {
        const panel = openPage(app);
        if (!panel || !window.confirm(question)) return;
        // The browser's own copy hides the site's: without it, that one is read again.
        await app.serviceManager.contents.delete(panel.context.path);
        await panel.context.revert();
      },
    });
  }

  const plugin = {
    id: "ctkit-tab:plugin",
    autoStart: true,
    activate: (app) => {
      addReset(app);
      app.restored.then(() => {
        waitForPython(app, makeNotice());
        keepAddress(app);
        if (window.innerWidth < 800) app.shell.collapseLeft();
      });
    },
  };

  globalThis._JUPYTERLAB ??= {};
  globalThis._JUPYTERLAB["ctkit-tab"] = {
    init: () => undefined,
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
}
