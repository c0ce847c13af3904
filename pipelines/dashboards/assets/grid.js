"use strict";
// Grids: what a cell looks like, search, choice of columns, the count of rows. A value is text to show, never markup.
(() => {
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const element = (...parts) => window.React.createElement(...parts);
  const BANDS = {
    G: ["green", "●"], Y: ["yellow", "◐"], R: ["red", "▲"], U: ["unknown", "?"], "-": ["not scored", "·"],
  };
  const byName = Object.fromEntries(Object.values(BANDS).map(([name, mark]) => [name, mark]));

  // One look with the page: its custom properties hold for both themes.
  functions.tenureGridTheme = (theme) => theme.withParams({
    accentColor: "var(--accent)", backgroundColor: "var(--surface)", foregroundColor: "var(--ink)",
    borderColor: "var(--hairline)", headerBackgroundColor: "var(--surface)", headerTextColor: "var(--muted)",
    headerFontWeight: 500, headerFontSize: 12, fontFamily: "inherit", fontSize: 14, rowHoverColor: "var(--band-acceptable)",
    wrapperBorder: false, wrapperBorderRadius: 0, columnBorder: false, rowHeight: 40, headerHeight: 40, spacing: 6,
    cellHorizontalPadding: 10, iconColor: "var(--muted)", inputFocusBorder: "solid 1px var(--accent)",
    menuBackgroundColor: "var(--surface)", tooltipBackgroundColor: "var(--surface)", tooltipTextColor: "var(--ink)",
  });

  const numbers = new Map();
  const inWords = (value, digits) => {
    if (!numbers.has(digits)) {
      numbers.set(digits, new Intl.NumberFormat(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
    }
    return numbers.get(digits).format(value).replace(/^-/, "\u2212");
  };
  components.ShownNumber = ({ value, data, column, digits }) => {
    const shown = data?.[`${column.getColDef().field}_shown`];
    return typeof shown === "string" ? shown : typeof value === "number" ? inWords(value, digits ?? 0) : "";
  };
  components.HealthBand = ({ value }) => {
    if (typeof value !== "string" || value === "") return "";
    const name = value.split(",", 1)[0];
    return element("span", { className: `health-band ${name in byName ? name : ""}` },
      element("span", { className: "mark", "aria-hidden": true }, byName[name] ?? ""), name,
      element("small", null, value.slice(name.length)));
  };
  components.HealthStrip = ({ value }) => {
    if (typeof value !== "string") return "";
    const letters = [...value].map((letter) => (letter in BANDS ? letter : "-"));
    const words = letters.map((letter) => BANDS[letter][0]).join(", ");
    const cells = letters.map((letter, index) =>
      element("i", { key: index, className: BANDS[letter][0].replace(" ", "-"), "aria-hidden": true }, letter === "-" ? "·" : letter));
    return element("span", { className: "health-strip", role: "img", "aria-label": `Health, oldest month first: ${words}` }, cells);
  };

  const pathOf = (row, link, [before, after] = ["", ""]) => {
    const value = row?.[link];
    if (typeof value !== "string" || value === "") return "";
    return before ? `${before}${encodeURIComponent(value)}${after}` : value;
  };
  components.PathLink = ({ value, data, link, path }) => {
    const href = pathOf(data, link, path);
    const words = typeof value === "string" ? value : "";
    return window.tenureParts.isPath(href) ? element("a", { href, dir: "auto" }, words) : element("span", { dir: "auto" }, words);
  };

  const boxOf = (key) => document.querySelector(`[data-grid="${CSS.escape(key)}"]`);
  const apiOf = (box) => window.dash_ag_grid?.getApi({ key: box.dataset.grid, type: "grid" });
  functions.tenureGridCount = ({ api, context }) => {
    const box = boxOf(context.grid);
    if (!box) return;
    const { rows: [one, many], sums, isCut } = JSON.parse(box.dataset.gridNames);
    const totals = Object.fromEntries(Object.keys(sums).map((field) => [field, 0]));
    let shown = 0;
    api.forEachNodeAfterFilter(({ data }) => {
      shown += 1;
      for (const field in totals) totals[field] += data[field] ?? 0;
    });
    let all = 0;
    api.forEachLeafNode(() => { all += 1; });
    if (isCut && shown === all) return; // the server counted all rows, of which these are the first
    const count = `${shown === all ? "" : `${inWords(shown, 0)} of `}${inWords(all, 0)} ${all === 1 ? one : many}`;
    box.querySelector(".grid-count").textContent =
      [count, ...Object.entries(sums).map(([field, words]) => `${words} ${inWords(totals[field], 0)}`)].join(" · ");
  };

  let waiting = 0;
  document.addEventListener("input", ({ target }) => {
    const box = target instanceof HTMLInputElement && target.closest(".grid-search") && target.closest("[data-grid]");
    if (!box) return;
    window.clearTimeout(waiting);
    if (JSON.parse(box.dataset.gridNames).isCut) waiting = window.setTimeout(() => window.tenureParts.ask({ q: target.value }), 400);
    else apiOf(box)?.setGridOption("quickFilterText", target.value);
  });
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof HTMLButtonElement && "gridGroup" in target.dataset ? target : null;
    const box = button?.closest("[data-grid]");
    const api = box && apiOf(box);
    if (!api) return;
    const wanted = button.dataset.gridGroup;
    for (const other of button.parentElement.children) other.setAttribute("aria-pressed", String(other === button));
    const isShown = (column) => {
      const groups = column.getColDef().context?.groups ?? [];
      return !wanted || groups.length === 0 || groups.includes(wanted);
    };
    api.setColumnsVisible(api.getColumns().filter(isShown), true);
    api.setColumnsVisible(api.getColumns().filter((column) => !isShown(column)), false);
  });
})();
