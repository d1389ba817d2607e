"use strict";
// The word explorer: one word, one kind of attention, one layer and head or a mean of them, as a heat map.
(() => {
  const source = document.getElementById("explorer-data");
  if (!source) return;
  const data = JSON.parse(source.textContent);
  const $ = (id) => document.getElementById(id);
  const NAMES = { cross: "cross-attention", encoder: "encoder self-attention", decoder: "decoder self-attention" };
  const AXES = {
    cross: "Rows: surface segments, as they are emitted. Columns: underlying segments.",
    encoder: "Rows: from an underlying segment. Columns: to an underlying segment.",
    decoder: "Rows: surface segments, as they are emitted. Columns: surface segments read.",
  };
  const BLUES = [[255, 255, 255], [198, 219, 239], [107, 174, 214], [33, 113, 181], [8, 48, 107]];
  const MEAN = "mean";
  const byId = new Map(data.words.map((word, index) => [word.id, index]));
  const state = { word: 0, kind: data.kinds[0], layer: MEAN, head: MEAN };
  const decoded = new Map(); // a few words' weights

  // ---- data

  function shape(word, kind) {
    const [ur, sr] = [word.ur.length + 1, word.sr.length + 1];
    return { cross: [sr, ur], encoder: [ur, ur], decoder: [sr, sr] }[kind];
  }

  function bytes(index) {
    if (!decoded.has(index)) {
      if (decoded.size > 20) decoded.delete(decoded.keys().next().value);
      const text = atob(data.words[index].w);
      const array = new Uint8Array(text.length);
      for (let n = 0; n < text.length; n++) array[n] = text.charCodeAt(n);
      decoded.set(index, array);
    }
    return decoded.get(index);
  }

  // Weights of the chosen layers and heads, their mean if several; rows x columns, flat.
  function weights() {
    const word = data.words[state.word];
    let start = 0;
    for (const kind of data.kinds) {
      if (kind === state.kind) break;
      const [rows, columns] = shape(word, kind);
      start += data.layers[kind] * data.heads[kind] * rows * columns;
    }
    const [rows, columns] = shape(word, state.kind);
    const [layers, heads] = [data.layers[state.kind], data.heads[state.kind]];
    const all = bytes(state.word);
    const sum = new Float64Array(rows * columns);
    let several = 0;
    for (let layer = 0; layer < layers; layer++) {
      for (let head = 0; head < heads; head++) {
        if (state.layer !== MEAN && Number(state.layer) !== layer + 1) continue;
        if (state.head !== MEAN && Number(state.head) !== head + 1) continue;
        const offset = start + (layer * heads + head) * rows * columns;
        for (let cell = 0; cell < sum.length; cell++) sum[cell] += all[offset + cell] / 255;
        several++;
      }
    }
    return sum.map((value) => value / several);
  }

  // Rows and columns that the word's sites mark; positions from 0.
  function marks(word) {
    const rows = new Set(), columns = new Set();
    for (const [step, target, trigger, surface] of word.sites) {
      const row = state.kind === "encoder" ? target : step;
      const column = state.kind === "decoder" ? (surface === null ? null : surface + 1) : trigger;
      if (row !== null) rows.add(row);
      if (column !== null && (state.kind !== "decoder" || column <= row)) columns.add(column);
    }
    return [rows, columns];
  }

  // ---- drawing

  function color(value) {
    const place = Math.min(Math.max(value, 0), 1) * (BLUES.length - 1);
    const low = Math.min(Math.floor(place), BLUES.length - 2);
    const mix = BLUES[low].map((part, n) => Math.round(part + (BLUES[low + 1][n] - part) * (place - low)));
    return `rgb(${mix.join(",")})`;
  }

  function figure(value) {
    return value.toFixed(2).replace(/^0/, "");
  }

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function heading(scope, text, marked, sign, isEnd) {
    const made = element("th", `${marked ? "marked " : ""}${isEnd ? "eos" : ""}`);
    made.scope = scope;
    const mark = element("span", "mark", marked ? sign : "");
    mark.setAttribute("aria-hidden", "true");
    made.append(mark, text);
    return made;
  }

  function draw() {
    const word = data.words[state.word];
    const values = weights();
    const [rowCount, columnCount] = shape(word, state.kind);
    const rowNames = [...(state.kind === "encoder" ? word.ur : word.sr), "EOS"];
    const columnNames = state.kind === "decoder" ? ["start", ...word.sr] : [...word.ur, "EOS"];
    const gap = state.kind === "decoder" ? 1 : columnCount - 1;
    const [rows, columns] = marks(word);
    const top = element("tr");
    top.append(element("td"));
    columnNames.forEach((name, n) => {
      const cell = heading("col", name, columns.has(n), "▾", name.length > 2 && (name === "EOS" || name === "start"));
      if (n === gap && columnCount > 1) cell.classList.add("gap");
      if (columns.has(n)) cell.title = "the trigger";
      top.append(cell);
    });
    const body = document.createDocumentFragment();
    for (let row = 0; row < rowCount; row++) {
      const line = element("tr", row === rowCount - 1 ? "gap" : "");
      line.append(heading("row", rowNames[row], rows.has(row), "▸", row === rowCount - 1));
      if (rows.has(row)) line.firstChild.title = state.kind === "encoder" ? "the target" : "the decision step";
      for (let column = 0; column < columnCount; column++) {
        const value = values[row * columnCount + column];
        const cell = element("td", rows.has(row) ? (columns.has(column) ? "cross" : "row") : "");
        if (column === gap && columnCount > 1) cell.classList.add("gap");
        cell.style.backgroundColor = color(value);
        cell.setAttribute("role", "gridcell");
        cell.tabIndex = -1;
        cell.dataset.said = sentence(word, row, column, rowNames, columnNames, rows, columns, value);
        cell.setAttribute("aria-label", cell.dataset.said);
        line.append(cell);
      }
      body.append(line);
    }
    const map = $("map");
    map.tHead.replaceChildren(top);
    map.tBodies[0].replaceChildren(body);
    $("axes").textContent = AXES[state.kind];
    map.setAttribute("aria-label", `${NAMES[state.kind]} of ${word.id}, ${chosen()}`);
    const first = map.querySelector("td.cross") ?? map.querySelector("td.row") ?? map.querySelector("tbody td");
    first.tabIndex = 0;
    $("readout").textContent = first.dataset.said;
    $("title").textContent = `/${word.ur.join("")}/ → [${word.sr.join("")}]`;
    const gold = word.ref ? `, gold [${word.ref.join("")}]` : "";
    const place = word.cell ? `, cell ${word.cell}` : "";
    $("about").textContent = `${word.id}${place}, ${word.status}${gold}; ${NAMES[state.kind]}, ${chosen()}`;
  }

  function sentence(word, row, column, rowNames, columnNames, rows, columns, value) {
    const from = state.kind === "encoder" ? "from" : "step that emits";
    const isTarget = rows.has(row) ? (state.kind === "encoder" ? " (target)" : " (decision)") : "";
    const isTrigger = columns.has(column) ? " (trigger)" : "";
    return `${from} ${rowNames[row]}${isTarget}, to ${columnNames[column]}${isTrigger}: ${figure(value)}`;
  }

  function chosen() {
    const layer = state.layer === MEAN ? "mean of layers" : `layer ${state.layer}`;
    const head = state.head === MEAN ? "mean of heads" : `head ${state.head}`;
    return state.layer === MEAN && state.head === MEAN ? "mean of all layers and heads" : `${layer}, ${head}`;
  }

  // ---- controls

  function options(select, entries, value) {
    select.replaceChildren(...entries.map(([key, text]) => {
      const made = element("option", "", text);
      made.value = key;
      return made;
    }));
    select.value = value;
    if (select.selectedIndex < 0) select.selectedIndex = 0;
  }

  // Choices from 1 to `most` and their mean; the mean if `value` is none of them.
  function number(select, most, value) {
    if (select.options.length !== most + 1) {
      options(select, [[MEAN, "mean"], ...Array.from({ length: most }, (_, n) => [String(n + 1), `${n + 1}`])], value);
    }
    select.value = value;
    if (select.selectedIndex < 0) select.value = MEAN;
  }

  const texts = data.words.map((word) => `${word.id} ${word.ur.join("")} ${word.sr.join("")}`.normalize("NFC").toLowerCase());

  function list() {
    const wanted = $("filter").value.trim().normalize("NFC").toLowerCase();
    const which = $("which").value;
    const shown = [];
    data.words.forEach((word, index) => {
      const fits = which === "" || (which === "wrong" ? word.status !== "applied" : word.cell === which);
      if (fits && texts[index].includes(wanted)) {
        shown.push([String(index), `${word.status === "applied" ? "" : "✗ "}${word.ur.join("")} → ${word.sr.join("")}`]);
      }
    });
    options($("word"), shown, String(state.word));
    $("found").textContent = `(${shown.length} of ${data.words.length} listed)`;
    return shown;
  }

  function show() {
    if (!data.layers[state.kind]) state.kind = data.kinds[0];
    number($("layer"), data.layers[state.kind], state.layer);
    number($("head"), data.heads[state.kind], state.head);
    [state.layer, state.head] = [$("layer").value, $("head").value];
    $("kind").value = state.kind;
    draw();
  }

  function remember() {
    const word = data.words[state.word];
    const parts = { word: word.id, kind: state.kind, layer: state.layer, head: state.head };
    const hash = "#" + Object.entries(parts).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
    try {
      history.replaceState(null, "", hash);
    } catch {
      // some viewers forbid it; the view is right all the same
    }
  }

  function fromHash() {
    if (!/^#(.*&)?word=/.test(location.hash)) return false;
    const given = new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B"));
    const index = byId.get(given.get("word")) ?? byId.get((given.get("word") ?? "").normalize("NFC"));
    if (index === undefined) {
      $("about").textContent = `The word ${given.get("word")} is not among those on this page.`;
      return false;
    }
    Object.assign(state, { word: index, kind: given.get("kind") ?? state.kind, layer: given.get("layer") ?? MEAN, head: given.get("head") ?? MEAN });
    $("filter").value = "";
    $("which").value = "";
    list();
    show();
    $("explorer").scrollIntoView({ behavior: "instant" });
    return true;
  }

  function moveInMap(event) {
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -99], End: [0, 99] };
    const cell = event.target.closest("td[role=gridcell]");
    if (!cell || !(event.key in steps)) return;
    event.preventDefault();
    const [down, right] = steps[event.key];
    const body = $("map").tBodies[0];
    const row = Math.min(Math.max(cell.parentElement.sectionRowIndex + down, 0), body.rows.length - 1);
    const column = Math.min(Math.max(cell.cellIndex + right, 1), cell.parentElement.cells.length - 1);
    body.rows[row].cells[column].focus();
  }

  function tell(event) {
    const cell = event.target.closest("td[role=gridcell]");
    if (!cell) return;
    $("readout").textContent = cell.dataset.said;
    if (event.type === "focusin") {
      for (const other of $("map").querySelectorAll("td[tabindex='0']")) other.tabIndex = -1;
      cell.tabIndex = 0;
    }
  }

  function start() {
    const cells = [...new Set(data.words.map((word) => word.cell))].filter(Boolean).sort();
    const wrong = data.words.some((word) => word.status !== "applied");
    options($("which"), [["", "all"], ...cells.map((cell) => [cell, `cell ${cell}`]), ...(wrong ? [["wrong", "wrong at the decision step"]] : [])], "");
    options($("kind"), data.kinds.map((kind) => [kind, NAMES[kind] ?? kind]), state.kind);
    $("which").addEventListener("change", () => follow(list()));
    $("filter").addEventListener("input", () => follow(list()));
    $("word").addEventListener("change", (event) => change({ word: Number(event.target.value) }));
    for (const name of ["kind", "layer", "head"]) {
      $(name).addEventListener("change", (event) => change({ [name]: event.target.value }));
    }
    $("map").addEventListener("keydown", moveInMap);
    for (const happens of ["focusin", "mouseover"]) $("map").addEventListener(happens, tell);
    $("scale").append(...Array.from({ length: 32 }, (_, n) => {
      const made = element("span");
      made.style.backgroundColor = color(n / 31);
      return made;
    }));
    $("explorer-app").hidden = false;
    addEventListener("hashchange", fromHash);
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#word=']");
      if (link && link.hash === location.hash) fromHash(); // the address does not change, and nobody would tell
    });
    if (!fromHash()) {
      const about = $("about").textContent;
      const first = data.words.findIndex((word) => word.cell === "TR" && word.status === "applied");
      state.word = Math.max(first, 0);
      const { kind, layer, head } = $("explorer-app").dataset; // of the headline
      if (data.kinds.includes(kind)) Object.assign(state, { kind, layer, head });
      list();
      show();
      if (about) $("about").textContent = about;
    }
  }

  function change(what) {
    Object.assign(state, what);
    show();
    remember();
  }

  // The word that is shown stays while it is in the list; else the first of the list is shown.
  function follow(shown) {
    if (shown.length && !shown.some(([index]) => Number(index) === state.word)) change({ word: Number(shown[0][0]) });
  }

  if (data.words.length) start();
})();
