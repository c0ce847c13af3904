"use strict";
// Search, and the ways between columns: what each is made of, and what is made of it.
(() => {
  const { tables, columns, exports, metrics, outside, systems, discriminators } = JSON.parse(document.getElementById("data").textContent);
  const [NAME, KIND, SAID, ROWS_OF, DECIDED] = [0, 1, 2, 3, 4]; // of a table
  const [TABLE, COLUMN, TYPE, MEANING, VALUES, CHOSEN, TRACED, WORDS] = [0, 1, 2, 3, 4, 5, 6, 7]; // of a column
  const [SYSTEM, EXPORT, FIELD, USED, TARGETS] = [0, 1, 2, 3, 4]; // of an export's column
  const MOST = 60;
  const KINDS = { table: "Table", column: "Column", metric: "Metric", export: "Export column", landed: "Landed column", step: "Step" };

  // A node is a column by its number, or the rows of a table by -1 less the table's number.
  const tableOf = (node) => (node < 0 ? -1 - node : columns[node][TABLE]);
  const isLanded = (table) => tables[table][KIND] === "landed";
  const isPublished = (table) => tables[table][KIND] === "published";
  const titled = (table) => (isLanded(table) ? tables[table][NAME].replace("lake.", "") : tables[table][NAME]);
  const keyOf = (node) => (node < 0 ? tables[tableOf(node)][NAME] : `${tables[tableOf(node)][NAME]}.${columns[node][COLUMN]}`);
  const exportKey = (at) => ["export", ...exports[at].slice(0, 3)].map(encodeURIComponent).join("/");
  const numberOf = new Map(columns.map((column, at) => [`${tables[column[TABLE]][NAME]}.${column[COLUMN]}`, at]));
  const tableNumber = new Map(tables.map((table, at) => [table[NAME], at]));

  const before = (node) => (node < 0 ? { values: tables[tableOf(node)][ROWS_OF], chosen: [] } : { values: columns[node][VALUES], chosen: columns[node][CHOSEN] });
  const push = (map, key, value) => { if (!map.has(key)) map.set(key, []); map.get(key).push(value); };
  const afterValue = new Map();
  const afterChoice = new Map();
  const decides = new Map(); // column -> tables whose rows it decides
  const feeds = new Map(); // node of the lake -> export columns
  const all = [...columns.keys(), ...tables.map((_, at) => -1 - at)];
  for (const node of all) {
    before(node).values.forEach((from) => push(afterValue, from, node));
    before(node).chosen.forEach((from) => push(afterChoice, from, node));
  }
  tables.forEach((table, at) => table[DECIDED].forEach((node) => push(decides, node, at)));
  exports.forEach((each, at) => each[TARGETS].forEach((node) => push(feeds, node, at)));

  // A table with a row for each measure or KPI has one column for the values of all. What picks one of them out of it is
  // a slice; it leads to the tables that hold the picked one, and where no model says which these are, to all that may.
  const isLong = new Set(columns.filter((column) => column[COLUMN] in discriminators).map((column) => column[TABLE]));
  const held = new Map(); // table -> what is told apart -> its words, where the model names all of them
  for (const column of columns) {
    const kind = discriminators[column[COLUMN]];
    if (kind && column[WORDS].length && !column[VALUES].length) held.set(column[TABLE], { ...held.get(column[TABLE]), [kind]: column[WORDS] });
  }
  const sliceOf = (node, from) => {
    if (node < 0 || from < 0 || !columns[node][WORDS].length) return null;
    const by = columns[node][CHOSEN].find((other) => tableOf(other) === tableOf(from) && columns[other][COLUMN] in discriminators);
    return by === undefined ? null : { kind: discriminators[columns[by][COLUMN]], words: columns[node][WORDS] };
  };
  const share = (some, others) => some.some((word) => others.includes(word));

  // Every node on a way, with its distance. A state is a node with what is still to be found; `step` gives the next ones.
  const reach = (starts, step) => {
    const found = new Map();
    const seen = new Set();
    let ahead = starts.map((node) => [node, null, 0]);
    while (ahead.length) {
      const next = [];
      for (const [node, open, far] of ahead) {
        const name = `${node} ${open ? open.kind + open.words.join() : ""}`;
        if (seen.has(name)) continue;
        seen.add(name);
        const known = found.get(node);
        found.set(node, { far: known?.far ?? far, isSure: Boolean(known?.isSure || !open?.isDoubt) });
        next.push(...step(node, open).map(([to, rest]) => [to, rest, far + 1]));
      }
      ahead = next;
    }
    return found;
  };
  const walk = (starts, valued, choosing, onward) => {
    const made = reach(starts, (node, open) => onward(node, open, valued(node)));
    const all = reach(starts, (node, open) => onward(node, open, [...valued(node), ...choosing(node)]));
    return new Map([...all].map(([node, { far, isSure }]) => [node, { far, how: !isSure ? "may" : made.get(node)?.isSure ? "made" : "by" }]));
  };
  // Up: a slice asks for its words until a table holds them. Until then it is in doubt which way they come.
  const up = (node, open, nodes) => nodes.flatMap((from) => {
    const slice = sliceOf(node, from);
    const rest = slice ? { ...slice, isDoubt: true } : open;
    const words = rest && held.get(tableOf(from))?.[rest.kind];
    return !words ? [[from, rest]] : share(words, rest.words) ? [[from, null]] : [];
  });
  // Down: a table's words go with its values into a table of all; a slice of others is not reached.
  const down = (node, open, nodes) => {
    const own = held.get(tableOf(node));
    const words = own ? { kind: "", words: Object.values(own).flat(), byKind: own, isDoubt: false } : open;
    const carried = words ?? (isLong.has(tableOf(node)) ? { kind: "?", words: [], byKind: {}, isDoubt: true } : null);
    return nodes.flatMap((to) => {
      const slice = sliceOf(to, node);
      const known = carried?.byKind[slice?.kind];
      if (slice && known) return share(known, slice.words) ? [[to, null]] : [];
      return [[to, carried]];
    });
  };
  const ranks = ["made", "by", "may"];
  const surer = (one, other) => (ranks.indexOf(one) < ranks.indexOf(other) ? one : other);
  const upwards = (starts) => walk(starts, (node) => before(node).values, (node) => before(node).chosen, up);
  const downwards = (starts) => walk(starts, (node) => afterValue.get(node) ?? [], (node) => afterChoice.get(node) ?? [], down);

  const make = (tag, options = {}, ...children) => {
    const { data, ...properties } = options;
    const element = Object.assign(document.createElement(tag), properties);
    Object.assign(element.dataset, data ?? {});
    element.append(...children.filter((child) => child !== null && child !== ""));
    return element;
  };
  const count = (number, noun, many = `${noun}s`) => `${number.toLocaleString("en")} ${number === 1 ? noun : many}`;
  const systemName = (system) => systems[system] ?? system;
  const link = (key, text, options = {}) => make("a", { href: `#${key}`, ...options }, text);
  const chip = (key, text, how = "") => make("li", {}, link(key, text, { className: `code ${how}` }));
  const chips = (items) => make("ul", { className: "chips" }, ...items);
  const said = (text) => make("p", { className: "said" }, text);
  const panel = (title, subtitle, ...children) =>
    make("article", { className: "panel card" }, make("div", { className: "panel-head" }, make("h2", {}, title), make("p", {}, subtitle)), ...children);
  const grouped = (items, by) => items.reduce((found, item) => { push(found, by(item), item); return found; }, new Map());

  // Where a column comes from: export columns by system, then what no export gives.
  const origins = (way) => {
    const found = new Map(); // export column -> how
    const whole = new Map(); // system and export whose rows are counted
    const others = { policy: [], outside: new Map() };
    for (const [node, { how }] of way) {
      const table = tableOf(node);
      const name = tables[table][NAME];
      if (isLanded(table)) {
        if (outside[name]) { if (node >= 0) push(others.outside, outside[name], columns[node][COLUMN]); continue; }
        if (node < 0) exports.forEach((each) => { if (each[TARGETS].some((target) => tableOf(target) === table)) whole.set(`${each[SYSTEM]}\n${each[EXPORT]}`, each); });
        else (feeds.get(node) ?? []).forEach((at) => found.set(at, surer(found.get(at) ?? "may", how)));
      } else if (name.startsWith("policy.") && node >= 0) others.policy.push([node, how]);
    }
    return { found, whole, others };
  };

  const bySureness = (items) => items.sort((a, b) => ranks.indexOf(a[1]) - ranks.indexOf(b[1]));
  const exportList = ({ found, whole }) => {
    const bySystem = grouped([...found], ([at]) => exports[at][SYSTEM]);
    for (const each of whole.values()) if (!bySystem.has(each[SYSTEM])) bySystem.set(each[SYSTEM], []);
    const isUsed = (system) => [...(bySystem.get(system) ?? [])].some(([at]) => exports[at][USED]) || [...whole.values()].some((each) => each[SYSTEM] === system && each[USED]);
    const part = (system, onlyUsed) => {
      const byExport = grouped(bySystem.get(system).filter(([at]) => !onlyUsed || exports[at][USED]), ([at]) => exports[at][EXPORT]);
      for (const each of whole.values()) if (each[SYSTEM] === system && (!onlyUsed || each[USED]) && !byExport.has(each[EXPORT])) byExport.set(each[EXPORT], []);
      return [make("h3", {}, systemName(system)), ...[...byExport].map(([name, items]) => make("div", { className: "origin" },
        said(whole.has(`${system}\n${name}`) ? `${name}: its rows are counted` : name),
        chips(bySureness(items).map(([at, how]) => chip(exportKey(at), exports[at][FIELD], how))),
      ))];
    };
    const known = [...bySystem.keys()].sort((a, b) => (a === "template") - (b === "template") || a.localeCompare(b));
    const used = known.filter(isUsed);
    const rest = known.filter((system) => !used.includes(system));
    const fold = make("details", {}, make("summary", {}, `The same from ${count(rest.length, "system")} that this release has no files of`), ...rest.flatMap((system) => part(system, false)));
    return [...used.flatMap((system) => part(system, true)), ...(rest.length ? [make("div", { className: "kept" }, fold)] : [])];
  };

  const originPanel = (starts, way) => {
    const origin = origins(way);
    const { found, whole, others } = origin;
    const outsiders = [...others.outside];
    const used = [...found.keys()].filter((at) => exports[at][USED]).length + [...whole.values()].filter((each) => each[USED]).length;
    const told = [
      used ? `${count(used, "column")} of this release's exports` : found.size || whole.size ? "columns of exports that this release does not have" : "",
      others.policy.length ? `${count(others.policy.length, "column")} of the policy` : "",
      outsiders.length ? "settings and records" : "",
    ].filter(Boolean);
    const bare = starts.every((node) => node >= 0 && !columns[node][VALUES].length && !columns[node][CHOSEN].length);
    const alone = starts.some((node) => node >= 0 && !columns[node][TRACED])
      ? "Its lineage cannot be told from the model."
      : bare && starts.every((node) => tables[tableOf(node)][NAME].startsWith("ops.")) ? "Written by Tenure itself, after the build."
        : bare && starts.every((node) => tables[tableOf(node)][NAME].startsWith("policy.")) ? "The company's policy: the shipped rules, and data/policy where it has its own."
          : bare && !found.size ? "No export gives it: words or numbers of the model itself." : "";
    return panel("Where it comes from", alone || `${told.join(", ")}.`,
      ...exportList(origin),
      ...(others.policy.length && !bare ? [make("h3", {}, "Policy"), chips(bySureness(others.policy).map(([node, how]) => chip(keyOf(node), keyOf(node).replace("policy.", ""), how)))] : []),
      ...outsiders.flatMap(([words, names]) => [make("h3", {}, words[0].toUpperCase() + words.slice(1)), chips(names.map((name) => make("li", {}, make("span", { className: "code" }, name))))]),
    );
  };

  const feedPanel = (starts, way, own) => {
    const nodes = [...way].filter(([node]) => node >= 0 && isPublished(tableOf(node)) && !starts.includes(node));
    const byTable = [...grouped(nodes, ([node]) => tableOf(node))].sort((a, b) => tables[a[0]][NAME].localeCompare(tables[b[0]][NAME]));
    const touched = metrics.filter((metric) => metric[0] !== own && metric[4].some((node) => way.has(node)));
    const held = touched.filter((metric) => !metric[5]);
    const pooled = touched.length - held.length;
    const surest = (metric) => metric[4].filter((node) => way.has(node)).map((node) => way.get(node).how).reduce(surer);
    const sure = [...way].filter(([, { how }]) => how !== "may").map(([node]) => node);
    const deciding = [...new Set(sure.flatMap((node) => decides.get(node) ?? []))].filter(isPublished);
    const told = nodes.length ? `${count(nodes.length, "published column")} in ${count(byTable.length, "table")}, ${count(touched.length, "metric")}.` : touched.length ? `${count(touched.length, "metric")}.` : "No other published column.";
    return panel("What it feeds", told,
      ...(touched.length ? [make("h3", {}, "Metrics"), chips(bySureness(held.map((metric) => [metric, surest(metric)])).map(([metric, how]) => chip(`metric/${metric[0]}`, metric[1], how)))] : []),
      ...(pooled ? [said(`And some of the ${pooled} metrics that have a row each in one table: a column cannot tell which.`)] : []),
      ...byTable.flatMap(([table, items]) => [make("h3", { className: "code" }, link(tables[table][NAME], tables[table][NAME])), chips(bySureness(items.map(([node, { how }]) => [node, how])).map(([node, how]) => chip(keyOf(node), columns[node][COLUMN], how)))]),
      ...(deciding.length ? [make("h3", {}, "It helps to decide which rows there are in"), chips(deciding.map((table) => chip(tables[table][NAME], tables[table][NAME])))] : []),
    );
  };

  const wayPanel = (starts, way) => {
    const steps = [...way].filter(([node]) => !starts.includes(node));
    if (!steps.length) return null;
    const byTable = [...grouped(steps, ([node]) => tableOf(node))].map(([table, nodes]) => [table, nodes, Math.min(...nodes.map(([, { far }]) => far))]).sort((a, b) => a[2] - b[2]);
    const rows = byTable.map(([table, nodes]) => make("tr", {},
      make("th", { scope: "row", className: "code" }, link(tables[table][NAME], titled(table)), isLanded(table) ? make("span", { className: "tag" }, "landed") : ""),
      make("td", {}, chips(nodes.map(([node, { how }]) => (node < 0 ? make("li", {}, make("span", {}, "its rows")) : chip(keyOf(node), columns[node][COLUMN], how)))))));
    const body = make("div", { className: "kept" }, make("details", { open: byTable.length <= 8 }, make("summary", {}, `${count(byTable.length, "table")}, the nearest first`), make("table", { className: "way" }, make("tbody", {}, ...rows))));
    const shown = panel("The way", "Every column between this one and its beginnings, table by table.", body);
    shown.classList.add("wide");
    return shown;
  };

  const LEGEND = [["made", "is what values are made of"], ["by", "chooses values, by a condition or a look-up"], ["may", "shares a column with other measures or KPIs, and no model tells which is whose"]];
  const legend = (...ways) => {
    const there = new Set(ways.flatMap((way) => [...way.values()].map(({ how }) => how)));
    const words = LEGEND.filter(([how]) => there.has(how)).map(([how, meaning]) => make("li", {}, make("span", { className: how }, "so"), ` ${meaning}`));
    return words.length > 1 ? make("ul", { className: "legend" }, ...words) : "";
  };
  const crumbs = (...parts) => make("p", { className: "crumbs" }, link("", "All tables"), ...parts.flatMap((part) => [" › ", part]));

  const sheet = (title, lead, facts, starts, back, isLineageUp = true, own = "") => {
    const [up, down] = [upwards(starts), downwards(starts)];
    const ways = [isLineageUp ? originPanel(starts, up) : null, feedPanel(starts, down, own), isLineageUp ? wayPanel(starts, up) : null].filter(Boolean);
    const about = make("dl", { className: "about" }, ...facts.filter(([, value]) => value).map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));
    const shown = isLineageUp ? [up, down] : [down];
    const parts = [make("section", { className: "sheet" }, crumbs(...back), about, legend(...shown)), make("div", { className: isLineageUp ? "ways" : "ways alone" }, ...ways)];
    return { title, lead, parts };
  };

  const kindWords = (table) => (isLanded(table) ? "Landed: what exports give, before any model" : "Step: only the project's own models read it, and it may change");
  const columnSheet = (node) => {
    const table = tableOf(node);
    const row = document.getElementById(keyOf(node));
    const facts = row
      ? [["Type", row.querySelector(".type").textContent], ["Unit", row.querySelector(".unit-of").textContent], ["Key", row.querySelector(".tag") ? "part of the key" : ""], ...[...row.querySelectorAll("small")].map((note) => ["Rights and persons", note.textContent])]
      : [["Type", columns[node][TYPE]], ["Kind", kindWords(table)]];
    const lead = row ? row.querySelector(".prose").firstChild.textContent : columns[node][MEANING];
    return sheet(keyOf(node).replace("lake.", ""), lead, facts, [node], [link(tables[table][NAME], titled(table))]);
  };

  const tableSheet = (table) => {
    const own = columns.map((column, at) => [column, at]).filter(([column]) => column[TABLE] === table);
    const lead = tables[table][SAID] || outside[tables[table][NAME]] || "";
    const [canonical, technical] = [own.filter(([column]) => !column[COLUMN].startsWith("_")), own.filter(([column]) => column[COLUMN].startsWith("_"))];
    const list = (items) => chips(items.map(([column, at]) => chip(keyOf(at), column[COLUMN])));
    const filled = grouped(exports.filter((each) => each[TARGETS].some((node) => tableOf(node) === table)), (each) => each[SYSTEM]);
    const parts = [
      make("section", { className: "sheet" }, crumbs(kindWords(table))),
      panel("Columns", count(own.length, "column"), list(canonical), ...(technical.length ? [said("Added by landing:"), list(technical)] : []), rowsOf(table)),
      ...(filled.size ? [panel("Filled by", count(filled.size, "system"), chips([...filled.keys()].map((system) => chip(`system/${encodeURIComponent(system)}`, systemName(system)))))] : []),
    ];
    return { title: titled(table), lead, parts };
  };

  const exportSheet = (at) => {
    const each = exports[at];
    const targets = each[TARGETS];
    const becomes = chips(targets.map((node) => (node < 0 ? make("li", {}, make("span", {}, `which rows there are of ${titled(tableOf(node))}`)) : chip(keyOf(node), keyOf(node).replace("lake.", "")))));
    const lead = `A column of ${systemName(each[SYSTEM])}: ${each[EXPORT]}. ${each[USED] ? "This release has rows from there." : "This release has no rows from there."}`;
    const back = [link(`system/${encodeURIComponent(each[SYSTEM])}`, systemName(each[SYSTEM])), each[EXPORT]];
    return sheet(each[FIELD], lead, [["Becomes", becomes]], targets.filter((node) => node >= 0), back, false);
  };

  const systemSheet = (system) => {
    const own = exports.map((each, at) => [each, at]).filter(([each]) => each[SYSTEM] === system);
    const byExport = grouped(own, ([each]) => each[EXPORT]);
    const lists = [...byExport].map(([name, items]) => make("div", { className: "origin" }, said(name), chips(items.map(([each, at]) => chip(exportKey(at), each[FIELD])))));
    const lead = `${count(own.length, "column")} of ${count(byExport.size, "export")} are read; others are kept in the original and make nothing.`;
    return { title: systemName(system), lead, parts: [make("section", { className: "sheet" }, crumbs("Exports")), panel("Columns that are read", "As the export names them; of JSON, the path", ...lists)] };
  };

  const metricSheet = ([name, title, formula, unit, nodes, isPooled, owner, book]) => {
    const stands = chips(nodes.map((node) => chip(keyOf(node), keyOf(node))));
    return sheet(title, formula, [["Name", name], ["Unit", unit], ["Owner", owner], ["Metric book", book], ["Stands in", stands], ...(isPooled ? [["Lineage", "of all metrics that share this table: a column cannot tell them apart"]] : [])], nodes, ["Metrics"], true, name);
  };

  const rowsOf = (table) => {
    const { 3: of, 4: by } = tables[table];
    if (!of.length) return "";
    return make("div", { className: "rows-of" }, make("details", {}, make("summary", {}, "Which rows there are"),
      make("p", {}, "They are those of "), chips(of.map((node) => chip(tables[tableOf(node)][NAME], titled(tableOf(node))))),
      ...(by.length ? [make("p", {}, "Conditions and joins read "), chips(by.map((node) => chip(keyOf(node), keyOf(node))))] : [])));
  };

  // One thing at a time: what the address names.
  const view = document.getElementById("view");
  const results = document.getElementById("results");
  const asked = document.getElementById("asked");
  const found = document.getElementById("found");
  const entries = [...document.querySelectorAll("[data-entry]")];
  const home = document.getElementById("home");
  const headline = document.querySelector(".headline h1");
  const subtitle = document.querySelector(".headline p");
  const first = { title: headline.textContent, lead: subtitle.textContent };
  const body = document.body.classList;

  const sheetOf = (key) => {
    const [first, ...rest] = key.split("/").map(decoded);
    if (first === "export") {
      const at = exports.findIndex((each) => each[SYSTEM] === rest[0] && each[EXPORT] === rest[1] && each[FIELD] === rest[2]);
      return at < 0 ? null : exportSheet(at);
    }
    if (first === "metric") {
      const metric = metrics.find(([name]) => name === rest[0]);
      return metric ? metricSheet(metric) : null;
    }
    if (first === "system") return exports.some((each) => each[SYSTEM] === rest[0]) ? systemSheet(rest[0]) : null;
    if (numberOf.has(key)) return columnSheet(numberOf.get(key));
    const table = tableNumber.get(key);
    return table === undefined || isPublished(table) ? null : tableSheet(table);
  };

  const turn = () => {
    const address = location.hash.slice(1);
    const key = address.includes("/") ? address : decoded(address);
    const shown = key ? sheetOf(key) : null;
    view.replaceChildren(...(shown?.parts ?? []));
    view.hidden = !shown;
    body.toggle("viewing", Boolean(shown));
    body.remove("searching");
    results.hidden = true;
    const entry = entries.find((each) => each.dataset.entry === key);
    home.classList.toggle("shown", !entry && !shown);
    entries.forEach((each) => each.classList.toggle("shown", each === entry));
    const place = entry?.querySelector("[data-rows-of]");
    if (place && !place.hasChildNodes()) place.append(rowsOf(tableNumber.get(key)));
    const { title, lead } = shown ?? (entry ? { title: key, lead: entry.querySelector(".lead").textContent } : first);
    headline.textContent = title;
    subtitle.textContent = lead;
    headline.classList.toggle("code", title !== first.title && !/^(metric|system)\//.test(key));
    document.title = `${title === first.title ? "Data dictionary" : title} · Tenure`;
    window.scrollTo(0, 0);
  };
  const decoded = (text) => { try { return decodeURIComponent(text); } catch { return ""; } };

  // Search: every word must be somewhere; names go before meanings, published things before steps.
  const plain = (text) => text.toLowerCase().replaceAll(/[_./\s]+/g, " ").trim();
  const entry = (kind, rank, key, title, words) => ({ kind, rank, key, title, words, name: plain(title), text: plain(`${title} ${words} ${key}`) });
  const meaningOf = (node) => document.getElementById(keyOf(node))?.querySelector(".prose").textContent ?? columns[node][MEANING];
  let index = null;
  const build = () => [
    ...metrics.map(([name, title, formula]) => entry("metric", 0, `metric/${name}`, `${title} (${name})`, formula)),
    ...tables.filter(([, kind]) => kind === "published").map(([name]) => entry("table", 1, name, name, document.querySelector(`[data-entry="${CSS.escape(name)}"] .lead`).textContent)),
    ...columns.map((column, at) => {
      const kind = tables[column[TABLE]][KIND];
      const title = kind === "landed" ? keyOf(at).replace("lake.", "") : keyOf(at);
      return kind === "published" ? entry("column", 2, keyOf(at), title, meaningOf(at)) : entry(kind, kind === "landed" ? 4 : 5, keyOf(at), title, column[MEANING]);
    }),
    ...exports.map((each, at) => entry("export", 3, exportKey(at), `${each[FIELD]}`, `${systemName(each[SYSTEM])}, ${each[EXPORT]}`)),
  ];
  const score = (one, words, whole) => {
    if (!words.every((word) => one.text.includes(word))) return null;
    const last = one.name.split(" ").slice(-words.length).join(" ");
    const near = one.name === whole || last === whole ? 0 : one.name.startsWith(whole) ? 1 : one.name.includes(whole) ? 2 : words.every((word) => one.name.includes(word)) ? 3 : 6;
    return near * 10 + one.rank;
  };
  const search = () => {
    const whole = plain(asked.value);
    if (!whole) { results.hidden = true; body.remove("searching"); found.textContent = ""; return; }
    index ??= build();
    const words = whole.split(" ");
    const hits = index.map((one) => [score(one, words, whole), one]).filter(([points]) => points !== null).sort((a, b) => a[0] - b[0] || a[1].title.length - b[1].title.length || a[1].title.localeCompare(b[1].title));
    const byKind = grouped(hits, ([, one]) => one.kind);
    found.textContent = hits.length
      ? `${[...byKind].map(([kind, items]) => count(items.length, KINDS[kind].toLowerCase())).join(", ")}${hits.length > MOST ? `; the first ${MOST} are shown` : ""}.`
      : `Nothing is called "${asked.value.trim()}". Try one word of it.`;
    results.replaceChildren(...hits.slice(0, MOST).map(([, one]) => make("li", {}, make("a", { href: `#${one.key}` },
      make("span", { className: "what" }, KINDS[one.kind]), make("span", { className: one.kind === "metric" ? "" : "code" }, one.title), make("span", { className: "said" }, one.words)))));
    results.hidden = !hits.length;
    body.add("searching");
  };

  asked.addEventListener("input", search);
  asked.addEventListener("focus", () => { if (asked.value.trim()) search(); });
  document.addEventListener("keydown", (event) => {
    const links = [...results.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (event.key === "/" && document.activeElement !== asked && !event.ctrlKey && !event.metaKey) { event.preventDefault(); asked.focus(); asked.select(); }
    else if (event.key === "Escape" && body.contains("searching")) { asked.value = ""; search(); asked.focus(); }
    else if (event.key === "ArrowDown" && (document.activeElement === asked || at >= 0) && links.length) { event.preventDefault(); links[Math.min(at + 1, links.length - 1)].focus(); }
    else if (event.key === "ArrowUp" && at >= 0) { event.preventDefault(); (links[at - 1] ?? asked).focus(); }
    else if (event.key === "Enter" && document.activeElement === asked && links.length) links[0].click();
  });
  // A result that is the address already changes no address.
  results.addEventListener("click", (event) => { if (event.target.closest("a")?.hash === location.hash) turn(); });

  document.querySelector(".find").hidden = false;
  document.body.classList.add("one-entry");
  window.addEventListener("hashchange", () => { turn(); document.getElementById("main").focus({ preventScroll: true }); });
  window.addEventListener("beforeprint", () => document.querySelectorAll("#tables details").forEach((each) => { each.open = true; }));
  turn();
})();
