// A chart of ratings that is read session by session. Stands behind card.js in one script. What is said of a session
// comes from the kernel; here it is drawn. Every session is a button as high as the chart: Tab enters, arrows move.

const SVG = "http://www.w3.org/2000/svg";
const ROOM = { height: 264, left: 34, right: 10, top: 14, bottom: 42 };
const LOOKS = [["al-bond", null], ["al-goals", "7 4"], ["al-tasks", "2 4"]]; // class and dashes of the three lines
const KEYS = { ArrowLeft: (n) => n - 1, ArrowRight: (n) => n + 1, Home: () => 0, End: (n, last) => last };

function shape(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) if (value != null) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** A circle, a square or a triangle: the lines are told apart without their colours, too. */
function point(line, x, y, size) {
  const look = { class: `al-point ${LOOKS[line][0]}` };
  if (line === 0) return shape("circle", { ...look, cx: x, cy: y, r: size });
  if (line === 1) return shape("rect", { ...look, x: x - size * 0.9, y: y - size * 0.9, width: size * 1.8, height: size * 1.8 });
  return shape("path", { ...look, d: `M${x},${y - size * 1.2} l${size * 1.15},${size * 2.1} h${-size * 2.3} z` });
}

/** A line through what is given; a blank form is a gap. */
function stroke(values, x, y) {
  let pen = "M";
  return values.map((value, n) => {
    if (value == null) { pen = "M"; return ""; }
    const step = `${pen}${x(n).toFixed(1)},${y(value).toFixed(1)}${pen === "M" ? " h0" : ""}`; // h0: one alone is a dot
    pen = "L";
    return step;
  }).join(" ");
}

function sample(line) {
  const [look, dashes] = LOOKS[line] ?? ["al-mean", null];
  const inside = [shape("path", { class: `al-stroke ${look}`, "stroke-dasharray": dashes, d: "M1,8 H33" })];
  if (LOOKS[line]) inside.push(point(line, 17, 8, 4.5));
  return shape("svg", { width: 34, height: 16, "aria-hidden": "true" }, ...inside);
}

/** The chart as {node, mark(sessions)}. With `chosen`, a click on a session calls it with its number: that is a question. */
function ratings(chart, chosen = null) {
  const all = chart.sessions;
  const svg = shape("svg", { class: "al-svg", role: "img", "aria-label": chart.alt, height: ROOM.height });
  const says = make("p", { class: "al-says", text: chosen
    ? "Go to a session with the mouse or the arrow keys: its numbers stand here. Click, or press Enter, to mark it."
    : "Go to a session with the mouse or the arrow keys: its numbers stand here." });
  let here = null;
  let marked = new Set();
  const buttons = all.map((one, n) => make("button", {
    type: "button", class: "al-session", tabindex: n ? -1 : 0, "aria-label": one.says, "aria-pressed": chosen ? "false" : null,
    "data-session": one.session,
    onfocus: () => look(n),
    onclick: () => { buttons[n].focus(); look(n); chosen?.(one.session); },
    onkeydown: (event) => {
      const to = KEYS[event.key]?.(n, all.length - 1);
      if (to === undefined) return;
      event.preventDefault();
      buttons[Math.max(0, Math.min(all.length - 1, to))].focus();
    },
  }));
  const plot = make("div", { class: "al-plot" }, svg, make("div", { role: "group", "aria-label": `Sessions of the chart: ${chart.title}` }, ...buttons));

  function look(n) {
    here = n;
    buttons.forEach((button, other) => { button.tabIndex = other === n ? 0 : -1; });
    says.textContent = all[n].says;
    draw();
  }

  function draw() {
    const width = plot.clientWidth;
    if (!width) return;
    const [low, high] = [ROOM.height - ROOM.bottom, ROOM.top];
    const wide = (width - ROOM.left - ROOM.right) / all.length;
    const x = (n) => ROOM.left + (n + 0.5) * wide;
    const y = (value) => low - (value / 100) * (low - high);
    const column = (look, n) => shape("rect", { class: look, x: x(n) - wide / 2, y: high - 8, width: wide, height: low - high + 32, rx: 4 });
    const parts = [];
    if (chart.band) parts.push(shape("rect", { class: "al-band", x: ROOM.left, width: width - ROOM.left - ROOM.right, y: y(chart.band[1]), height: y(chart.band[0]) - y(chart.band[1]) }));
    for (const value of [0, 20, 40, 60, 80, 100]) {
      parts.push(shape("path", { class: "al-grid", d: `M${ROOM.left},${y(value)} H${width - ROOM.right}` }),
        shape("text", { x: ROOM.left - 7, y: y(value) + 4, "text-anchor": "end" }, `${value}`));
    }
    all.forEach((one, n) => { if (marked.has(one.session)) parts.push(column("al-marked", n)); });
    if (here !== null) parts.push(column("al-here", here));
    parts.push(shape("path", { class: "al-stroke al-mean", d: stroke(all.map((one) => one.mean), x, y) }));
    chart.lines.forEach((_, line) => {
      const values = all.map((one) => one.values[line]);
      parts.push(shape("path", { class: `al-stroke ${LOOKS[line][0]}`, "stroke-dasharray": LOOKS[line][1], d: stroke(values, x, y) }));
      values.forEach((value, n) => { if (value != null) parts.push(point(line, x(n), y(value), n === here ? 6 : 4)); });
    });
    const every = Math.ceil(24 / wide);
    all.forEach((one, n) => {
      if (n % every === 0 || n === here || marked.has(one.session)) {
        parts.push(shape("text", { x: x(n), y: low + 18, "text-anchor": "middle", class: n === here || marked.has(one.session) ? "is-bold" : null },
          marked.has(one.session) ? `✓ ${one.session}` : `${one.session}`));
      }
    });
    parts.push(shape("text", { x: (ROOM.left + width - ROOM.right) / 2, y: ROOM.height - 3, "text-anchor": "middle", class: "al-axis" }, "Session"));
    svg.setAttribute("width", width);
    svg.setAttribute("viewBox", `0 0 ${width} ${ROOM.height}`);
    svg.replaceChildren(...parts);
    buttons.forEach((button, n) => { button.style.left = `${x(n) - wide / 2}px`; button.style.width = `${wide}px`; });
  }

  new ResizeObserver(draw).observe(plot);
  const names = [...chart.lines, "mean of the three"];
  const [head, ...rows] = chart.rows;
  return {
    node: make("div", { class: "al-ratings" },
      make("p", { class: chosen ? "al-quiet" : "al-title", text: chart.title }),
      make("ul", { class: "al-legend", "aria-label": "How the lines are drawn" },
        ...names.map((name, line) => make("li", {}, sample(line), make("span", { text: name }))),
        chart.band ? make("li", {}, make("span", { class: "al-swatch", "aria-hidden": "true" }), make("span", { text: chart.band[2] })) : null),
      plot, says,
      make("details", { class: "al-table" }, make("summary", { text: "The numbers" }),
        make("div", { class: "al-scroll", tabindex: "0", role: "region", "aria-label": `The numbers of ${chart.title}` }, make("table", {},
          make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col", text })))),
          make("tbody", {}, ...rows.map(([first, ...others]) => make("tr", {},
            make("th", { scope: "row", text: first }), ...others.map((text) => make("td", { text }))))))))),
    mark(sessions) {
      marked = new Set(sessions);
      if (chosen) buttons.forEach((button, n) => button.setAttribute("aria-pressed", String(marked.has(all[n].session))));
      draw();
    },
  };
}

function chart(model, root) {
  root.append(ratings(model.get("face").chart).node);
  return () => {};
}

/** A question that is answered on the chart: one session, or all that fit. */
function find(face, changed) {
  const several = face.several;
  let answer = [];
  const told = make("p", { class: "al-quiet", role: "status" });
  const tell = () => { told.textContent = answer.length ? `Marked: session ${answer.join(", ")}.` : `Nothing marked yet. ${several ? "Mark all that apply." : "Mark one session."}`; };
  const drawn = ratings(face.chart, (session) => {
    const was = answer.includes(session);
    const others = several ? answer.filter((one) => one !== session) : [];
    answer = was ? others : [...others, session].sort((a, b) => a - b);
    drawn.mark(answer);
    tell();
    changed();
  });
  tell();
  return {
    node: make("div", { role: "group", "aria-label": face.title }, make("p", { class: "al-ask", html: face.ask }), drawn.node, told),
    value: () => answer.map(String),
    set: (given) => { answer = (given ?? []).map(Number); drawn.mark(answer); tell(); },
  };
}
