// What the kernel loads as its interpreter: Pyodide, with the packages that this site has.
// The kernel calls `loadPyodide`, which is this one; Pyodide's own stands beside it.
"use strict";

self.loadPyodide = async ({ site, packages, ...options }) => {
  const [startup, kernel] = ["startup.py", "kernel.py"].map((name) =>
    fetch(`${options.indexURL}${name}`).then((answer) => answer.text()),
  );
  importScripts(`${options.indexURL}pyodide.js`);
  // Where Python can't wait for a download in the middle of an import, all comes beforehand.
  const first = "Suspending" in WebAssembly ? packages : site.packages;
  const python = await self.loadPyodide({
    ...options,
    // The kernel names some that it can do without, and that this site doesn't have.
    packages: first.filter((name) => site.packages.includes(name)),
  });
  for (const [folder, name, address] of site.files) {
    const url = new URL(address, options.indexURL).href;
    python.FS.mkdirTree(folder);
    python.FS.createLazyFile(folder, name, url, true, false);
  }
  python.FS.mkdirTree("/etc/ipython/startup");
  python.FS.writeFile("/etc/ipython/startup/kernel.py", await kernel);
  const globals = python.toPy({ imports: site.imports, absent: site.absent });
  python.runPython(await startup, { globals });
  return python;
};
