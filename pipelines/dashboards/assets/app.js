"use strict";
// What the browser does by itself: theme, title, pictures of figures.
(() => {
  const root = document.documentElement;
  const darkScreen = window.matchMedia("(prefers-color-scheme: dark)");
  const narrowScreen = window.matchMedia("(max-width: 560px)");
  let printing = false;

  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const theme = () => (printing ? "light" : kept() ?? (darkScreen.matches ? "dark" : "light"));
  const look = () => window.dispatchEvent(new CustomEvent("tenure-look"));

  const applyTheme = () => {
    root.dataset.theme = theme();
    for (const button of document.querySelectorAll(".switch-theme")) {
      button.textContent = theme() === "dark" ? "Light" : "Dark";
      button.setAttribute("aria-pressed", String(theme() === "dark"));
    }
  };
  const changeTheme = () => { applyTheme(); look(); };
  applyTheme();
  document.addEventListener("DOMContentLoaded", applyTheme);
  darkScreen.addEventListener("change", changeTheme);
  narrowScreen.addEventListener("change", look);
  window.addEventListener("beforeprint", () => { printing = true; changeTheme(); });
  window.addEventListener("afterprint", () => { printing = false; changeTheme(); });

  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof HTMLButtonElement)) return;
    if (target.classList.contains("switch-theme")) {
      try { localStorage.setItem("theme", theme() === "dark" ? "light" : "dark"); } catch { /* the choice lasts for this page */ }
      changeTheme();
    }
    const { image, kind } = target.dataset;
    if (image) {
      const plot = document.querySelector(`[data-figure="${CSS.escape(image)}"] .js-plotly-plot`);
      if (plot) window.Plotly.downloadImage(plot, { format: kind, width: plot.clientWidth, height: plot.clientHeight, scale: 2, filename: image });
    }
  });

  window.tenure = { theme, applyTheme, isNarrow: () => narrowScreen.matches };
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    tenure: {
      setTitle(title) {
        if (title) document.title = title;
        applyTheme();
      },
    },
  });
})();
