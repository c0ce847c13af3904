"use strict";
(() => {
  const { figures, dark } = JSON.parse(document.getElementById("data").textContent);
  const darkScreen = window.matchMedia("(prefers-color-scheme: dark)");
  const { NARROW } = window.tenureFigures;
  const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
  let printing = false;

  const variant = (box) => {
    const figure = figures[box.dataset.figure];
    return figure.narrow && box.clientWidth < NARROW ? "narrow" : "wide";
  };

  const draw = (box) => {
    const name = variant(box);
    box.dataset.variant = name;
    const copy = structuredClone(figures[box.dataset.figure][name]);
    const figure = window.tenureFigures.themed(copy, darkScreen.matches && !printing ? dark : null);
    Plotly.react(box.firstElementChild, figure.data, figure.layout, CONFIG);
  };

  // A page outlives its night: an old one says so.
  const stale = document.getElementById("stale");
  const daysOld = stale ? Math.floor((Date.now() - Date.parse(stale.dataset.asOf)) / 864e5) : 0;
  if (daysOld > 3) {
    stale.textContent = `These figures are ${daysOld} days old.`;
    stale.hidden = false;
  }

  // One page at a time on screen, all of them on paper.
  const pages = [...document.querySelectorAll("[data-page]")];
  const boxes = [...document.querySelectorAll("[data-figure]")];
  let isReady = false;
  const drawAll = () => { if (isReady) boxes.filter((box) => box.clientWidth > 0).forEach(draw); };
  const turn = () => {
    const asked = pages.find((page) => page.dataset.page === location.hash.slice(1)) ?? pages[0];
    pages.forEach((page) => page.classList.toggle("shown", page === asked));
    document.querySelectorAll(".pages a").forEach((link) => {
      const isCurrent = link.hash === `#${asked.dataset.page}`;
      link.parentElement.classList.toggle("current", isCurrent);
      if (isCurrent) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    });
    window.scrollTo(0, 0);
    drawAll();
  };
  document.documentElement.classList.add("one-page");
  window.addEventListener("hashchange", turn);
  turn();

  // Plotly comes packed. Once unpacked it is the script whose hash the page's policy names, so it may run.
  const packed = document.getElementById("plotly");
  const unpack = async () => {
    const bytes = Uint8Array.from(atob(packed.textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
    isReady = true;
    drawAll();
  };
  if (packed) unpack();
  darkScreen.addEventListener("change", drawAll);
  window.addEventListener("beforeprint", () => { printing = true; drawAll(); });
  window.addEventListener("afterprint", () => { printing = false; drawAll(); });
  const watcher = new ResizeObserver((entries) => {
    for (const { target } of entries) if (isReady && target.clientWidth > 0 && target.dataset.variant !== variant(target)) draw(target);
  });
  boxes.forEach((box) => watcher.observe(box));

  // Text that a spreadsheet would run as a formula gets an apostrophe; numbers stay numbers.
  const csvCell = (cell) => {
    const raw = cell.dataset.raw ?? cell.textContent;
    const safe = cell.dataset.number !== "1" && /^[=+\-@\t\r]/.test(raw) ? `'${raw}` : raw;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };

  const save = (name, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof HTMLButtonElement)) return;
    const { csv, image } = target.dataset;
    if (csv) {
      const rows = [...document.querySelector(`[data-table="${csv}"]`).rows];
      save(`${csv}.csv`, rows.map((row) => [...row.cells].map(csvCell).join(",")).join("\r\n") + "\r\n");
    }
    if (image) {
      const box = document.querySelector(`[data-figure="${image}"]`);
      Plotly.downloadImage(box.firstElementChild, { format: "svg", width: box.clientWidth, height: box.clientHeight, filename: image });
    }
  });
})();
