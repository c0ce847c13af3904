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

  // A grid that is on the page before and after gets new rows, and stays as the reader left it: its order, its columns, and
  // the words searched for, unless the address brings others.
  const keepGrid = (grid, kept) => {
    const [place, keptPlace] = [grid, kept].map((each) => each.querySelector("[data-grid-place]"));
    keptPlace.style.height = place.style.height;
    place.replaceWith(keptPlace);
    grid.querySelector(".grid-groups")?.replaceWith(kept.querySelector(".grid-groups"));
    const [search, keptSearch] = [grid, kept].map((each) => each.querySelector("input"));
    if (search.defaultValue === keptSearch.defaultValue) search.value = keptSearch.value;
  };

  // The reader stays where they were: in the filter just changed, with the tables opened before.
  const replace = (page, html) => {
    const active = page.contains(document.activeElement) ? document.activeElement : null;
    const panelOf = (details) => details.closest("[id]")?.id;
    const open = new Set([...page.querySelectorAll("details[open]")].map(panelOf));
    const grids = new Map([...page.querySelectorAll("[data-grid]")].map((grid) => [grid.dataset.grid, grid]));
    page.innerHTML = html; // escaped where it was written; the page's policy lets no script of it run
    for (const details of page.querySelectorAll("details")) details.open = open.has(panelOf(details));
    for (const grid of page.querySelectorAll("[data-grid]")) if (grids.has(grid.dataset.grid)) keepGrid(grid, grids.get(grid.dataset.grid));
    const again = active?.id && document.getElementById(active.id);
    if (!again) return;
    if (active.type === "search") again.value = active.value; // typed on while the answer was on its way
    again.focus({ preventScroll: true });
  };

  // Dash makes what it knows as children anew with every answer; so grids are no children, but given to it one by one.
  const Page = ({ content }) => {
    const { createElement, useLayoutEffect, useRef, useState } = window.React;
    const { ExternalWrapper, useDashContext } = window.dash_component_api;
    const { componentPath } = useDashContext();
    const box = useRef(null);
    const [places, setPlaces] = useState(new Map());
    useLayoutEffect(() => {
      if (!content) return undefined;
      replace(box.current, content.html);
      first()?.remove();
      addFigures(box.current, JSON.parse(content.figures));
      setPlaces(new Map([...box.current.querySelectorAll("[data-grid-place]")].map((place) => [place.dataset.gridPlace, place])));
      return dropFigures;
    }, [content]);
    const portals = (content?.grids ?? []).map((component) => {
      const { key } = component.props.id;
      const grid = createElement(ExternalWrapper, { component, componentPath: [...componentPath, "props", "held", key], temp: true });
      return places.get(key)?.isConnected && window.ReactDOM.createPortal(grid, places.get(key), key);
    });
    return [createElement("div", { key: "page", ref: box }), ...portals];
  };
  const Html = ({ html }) => {
    const { createElement, useLayoutEffect } = window.React;
    useLayoutEffect(() => window.tenure.applyTheme(), [html]);
    return createElement("div", { className: "as-is", dangerouslySetInnerHTML: { __html: html } });
  };

  window.tenureParts = { Page, Html, ask, isPath };
})();
