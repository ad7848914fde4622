/** Whether a kernel hears what the hand does. */

const GONE = ["dead", "terminating", "restarting", "autorestarting"];

/**
 * Call back at once, and whenever the kernel of a model comes or goes.
 * @param {any} model of Jupyter's, or a stand-in in a page without it, which misses no kernel
 * @param {(gone: boolean) => void} listener
 * @returns {() => void} clean-up
 */
export function watchKernel(model, listener) {
  const kernel = model.widget_manager?.kernel;
  const tell = () => listener(isGone(model, kernel));
  model.on("comm_live_update", tell);
  const signals = [kernel?.statusChanged, kernel?.connectionStatusChanged, kernel?.disposed];
  for (const signal of signals) signal?.connect(tell);
  tell();
  return () => {
    model.off("comm_live_update", tell);
    for (const signal of signals) signal?.disconnect(tell);
  };
}

/** @param {any} model @param {any} kernel that the model had when it was first seen */
function isGone(model, kernel) {
  if (model.comm_live === false) return true;
  if (!kernel) return false;
  return (
    kernel.isDisposed || GONE.includes(kernel.status) || kernel.connectionStatus === "disconnected"
  );
}
