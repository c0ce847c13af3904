"use strict";
// What the browser does by itself: theme, drawing, links out of figures, filters into the address, pictures.
(() => {
  const NO_UPDATE = () => window.dash_clientside.no_update;
  const root = document.documentElement;
  const darkScreen = window.matchMedia("(prefers-color-scheme: dark)");
  const narrowScreen = window.matchMedia("(max-width: 560px)");
  let printing = false;

  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const theme = () => (printing ? "light" : kept() ?? (darkScreen.matches ? "dark" : "light"));
  const setProps = (id, props) => { if (window.dash_clientside?.set_props) window.dash_clientside.set_props(id, props); };

  const applyTheme = () => {
    root.dataset.theme = theme();
    const button = document.getElementById("theme-switch");
    if (button) {
      button.textContent = theme() === "dark" ? "Light" : "Dark";
      button.setAttribute("aria-pressed", String(theme() === "dark"));
    }
    setProps("theme", { data: theme() });
  };
  root.dataset.theme = theme();
  darkScreen.addEventListener("change", applyTheme);
  narrowScreen.addEventListener("change", () => setProps("is-narrow", { data: narrowScreen.matches }));
  window.addEventListener("beforeprint", () => { printing = true; applyTheme(); });
  window.addEventListener("afterprint", () => { printing = false; applyTheme(); });

  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof HTMLButtonElement)) return;
    if (target.id === "theme-switch") {
      try { localStorage.setItem("theme", theme() === "dark" ? "light" : "dark"); } catch { /* the choice lasts for this page */ }
      applyTheme();
    }
    const { image, kind } = target.dataset;
    if (image) {
      const plot = document.querySelector(`[data-figure="${CSS.escape(image)}"] .js-plotly-plot`);
      if (plot) window.Plotly.downloadImage(plot, { format: kind, width: plot.clientWidth, height: plot.clientHeight, scale: 2, filename: image });
    }
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    tenure: {
      setTitle(title) {
        if (title) document.title = title;
        applyTheme();
        setProps("is-narrow", { data: narrowScreen.matches });
      },
      draw(source, themeName, isNarrow, dark) {
        if (!source) return NO_UPDATE();
        const figure = (isNarrow && source.narrow) || source.wide;
        return window.tenureFigures.themed(structuredClone(figure), themeName === "dark" ? dark : null);
      },
      follow(clicks) {
        const [triggered] = window.dash_clientside.callback_context.triggered;
        const path = triggered?.value?.points?.[0]?.id;
        return typeof path === "string" && /^\/(?!\/)/.test(path) ? path : NO_UPDATE();
      },
      choose(values, search) {
        const { triggered, inputs_list: [choices] } = window.dash_clientside.callback_context;
        const segments = ["am", "tier", "region", "industry", "currency"];
        const before = search ?? "";
        const query = new URLSearchParams(before);
        for (const { prop_id: from, value } of triggered) {
          if (!from.includes("\"choice\"")) continue;
          const { name } = JSON.parse(from.slice(0, from.lastIndexOf(".")));
          const old = query.get(name) ?? "-";
          if (value === old) continue;
          if (segments.includes(name)) segments.forEach((segment) => query.delete(segment));
          if (value === "-") query.delete(name); else query.set(name, value);
        }
        const after = query.toString() ? `?${query}` : "";
        return after === before || choices.length === 0 ? NO_UPDATE() : after;
      },
    },
  });
})();
