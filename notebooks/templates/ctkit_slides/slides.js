// A slide that is longer than the screen is set smaller, step by step, until it fits.
const SMALLEST = 0.5;
function fit() {
  const slide = Reveal.getCurrentSlide();
  let scale = 1;
  do {
    slide.style.setProperty("--fit", scale);
    scale -= 0.04;
  } while (slide.scrollHeight > Reveal.getConfig().height && scale >= SMALLEST);
}
Reveal.on("ready", fit);
Reveal.on("slidechanged", fit);
Reveal.initialize({
  width: 1280, height: 720, margin: 0, center: false, maxScale: 4, transition: "none",
  hash: true, slideNumber: "c/t", navigationMode: "linear", plugins: [RevealNotes],
}).then(() => Promise.all([...document.images].map((image) => image.decode().catch(() => {}))))
  .then(() => { fit(); document.body.dataset.ready = "yes"; });
