"use strict";
// Draws the report from the data in this page. Texts are only ever set as text, never as HTML.
const data = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";
const [TASK, PROGRAM, FILE, LINE, STATUS, DEMOS, TESTS, REASON, SOURCE, PREDICTION] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const PAGE = 50;
const state = { statuses: new Set(), task: "", text: "", least: 0, sort: "near", page: 0, reason: -1 };
let shown = [];

const $ = (id) => document.getElementById(id);

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

// Scores ------------------------------------------------------------------------------------------------------

const known = (scores) => scores.filter((s) => s !== null);
const mean = (scores) => known(scores).reduce((sum, s) => sum + s, 0) / Math.max(1, known(scores).length);
const right = (scores) => scores.filter((s) => s === 1000).length;
const number = (value) => Number(value).toLocaleString("en-US");

function scoreCell(scores) {
  const value = mean(scores), full = scores.length > 0 && right(scores) === scores.length;
  const bar = make("span", { class: full ? "bar full" : "bar" }, make("i", { style: `width:${value / 10}%` }));
  const title = scores.map((s) => (s === null ? "not known" : s)).join(", ");
  return make("td", { title }, bar, `${right(scores)}/${scores.length}`);
}

// Grids -------------------------------------------------------------------------------------------------------

// One path a colour: a grid of 900 cells is then at most eleven elements.
function drawGrid(text, other, largest = 168) {
  const rows = text.split("/"), height = rows.length, width = rows[0].length;
  const expected = other === null || other === undefined || other[0] === "!" ? null : other.split("/");
  const comparable = expected && expected.length === height && expected[0].length === width;
  const side = Math.max(3, Math.min(22, Math.floor(largest / Math.max(width, height))));
  const paths = new Map();
  let marks = "";
  rows.forEach((row, i) => {
    for (let j = 0; j < width; j++) {
      const colour = row[j] === "+" ? 10 : Number(row[j]);
      paths.set(colour, (paths.get(colour) ?? "") + `M${j} ${i}h1v1h-1z`);
      if (comparable && expected[i][j] !== row[j]) marks += `M${j + 0.1} ${i + 0.1}h.8v.8h-.8z`;
    }
  });
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("width", width * side);
  svg.setAttribute("height", height * side);
  svg.setAttribute("class", "grid");
  svg.setAttribute("shape-rendering", "crispEdges");
  const add = (d, attributes) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    for (const [name, value] of Object.entries(attributes)) path.setAttribute(name, value);
    svg.append(path);
  };
  for (const [colour, d] of paths) add(d, { fill: data.palette[colour] });
  let lines = "";
  for (let j = 1; j < width; j++) lines += `M${j} 0v${height}`;
  for (let i = 1; i < height; i++) lines += `M0 ${i}h${width}`;
  if (side >= 5 && lines) add(lines, { stroke: "#555", "stroke-width": 0.05, fill: "none" });
  if (marks) add(marks, { stroke: "#ff00ff", "stroke-width": 0.2, fill: "none", class: "differs" });
  return svg;
}

function figure(caption, text, other) {
  const size = (t) => `${t.split("/").length}x${t.split("/")[0].length}`;
  if (text === null) return make("figure", {}, make("figcaption", {}, `${caption}: not known`));
  if (text[0] === "!") return make("figure", {}, make("figcaption", {}, `${caption}: ${text.slice(1)}`));
  return make("figure", {}, drawGrid(text, other), make("figcaption", {}, `${caption} ${size(text)}`));
}

// Details of a candidate, made when it is opened --------------------------------------------------------------

function details(row) {
  const [, demos, pairs] = data.tasks[row[TASK]];
  const scores = [...row[DEMOS], ...row[TESTS]];
  const outputs = row[PREDICTION] < 0 ? null : data.predictions[row[PREDICTION]].map((k) => data.outputs[k]);
  const cell = make("td", { class: "detail", colspan: 7 });
  if (row[SOURCE] >= 0) {
    cell.append(make("pre", {}, data.sources[row[SOURCE]].map((k) => data.lines[k]).join("\n")));
    cell.append(make("p", {}, make("code", {}, `jbatt trace ${data.files[row[FILE]]}:${row[LINE]} --task ${data.tasks[row[TASK]][0]}`)));
  } else cell.append(make("p", {}, "The program's text is not included: its file was gone or had changed."));
  if (row[REASON] >= 0 && data.reasons[row[REASON]]) cell.append(make("p", {}, data.reasons[row[REASON]]));
  if (!outputs) cell.append(make("p", {}, row[SOURCE] < 0 || data.statuses[row[STATUS]] === "unsupported"
    ? "There is no prediction." : `Predictions are included for the ${number(data.predictions.length)} nearest programs; jbatt report --predictions N includes more.`));
  const list = make("div", { class: "pairs" });
  pairs.forEach(([input, output], k) => {
    const name = k < demos ? `demo ${k + 1}` : `test ${k - demos + 1}`;
    const predicted = outputs && output !== null ? (outputs[k] === output ? "right" : "wrong") : "not evaluated";
    const score = scores[k] === null ? predicted : scores[k] === 1000 ? "right" : `score ${scores[k]}`;
    const grids = make("div", { class: "grids" }, figure("input", input), figure("expected", output));
    if (outputs) grids.append(figure("prediction", outputs[k], output));
    list.append(make("div", { class: "pair" }, make("h3", {}, `${name}: ${score}`), grids));
  });
  cell.append(list);
  return make("tr", { class: "details" }, cell);
}

function rowElement(row) {
  const status = data.statuses[row[STATUS]];
  const opener = make("button", { class: "link", type: "button", "aria-expanded": "false", "aria-label": "show" }, "+");
  const element = make("tr", { class: "pick" },
    make("td", {}, opener), make("td", {}, data.tasks[row[TASK]][0]), make("td", {}, row[PROGRAM]),
    make("td", { class: `status ${status}` }, status), scoreCell(row[DEMOS]), scoreCell(row[TESTS]),
    make("td", {}, data.reasons[row[REASON]]));
  element.addEventListener("click", () => {
    const open = element.nextElementSibling?.classList.contains("details");
    if (open) element.nextElementSibling.remove();
    else element.after(details(row));
    opener.textContent = open ? "+" : "-";
    opener.setAttribute("aria-expanded", String(!open));
  });
  return element;
}

// Filters, order and pages ------------------------------------------------------------------------------------

const SORTS = {
  near: null, // the order of the data
  task: (a, b) => a[TASK] === b[TASK] ? 0 : data.tasks[a[TASK]][0] < data.tasks[b[TASK]][0] ? -1 : 1,
  program: (a, b) => (a[PROGRAM] < b[PROGRAM] ? -1 : a[PROGRAM] > b[PROGRAM] ? 1 : 0),
  tests: (a, b) => mean(b[TESTS]) - mean(a[TESTS]),
};

function matches(row, text) {
  if (state.statuses.size && !state.statuses.has(row[STATUS])) return false;
  if (state.task && !data.tasks[row[TASK]][0].startsWith(state.task)) return false;
  if (state.reason >= 0 && row[REASON] !== state.reason) return false;
  if (state.least && mean(row[DEMOS]) < state.least) return false;
  if (!text) return true;
  if (row[PROGRAM].toLowerCase().includes(text)) return true;
  if (data.reasons[row[REASON]].toLowerCase().includes(text)) return true;
  return row[SOURCE] >= 0 && data.sources[row[SOURCE]].some((k) => data.lines[k].toLowerCase().includes(text));
}

function refresh() {
  const text = state.text.trim().toLowerCase();
  shown = data.rows.filter((row) => matches(row, text));
  if (SORTS[state.sort]) shown.sort(SORTS[state.sort]);
  state.page = 0;
  draw(true);
}

function draw(openFirst = false) {
  const body = document.querySelector("#rows tbody"), start = state.page * PAGE;
  body.replaceChildren(...shown.slice(start, start + PAGE).map(rowElement));
  const last = Math.max(0, Math.ceil(shown.length / PAGE) - 1);
  $("count").textContent = shown.length
    ? `${number(shown.length)} of ${number(data.rows.length)} candidates, ${number(start + 1)} to ${number(Math.min(start + PAGE, shown.length))} below`
    : "no candidate matches";
  for (const pager of document.querySelectorAll(".pager")) {
    const go = (page, name) => make("button", { type: "button", disabled: page < 0 || page > last, onclick: () => { state.page = page; draw(); } }, name);
    pager.replaceChildren(go(state.page - 1, "previous"), `page ${state.page + 1} of ${last + 1}`, go(state.page + 1, "next"));
  }
  for (const [k, button] of [...$("statuses").children].entries()) button.setAttribute("aria-pressed", String(state.statuses.has(k)));
  if (openFirst) body.querySelector("tr.pick")?.click();
}

// Summary -----------------------------------------------------------------------------------------------------

function countBy(pick) {
  const counts = new Map();
  for (const row of data.rows) counts.set(pick(row), (counts.get(pick(row)) ?? 0) + 1);
  return counts;
}

function drawSummary() {
  $("folder").textContent = data.folder;
  document.title = `jbatt report: ${data.folder}`;
  if (data.notes.length) {
    $("notes").hidden = false;
    $("notes").append(...data.notes.map((note) => make("p", {}, note)));
  }
  const solved = new Set(data.rows.filter((r) => data.statuses[r[STATUS]] === "solved").map((r) => r[TASK]));
  const all = data.rows.filter((r) => data.statuses[r[STATUS]] === "solved" && right(r[TESTS]) === r[TESTS].length);
  const card = (value, name) => make("div", { class: "card" }, make("b", {}, value), make("span", {}, name));
  const s = data.summary, cards = [
    card(`${number(solved.size)} of ${number(data.tasks.length)}`, "tasks solved on their demo pairs"),
    card(number(data.rows.length), "candidates"),
    card(number(all.length), "right on the test pairs too"),
  ];
  if (s.seconds) cards.push(card(`${s.seconds.total.toFixed(1)} s`, "in all"));
  if (s.counts?.pairs_evaluated) cards.push(card(number(s.counts.pairs_evaluated), "pairs evaluated"));
  if (s.device) cards.push(card(`${s.device.count} x ${s.device.kind}`, s.device.platform));
  if (s.versions) cards.push(card(`jbatt ${s.versions.jbatt}`, `JAX ${s.versions.jax}`));
  $("cards").append(...cards);
  drawCosts(s);
}

const SHADES = ["#1e93ff", "#ff851b", "#4fcc30", "#e53aa3", "#ffdc00", "#87d8f1", "#921231", "#999999", "#7a5cff", "#8a6d3b"];

function drawCosts(summary) {
  if (summary.seconds) {
    const parts = Object.entries(summary.seconds).filter(([name, value]) => name !== "total" && value > 0);
    const bar = make("div", { class: "costs" }), legend = make("div", { class: "legend" });
    parts.forEach(([name, value], k) => {
      const share = (100 * value) / summary.seconds.total, shade = SHADES[k % SHADES.length];
      bar.append(make("i", { style: `width:${share}%;background:${shade}`, title: `${name} ${value.toFixed(2)} s` }));
      legend.append(make("span", {}, make("i", { style: `background:${shade}` }), `${name} ${value.toFixed(2)} s (${share.toFixed(0)}%)`));
    });
    $("costs").append(make("h2", {}, "Seconds by component"), bar, legend);
  }
  const passes = Array.isArray(summary.passes) ? summary.passes : [];
  if (passes.length) {
    const columns = ["name", "avoided", "settings", "switched_off", "origin"].filter((key) => passes.some((pass) => describe(pass[key] ?? "")));
    const table = make("table", {}, make("tr", {}, ...columns.map((key) => make("th", {}, key === "name" ? "pass" : key.replaceAll("_", " ")))));
    for (const pass of passes) table.append(make("tr", {}, ...columns.map((key) => make("td", {}, describe(pass[key] ?? "")))));
    $("costs").append(make("h2", {}, "Passes"), table);
  }
}

function describe(value) {
  if (value === null || typeof value !== "object") return typeof value === "number" ? number(value) : String(value);
  return Object.entries(value).map(([key, each]) => `${key.replaceAll("_", " ")}: ${describe(each)}`).join(", ");
}

function drawFailures() {
  const counts = countBy((row) => `${row[STATUS]} ${row[REASON]}`);
  const table = make("table", {}, make("tr", {}, make("th", {}, "status"), make("th", { class: "number" }, "candidates"), make("th", {}, "reason")));
  const sorted = [...counts].filter(([key]) => data.statuses[Number(key.split(" ")[0])] !== "solved").sort((a, b) => b[1] - a[1]);
  for (const [key, count] of sorted.slice(0, 200)) {
    const [status, reason] = key.split(" ").map(Number), name = data.statuses[status];
    const pick = () => { Object.assign(state, { statuses: new Set([status]), reason }); refresh(); $("rows").scrollIntoView(); };
    table.append(make("tr", { class: "pick", onclick: pick }, make("td", { class: `status ${name}` }, name),
      make("td", { class: "number" }, number(count)), make("td", {}, data.reasons[reason] || (name === "failed" ? "some demo pair is not right" : ""))));
  }
  if (sorted.length > 200) table.append(make("tr", {}, make("td", { colspan: 3 }, `and ${number(sorted.length - 200)} more reasons`)));
  $("failures").append(sorted.length ? table : "Everything is solved.");
}

function drawTasks() {
  const of = data.tasks.map(() => ({ count: 0, solved: 0, tests: 0, best: 0 }));
  for (const row of data.rows) {
    const found = of[row[TASK]];
    found.count += 1;
    if (data.statuses[row[STATUS]] === "solved") {
      found.solved += 1;
      if (right(row[TESTS]) === row[TESTS].length) found.tests += 1;
    }
    found.best = Math.max(found.best, mean(row[DEMOS]));
  }
  const table = make("table", {}, make("tr", {}, ...["task", "candidates", "solve demos", "tests too", "best score"].map((name, k) => make("th", { class: k ? "number" : "" }, name))));
  const order = data.tasks.map((_, k) => k).sort((a, b) => of[a].solved - of[b].solved || of[b].best - of[a].best || (data.tasks[a][0] < data.tasks[b][0] ? -1 : 1));
  for (const k of order) {
    const pick = () => { state.task = $("task").value = data.tasks[k][0]; refresh(); $("rows").scrollIntoView(); };
    const cells = [of[k].count, of[k].solved, of[k].tests, Math.floor(of[k].best)];
    table.append(make("tr", { class: "pick", onclick: pick }, make("td", { class: of[k].solved ? "solved" : "" }, data.tasks[k][0]),
      ...cells.map((value) => make("td", { class: "number" }, number(value)))));
  }
  $("tasks").append(table);
  $("task-ids").append(...data.tasks.map((task) => make("option", { value: task[0] })));
}

function drawFilters() {
  const counts = countBy((row) => row[STATUS]);
  data.statuses.forEach((name, k) => {
    const toggle = () => { state.statuses.has(k) ? state.statuses.delete(k) : state.statuses.add(k); state.reason = -1; refresh(); };
    $("statuses").append(make("button", { type: "button", "aria-pressed": "false", disabled: !counts.get(k), onclick: toggle }, `${name} ${number(counts.get(k) ?? 0)}`));
  });
  let waiting = 0;
  const later = () => { clearTimeout(waiting); waiting = setTimeout(refresh, 120); };
  $("task").addEventListener("input", () => { state.task = $("task").value.trim(); later(); });
  $("text").addEventListener("input", () => { state.text = $("text").value; later(); });
  $("least").addEventListener("input", () => { state.least = Number($("least").value) || 0; later(); });
  $("sort").addEventListener("change", () => { state.sort = $("sort").value; refresh(); });
  $("clear").addEventListener("click", () => {
    Object.assign(state, { statuses: new Set(), task: "", text: "", least: 0, sort: "near", reason: -1 });
    $("task").value = $("text").value = "";
    $("least").value = 0;
    $("sort").value = "near";
    refresh();
  });
}

drawSummary();
drawFailures();
drawTasks();
drawFilters();
refresh();
document.body.dataset.ready = "yes";
