"use strict";
// Parts of a page that are no Dash components: HTML that the server wrote, figures, filters, ways within the app.
(() => {
  const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
  const NEAR = "400px";

  // Moves on within the app as a dcc.Link does; with a modifier key the browser does what it always does.
  const go = (path) => {
    window.history.pushState({}, "", path);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  };
  const isPath = (path) => typeof path === "string" && /^\/(?![/\\])/.test(path);
  const first = () => document.getElementById("first"); // the page as it was first painted; Dash is not there yet
  const follow = (path) => {
    go(path);
    window.scrollTo(0, 0);
  };
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button > 0) return;
    const anchor = event.target.closest?.("a[href]");
    if (!anchor || anchor.hasAttribute("download") || "leave" in anchor.dataset || first()) return;
    const path = anchor.getAttribute("href");
    if (!isPath(path) || path.startsWith("/dictionary")) return;
    event.preventDefault();
    follow(path);
  });

  // A filter is part of the address. `alone` names those that one choice takes the place of.
  const ask = (changes) => {
    const query = new URLSearchParams(window.location.search);
    for (const [name, value] of Object.entries(changes)) if (value) query.set(name, value); else query.delete(name);
    const path = window.location.pathname + (query.size ? `?${query}` : "");
    if (first()) window.location.assign(path); else go(path);
  };
  document.addEventListener("change", ({ target }) => {
    const { choice, alone } = target.dataset ?? {};
    if (choice) ask({ ...Object.fromEntries(alone.split(" ").map((other) => [other, ""])), [choice]: target.value });
  });

  // Plotly is large: it comes with the first figure.
  let arriving = null;
  const plotly = () => (arriving ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.getElementById("plotly-source").href;
    script.onload = resolve;
    script.onerror = () => { arriving = null; reject(new Error("plotly.js did not arrive")); };
    document.head.append(script);
  }));

  const dark = JSON.parse(document.getElementById("dark-colours").content);
  const sources = new Map(); // of the figures on the page, by their element
  const drawn = new Set();
  const draw = async (place) => {
    if (!window.Plotly) await plotly();
    const source = sources.get(place);
    if (!source) return; // its page is gone
    const colours = window.tenure.theme() === "dark" ? dark : null;
    const isNew = !drawn.has(place);
    drawn.add(place);
    const copy = structuredClone((window.tenure.isNarrow() && source.narrow) || source.wide);
    const figure = window.tenureFigures.themed(copy, colours);
    await window.Plotly.react(place, figure.data, figure.layout, CONFIG);
    if (isNew) {
      place.on("plotly_click", ({ points: [point] }) => {
        const path = point?.id?.replace(/#\d+$/, "");
        if (isPath(path)) follow(path);
      });
    }
  };
  const drawOnce = (place) => drawn.has(place) || draw(place);
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      drawOnce(target);
    }
  }, { rootMargin: NEAR });
  window.addEventListener("tenure-look", () => drawn.forEach(draw));
  window.addEventListener("beforeprint", () => sources.forEach((_, place) => drawOnce(place)));

  const addFigures = (page, figures) => {
    for (const box of page.querySelectorAll("[data-figure]")) {
      const place = box.firstElementChild;
      sources.set(place, figures[box.dataset.figure]);
      watcher.observe(place);
      window.requestIdleCallback?.(() => drawOnce(place)); // those out of sight, after those in sight
    }
  };
  const dropFigures = () => {
    for (const place of sources.keys()) {
      watcher.unobserve(place);
      if (drawn.delete(place)) window.Plotly.purge(place);
    }
    sources.clear();
  };

  // The reader stays where they were: in the filter just changed, with the tables opened before.
  const replace = (page, html) => {
    const active = page.contains(document.activeElement) ? document.activeElement : null;
    const panelOf = (details) => details.closest("[id]")?.id;
    const open = new Set([...page.querySelectorAll("details[open]")].map(panelOf));
    const grids = new Map([...page.querySelectorAll("[data-grid-place]")].map((place) => [place.dataset.gridPlace, place]));
    page.innerHTML = html; // escaped where it was written; the page's policy lets no script of it run
    for (const details of page.querySelectorAll("details")) details.open = open.has(panelOf(details));
    for (const place of page.querySelectorAll("[data-grid-place]")) { // a grid that stays is given its new rows, not made anew
      const kept = grids.get(place.dataset.gridPlace);
      if (!kept) continue;
      kept.style.height = place.style.height;
      place.replaceWith(kept);
    }
    const again = active?.id && document.getElementById(active.id);
    if (!again) return;
    if (active.type === "search") again.value = active.value; // typed on while the answer was on its way
    again.focus({ preventScroll: true });
  };

  const Page = ({ html, figures, children }) => {
    const { createElement, useLayoutEffect, useRef, useState } = window.React;
    const box = useRef(null);
    const [places, setPlaces] = useState([]);
    useLayoutEffect(() => {
      replace(box.current, html);
      first()?.remove();
      addFigures(box.current, JSON.parse(figures));
      setPlaces([...box.current.querySelectorAll("[data-grid-place]")]);
      return dropFigures;
    }, [html, figures]);
    const grids = [children ?? []].flat();
    return [
      createElement("div", { key: "page", ref: box }),
      ...places.map((place, index) => place.isConnected && grids[index] && window.ReactDOM.createPortal(grids[index], place)),
    ];
  };
  const Html = ({ html }) => {
    const { createElement, useLayoutEffect } = window.React;
    useLayoutEffect(() => window.tenure.applyTheme(), [html]);
    return createElement("div", { className: "as-is", dangerouslySetInnerHTML: { __html: html } });
  };

  window.tenureParts = { Page, Html, ask, isPath };
})();
