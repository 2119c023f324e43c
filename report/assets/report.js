/* Draws the page from the data in it. Nothing is fetched, and a counterexample costs nothing before it is opened. */
(function () {
"use strict";

var data = JSON.parse(document.getElementById("data").textContent);
var SIGNS = { good: "✓", bad: "✗", open: "…" };
var SAYS = { good: "as expected", bad: "not as expected", open: "not finished" };

/* One result, by the columns of data.columns. */
/* Of the matrix, by name: the data has them in the order in which they were met. */
var columns = data.archs.slice().sort();
var results = data.results.map(function (values) {
	var result = {};

	data.columns.forEach(function (name, i) { result[name] = values[i]; });
	result.scenario = data.scenarios[result.scenario];
	result.arch = data.archs[result.arch];
	result.expectation = data.expectations[result.expectation];
	result.summary = data.summaries[result.summary];
	result.sign = result.held ? "good" : result.conclusive ? "bad" : "open";
	return result;
});

function byId(id) {
	return document.getElementById(id);
}

/* element("td", { "class": "num" }, "text", child, ...) */
function element(name, attributes) {
	var e = document.createElement(name);

	Object.keys(attributes || {}).forEach(function (key) {
		if (attributes[key] !== null)
			e.setAttribute(key, attributes[key]);
	});
	for (var i = 2; i < arguments.length; i++)
		e.append(arguments[i]);
	return e;
}

function number(value) {
	return value.toLocaleString("en-US");
}

function count(value, word) {
	return number(value) + " " + word + (value === 1 ? "" : "s");
}

function worst(list) {
	return ["bad", "open", "good"].find(function (sign) {
		return list.some(function (r) { return r.sign === sign; });
	});
}

function unique(list) {
	return Array.from(new Set(list));
}

/* One result of each exploration: what several rest on counts once. */
function explorations(list) {
	var seen = new Set();

	return list.filter(function (r) {
		var first = !r.exploration || !seen.has(r.exploration);

		seen.add(r.exploration);
		return first;
	});
}

/* ---- the head ---- */

function showTotals() {
	var of = function (sign) { return results.filter(function (r) { return r.sign === sign; }).length; };
	var part = results.filter(function (r) { return r.held && !r.conclusive; }).length;
	var cards = [["good", of("good"), "as expected"], [of("bad") ? "bad" : "dim", of("bad"), "not as expected"],
		     [of("open") ? "open" : "dim", of("open"), "not finished"]];

	[[1, "states"], [0, "executions"]].forEach(function (unit) {
		var list = explorations(results.filter(function (r) { return r.search === unit[0]; }));

		if (list.length)
			cards.push(["", list.reduce(function (sum, r) { return sum + r.explored; }, 0), unit[1]]);
	});

	if (part)
		cards.splice(1, 0, ["open", part, "of these bounded or sampled"]);
	byId("command").textContent = data.command;
	byId("run").textContent = "version " + data.shootdown + ", " + data.seconds.toFixed(1) + " s" +
		(data.cpu_seconds ? " on the clock, " + data.cpu_seconds.toFixed(1) + " s of CPU time" : "");
	cards.forEach(function (card) {
		byId("totals").append(element("div", {}, element("dt", {}, card[2]),
			element("dd", { "class": card[0] }, number(card[1]))));
	});
}

/* ---- what was checked of one scenario, on one architecture or on all ---- */

/* Results that say the same of several architectures are one line. */
function alike(list) {
	var groups = new Map();

	list.forEach(function (r) {
		var key = [r.expectation, r.held, r.summary, r.not_explored, r.search].join("\n");

		if (!groups.has(key))
			groups.set(key, []);
		groups.get(key).push(r);
	});
	return Array.from(groups.values());
}

function range(list, name, digits) {
	var values = list.map(function (r) { return r[name]; });
	var least = Math.min.apply(null, values), most = Math.max.apply(null, values);
	var text = function (value) { return digits ? value.toFixed(digits) : number(value); };

	return text(least) === text(most) ? text(least) : text(least) + " to " + text(most);
}

function unit(list) {
	return unique(list.map(function (r) { return r.search ? "states" : "executions"; })).join(", ");
}

function verdictCell(list) {
	var cell = element("td", { "class": list[0].sign === "good" ? null : list[0].sign });

	cell.append(list.length === 1 ? list[0].line : list[0].summary);
	if (list[0].not_explored)
		cell.append(element("div", { "class": "dim" }, "not explored: " + list[0].not_explored));
	unique(list.map(function (r) { return r.example; })).forEach(function (example) {
		if (example >= 0)
			cell.append(" ", element("a", { href: "#c" + example }, "counterexample"));
	});
	return cell;
}

function resultLine(list) {
	var archs = list.map(function (r) { return r.arch; });

	return element("tr", {},
		element("td", { "class": list[0].sign }, SIGNS[list[0].sign], element("span", { "class": "unseen" }, SAYS[list[0].sign])),
		element("td", {}, list[0].expectation),
		element("td", { "class": "dim" }, archs.length > 3 ? archs.length + " architectures: " + archs.join(" ") : archs.join(" ")),
		verdictCell(list),
		element("td", { "class": "num", "data-name": unit(list) }, range(list, "explored")),
		element("td", { "class": "num", "data-name": "seconds" }, range(list, "seconds", 2)));
}

function resultTable(scenario, list) {
	var body = element("tbody"), head = element("tr");
	var doc = data.docs[scenario];

	["", "expectation", "on", "verdict", unit(list), "seconds"].forEach(function (name, i) {
		head.append(element("th", { scope: "col", "class": i > 3 ? "num" : null }, name));
	});
	alike(list).forEach(function (group) { body.append(resultLine(group)); });
	return [doc ? element("p", {}, doc) : "",
		element("table", {}, element("caption", { "class": "unseen" }, "Checks of " + scenario),
			element("thead", {}, head), body)];
}

/* ---- the matrix ---- */

var rows = []; /* { scenario, list, line, more, button } */

/* Opens the row behind @row with @list, or closes it if it shows that already. */
function toggle(row, list, button) {
	var was = row.button;

	if (row.more)
		row.more.remove();
	if (was)
		was.setAttribute("aria-expanded", "false");
	row.more = row.button = null;
	if (was === button)
		return;
	row.more = element("tr", { "class": "more" }, element("td", { colspan: data.archs.length + 2 }));
	resultTable(row.scenario, list).forEach(function (e) { row.more.firstChild.append(e); });
	row.line.after(row.more);
	row.button = button;
	button.setAttribute("aria-expanded", "true");
}

function matrixButton(row, list, text, label) {
	var button = element("button", { type: "button", "aria-expanded": "false", "aria-label": label }, text);

	button.addEventListener("click", function () { toggle(row, list, button); });
	return button;
}

function matrixCell(row, arch) {
	var list = row.list.filter(function (r) { return r.arch === arch; }), sign = worst(list);

	if (!sign)
		return element("td", { "class": "cell", "data-arch": arch });
	return element("td", { "class": "cell " + sign, "data-arch": arch },
		matrixButton(row, list, SIGNS[sign], row.scenario + " on " + arch + ": " + SAYS[sign]));
}

function matrixRow(scenario) {
	var list = results.filter(function (r) { return r.scenario === scenario; });
	var held = list.filter(function (r) { return r.held; }).length;
	var row = { scenario: scenario, list: list, more: null, button: null }, sign = worst(list);

	row.line = element("tr", {},
		element("th", { scope: "row" }, matrixButton(row, list, scenario, null)),
		element("td", { "class": "few num " + sign }, SIGNS[sign] + " " + held + "/" + list.length));
	columns.forEach(function (arch) { row.line.append(matrixCell(row, arch)); });
	row.text = [scenario].concat(list.map(function (r) { return r.expectation + " " + r.line; })).join(" ").toLowerCase();
	return row;
}

function showMatrix() {
	var head = element("tr", {}, element("th", { scope: "col" }, "scenario"), element("th", { scope: "col", "class": "num" }, "held"));
	var order = { bad: 0, open: 1, good: 2 }, body = element("tbody");

	columns.forEach(function (arch) {
		head.append(element("th", { scope: "col", "class": "column", "data-arch": arch }, element("span", {}, arch)));
		byId("arch").append(element("option", {}, arch));
	});
	rows = data.scenarios.map(matrixRow);
	rows.sort(function (a, b) { return order[worst(a.list)] - order[worst(b.list)]; });
	rows.forEach(function (row) { body.append(row.line); });
	byId("matrix").className = "matrix";
	byId("matrix").append(element("thead", {}, head), body);
}

/* An architecture is a column, never a word: expectations name architectures too. */
function filter() {
	var words = byId("words").value.toLowerCase().split(/\s+/).filter(Boolean), arch = byId("arch").value;
	var wrong = byId("wrong").checked, shown = 0;

	rows.forEach(function (row) {
		var list = row.list.filter(function (r) { return !arch || r.arch === arch; });
		var fits = words.every(function (word) { return row.text.indexOf(word) >= 0; }) && list.length > 0 &&
			(!wrong || worst(list) !== "good");

		row.line.hidden = !fits;
		if (row.more)
			row.more.hidden = !fits;
		shown += fits;
	});
	document.querySelectorAll("#matrix [data-arch]").forEach(function (e) {
		e.hidden = arch !== "" && e.dataset.arch !== arch;
	});
	byId("shown").textContent = shown + " of " + count(rows.length, "scenario") + " shown";
}

/* ---- one counterexample ---- */

/* The state of everything watched, before and after each step. */
function states(t) {
	var now = new Map(t.watches.map(function (w) { return [w.name, w.initial]; }));

	return t.rows.map(function (row) {
		var before = now;

		now = new Map(now);
		Object.keys(row.state || {}).forEach(function (name) { now.set(name, row.state[name]); });
		return { before: before, after: now };
	});
}

function stepLine(t, row, i) {
	var line = element("tr", { "data-row": i }), changes = row.state || {};
	var text = element("td", {}, row.text);

	Object.keys(changes).forEach(function (name) {
		text.append(element("div", { "class": "dim" }, "▸ " + name + ": " + changes[name]));
	});
	line.append(element("td", { "class": "num" }, String(i + 1)),
		element("td", { "class": row.mark === "STALE" ? "bad" : "open" }, row.mark ? row.number + " " + row.mark : ""),
		element("td", {}, t.agents[row.agent].name), text,
		element("td", { "class": "place" }, row.file ? row.file + ":" + row.line : ""));
	return line;
}

function missingLine(missing) {
	return element("tr", {}, element("td", { colspan: 5, "class": "missing" }, (missing.row < 0 ? "" : "here ") + missing.rule +
		" would have acted" + (missing.place ? ": " + missing.place : "") + (missing.says ? ": " + missing.says : "")));
}

/* The same as the drawing, for those who do not see it, or have no room for it. */
function stepTable(t) {
	var body = element("tbody"), head = element("tr"), missing = t.missing;

	["step", "", "who", "what", "where"].forEach(function (name) { head.append(element("th", { scope: "col" }, name)); });
	t.rows.forEach(function (row, i) {
		if (missing && missing.row === i)
			body.append(missingLine(missing));
		body.append(stepLine(t, row, i));
	});
	if (missing && missing.row < 0)
		body.append(missingLine(missing));
	return element("table", { "class": "steps", tabindex: 0 },
		element("caption", { "class": "unseen" }, "Steps of the counterexample"), element("thead", {}, head), body);
}

/* Shows the state at a step; the step is chosen in the drawing, in the table or with the arrow keys. */
function chooser(t, root, panel) {
	var all = states(t), at = -1;

	function visible(i) {
		var line = root.querySelector("tr[data-row='" + i + "']");

		return line && !line.hidden;
	}
	function choose(i) {
		var list = element("dl");

		root.querySelectorAll(".chosen").forEach(function (e) { e.classList.remove("chosen"); });
		root.querySelectorAll("[data-row='" + i + "']").forEach(function (e) { e.classList.add("chosen"); });
		at = i;
		t.watches.forEach(function (w) {
			var before = all[i].before.get(w.name), after = all[i].after.get(w.name);

			list.append(element("dt", {}, w.name),
				element("dd", { "class": before === after ? null : "changed" }, before === after ? after : before + " → " + after));
		});
		panel.replaceChildren(element("b", {}, "Step " + (i + 1) + " of " + t.rows.length), ", " +
			t.agents[t.rows[i].agent].name + ": " + t.rows[i].text, list);
	}
	function move(by) {
		for (var i = at + by; i >= 0 && i < t.rows.length; i += by) {
			if (visible(i)) {
				choose(i);
				root.querySelector("tr[data-row='" + i + "']").scrollIntoView({ block: "nearest" });
				return;
			}
		}
	}
	root.addEventListener("click", function (event) {
		var hit = event.target.closest("[data-row]");

		if (hit)
			choose(Number(hit.dataset.row));
	});
	root.addEventListener("keydown", function (event) {
		var by = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];

		if (by && event.target.closest(".steps, .picture")) {
			move(by);
			event.preventDefault();
		}
	});
	return choose;
}

function hideSteps(t, table, all) {
	var causal = t.rows.some(function (row) { return row.causal; });

	t.rows.forEach(function (row, i) {
		table.querySelector("tr[data-row='" + i + "']").hidden = causal && !all && !row.causal && row.kind !== "violation";
	});
}

function lastStep(t) {
	var i = t.rows.length - 1;

	while (i > 0 && t.rows[i].kind !== "violation")
		i--;
	return i > 0 ? i : t.rows.length - 1;
}

function sourceText(example) {
	var t = example.timeline, parts = [];

	if (t.doc)
		parts.push(element("p", {}, t.doc));
	t.sources.forEach(function (source) { parts.push(element("p", { "class": "dim" }, source)); });
	parts.push(element("p", { "class": "bad" }, t.verdict));
	if (t.why)
		parts.push(element("p", {}, t.why));
	return parts;
}

function folded(title, open) {
	var e = element("details", {}, element("summary", {}, title));

	e.open = open;
	for (var i = 2; i < arguments.length; i++)
		e.append(arguments[i]);
	return e;
}

/* Where else the same was found: [arch, steps, same execution, replay]. */
function others(example) {
	var list = element("ul");

	example.others.forEach(function (other) {
		list.append(element("li", {}, other[0] + (other[2] ? ", the same steps" : ", " + count(other[1], "step")),
			element("pre", {}, other[3])));
	});
	return folded("also found on " + example.others.map(function (other) { return other[0]; }).join(", "), false, list);
}

/* Steps and drawings are unpacked once, when the first of them is wanted. */
var unpacked = null;

function unpack() {
	var letters = atob(byId("packed").textContent), bytes = new Uint8Array(letters.length);

	for (var i = 0; i < letters.length; i++)
		bytes[i] = letters.charCodeAt(i);
	return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
}

/* Called once, when it is opened. */
function draw(example, root) {
	var t = example.timeline, table = stepTable(t), narrow = window.innerWidth <= 760;
	var picture = element("div", { "class": "picture", tabindex: 0, role: "group", "aria-label": "Drawing; arrow keys choose a step" });
	var panel = element("div", { "class": "chosen-state", "aria-live": "polite" });
	var all = element("input", { type: "checkbox" }), choose;

	picture.innerHTML = example.svg;
	sourceText(example).forEach(function (e) { root.append(e); });
	all.addEventListener("change", function () { hideSteps(t, table, all.checked); });
	root.append(folded("drawing", !narrow, picture), panel,
		folded("steps as text", narrow, element("p", {}, element("label", {}, all, " all " + count(t.rows.length, "step"))), table));
	hideSteps(t, table, false);
	if (t.text)
		root.append(folded("the scenario", false, element("pre", {}, t.text)));
	root.append(element("p", { "class": "dim" }, "to see it in a terminal:"), element("pre", {}, t.replay));
	if (example.others.length)
		root.append(others(example));
	choose = chooser(t, root, panel);
	if (t.rows.length)
		choose(lastStep(t));
}

function showExample(entry, index) {
	var body = element("div", { "class": "body" }), sign = entry.held ? "good" : "bad";
	var e = element("details", { "class": "example", id: "c" + index }, element("summary", {},
		element("span", { "class": sign }, SIGNS[sign] + " "), element("h3", {}, entry.scenario), " " + entry.expectation + " ",
		element("span", { "class": "bad" }, entry.summary), " ",
		element("span", { "class": "dim" }, entry.archs.length > 3 ? "on " + entry.archs.length + " architectures" :
			"on " + entry.archs.join(", "))), body);

	e.addEventListener("toggle", function () {
		if (!e.open || body.firstChild)
			return;
		body.textContent = "unpacking …";
		unpacked = unpacked || unpack();
		unpacked.then(function (examples) {
			body.textContent = "";
			draw(examples[index], body);
		}).catch(function (error) {
			body.textContent = "This browser cannot unpack it: " + error;
		});
	});
	byId("examples").append(e);
	return e;
}

function showExamples() {
	var order = data.examples.map(function (example, i) { return i; });

	order.sort(function (a, b) { return data.examples[a].held - data.examples[b].held; });
	order.forEach(function (i, place) {
		var e = showExample(data.examples[i], i);

		if (!place && !data.examples[i].held)
			e.open = true;
	});
	byId("counterexamples").hidden = !order.length;
	document.querySelector("nav a[href='#counterexamples']").hidden = !order.length;
}

/* ---- rules and architectures ---- */

function showPart(id, table) {
	byId(id).hidden = false;
	document.querySelector("nav a[href='#" + id + "']").hidden = false;
	byId(id).querySelector(".wide").append(table);
}

function showRules(m) {
	var signs = { "not-run": ["", "dim"], safe: ["·", "dim"], unsafe: ["✗", "bad"], open: ["?", "open"] };
	var head = element("tr", {}, element("th", { scope: "col" }, "without rule")), body = element("tbody");

	m.rules.forEach(function (rule) {
		head.append(element("th", { scope: "col", "class": "column" }, element("span", {}, rule)));
	});
	m.scenarios.forEach(function (scenario, i) {
		var line = element("tr", {}, element("th", { scope: "row" }, scenario));

		m.cells[i].forEach(function (cell, j) {
			line.append(element("td", { "class": "cell " + signs[cell][1], title: scenario + " without " + m.rules[j] + ": " + cell },
				signs[cell][0]));
		});
		body.append(line);
	});
	showPart("rules", element("table", { "class": "matrix" }, element("thead", {}, head), body));
}

function showArchs(list) {
	var names = Object.keys(list[0]), head = element("tr"), body = element("tbody");

	names.forEach(function (name) { head.append(element("th", { scope: "col" }, name)); });
	list.forEach(function (arch) {
		var line = element("tr");

		names.forEach(function (name, i) {
			line.append(element(i ? "td" : "th", i ? {} : { scope: "row" }, arch[name]));
		});
		body.append(line);
	});
	showPart("architectures", element("table", {}, element("thead", {}, head), body));
}

/* A link to a counterexample opens it. */
function follow() {
	var e = location.hash && byId(location.hash.slice(1));

	if (e && e.tagName === "DETAILS") {
		e.open = true;
		e.scrollIntoView();
	}
}

showTotals();
showMatrix();
showExamples();
if (data.matrix)
	showRules(data.matrix);
if (data.archs_table && data.archs_table.length)
	showArchs(data.archs_table);
if (!results.length)
	byId("shown").textContent = "Nothing was run.";
else
	filter();
byId("filters").addEventListener("input", filter);
byId("filters").addEventListener("submit", function (event) { event.preventDefault(); });
window.addEventListener("hashchange", follow);
follow();
})();
