"use strict";
// Parts of a page that are no Dash components: filters, tables with their many elements, figures, drawn in sight first.
(() => {
  const element = (...parts) => window.React.createElement(...parts);
  const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false };
  const NEAR = "400px";

  // Moves on within the app as a dcc.Link does; with a modifier key the browser does what it always does.
  const go = (path) => {
    window.history.pushState({}, "", path);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  };
  const isPath = (path) => typeof path === "string" && /^\/(?![/\\])/.test(path);
  const link = (path, attributes, words) => {
    const onClick = (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button > 0) return;
      event.preventDefault();
      go(path);
      window.scrollTo(0, 0);
    };
    return isPath(path) ? element("a", { ...attributes, href: path, onClick }, words) : element("span", attributes, words);
  };

  const cell = (made, index) => {
    const { text, href, mark, tone, drawing, share, style } = made;
    const colour = `var(--${tone})`;
    const parts = [];
    if (mark) parts.push(element("span", { key: "m", className: "mark", "aria-hidden": true, style: { color: colour } }, mark));
    parts.push(element("span", { key: "t", className: "cell-text", dir: "auto" }, href ? link(href, {}, text) : text));
    if (drawing) {
      const pictures = ["light", "dark"].map((name) =>
        element("img", { key: name, src: drawing[name], className: `spark only-${name}`, alt: drawing.alt }));
      parts.push(element("span", { key: "d", className: "cell-drawing" }, pictures));
    }
    if (share !== undefined) {
      const bar = element("i", { style: { width: `${Math.abs(share) * 100}%`, background: colour } });
      parts.push(element("span", { key: "s", className: "meter", "aria-hidden": true }, bar));
    }
    return element(index ? "td" : "th", { key: index, className: style, ...(index ? {} : { scope: "row" }) }, parts);
  };
  const row = (cells, index) => element("tr", { key: index }, cells.map(cell));
  const Table = ({ name, made }) => {
    const { headings, rows, total } = window.React.useMemo(() => JSON.parse(made), [made]);
    return element("table", { "data-table": name },
      element("thead", null, element("tr", null, headings.map(({ text, style }, index) =>
        element("th", { key: index, scope: "col", className: style }, text)))),
      element("tbody", null, rows.map(row)),
      total && element("tfoot", null, row(total, 0)));
  };

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
    const { data, layout } = JSON.parse((window.tenure.isNarrow() && source.narrow) || source.wide);
    const colours = window.tenure.theme() === "dark" ? dark : null;
    const isNew = !drawn.has(place);
    drawn.add(place);
    const figure = window.tenureFigures.themed({ data, layout }, colours);
    await window.Plotly.react(place, figure.data, figure.layout, CONFIG);
    if (isNew) {
      place.on("plotly_click", ({ points: [point] }) => {
        const path = point?.id?.replace(/#\d+$/, "");
        if (!isPath(path)) return;
        go(path);
        window.scrollTo(0, 0);
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

  const Figure = ({ name, alt, wide, narrow, style }) => {
    const place = window.React.useRef(null);
    window.React.useEffect(() => {
      const node = place.current;
      sources.set(node, { wide, narrow });
      watcher.observe(node);
      window.requestIdleCallback?.(() => drawOnce(node)); // those out of sight, after those in sight
      return () => {
        watcher.unobserve(node);
        sources.delete(node);
        if (drawn.delete(node)) window.Plotly.purge(node);
      };
    }, [wide, narrow]);
    return element("div", { className: "figure", role: "img", "aria-label": alt, "data-figure": name, style },
      element("div", { ref: place }));
  };

  // A filter is part of the address. `alone` names those that one choice takes the place of.
  const Choice = ({ name, label, options, value, alone }) => {
    const [chosen, setChosen] = window.React.useState(value);
    window.React.useEffect(() => setChosen(value), [value]);
    const onChange = ({ target }) => {
      setChosen(target.value);
      const query = new URLSearchParams(window.location.search);
      for (const other of alone) query.delete(other);
      if (target.value === "") query.delete(name); else query.set(name, target.value);
      go(window.location.pathname + (query.size ? `?${query}` : ""));
    };
    const id = `choice-${name}`;
    return element("div", { className: "choice" },
      element("label", { htmlFor: id }, label),
      element("select", { id, value: chosen, onChange },
        options.map(([option, words]) => element("option", { key: option, value: option }, words))));
  };

  // Dash components as plain elements: what stands still on a page needs nothing of Dash.
  const built = (node, key) => {
    if (Array.isArray(node)) return node.map(built);
    if (node === null || typeof node !== "object") return node;
    const { type, namespace, props: { children, ...attributes } } = node;
    if (namespace === "tenureParts") return element(window.tenureParts[type], { key, ...attributes });
    if (namespace === "dash_core_components" && type === "Link") return link(attributes.href, { key }, built(children));
    return element(type.toLowerCase(), { key, ...attributes }, ...[built(children ?? [])].flat());
  };
  const Tree = ({ made }) => window.React.useMemo(() => built(JSON.parse(made), "tree"), [made]);

  window.tenureParts = { Tree, Choice, Table, Figure, link, isPath };
})();
