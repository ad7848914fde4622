// What the kernel loads as its interpreter: Pyodide, with the packages that this site has.
// The kernel calls `loadPyodide`, which is this one; Pyodide's own stands beside it.
"use strict";

self.loadPyodide = async ({ site, packages, ...options }) => {
  const [startup, kernel] = ["startup.py", "kernel.py"].map((name) =>
    fetch(`${options.indexURL}${name}`).then((answer) => answer.text()),
  );
  const { headFile } = await import(`${options.indexURL}head.js`);
  // It comes while Python starts.
  const head = headFile(new URL(site.head.voxels, options.indexURL).href, site.head);
  head.catch(() => undefined); // told below
  importScripts(`${options.indexURL}pyodide.js`);
  // Where Python can't wait for a download in the middle of an import, all comes beforehand.
  const first = "Suspending" in WebAssembly ? packages : site.packages;
  const python = await self.loadPyodide({
    ...options,
    // The kernel names some that it can do without, and that this site doesn't have.
    packages: first.filter((name) => site.packages.includes(name)),
  });
  python.FS.mkdirTree(site.head.folder);
  python.FS.writeFile(`${site.head.folder}/head.nii.gz`, await head);
  python.FS.mkdirTree("/etc/ipython/startup");
  python.FS.writeFile("/etc/ipython/startup/kernel.py", await kernel);
  const globals = python.toPy({ imports: site.imports, absent: site.absent });
  python.runPython(await startup, { globals });
  return python;
};
