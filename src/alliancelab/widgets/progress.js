// Draws a trainee's progress. Everything is set as text, never as markup; what counts is decided in the kernel.

const WIDE = 132, HIGH = 34, EDGE = 4; // px of a small line
const SVG = "http://www.w3.org/2000/svg";

/** An element: tag, attributes, children. */
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

function drawn(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/** A link to another page of the same folder, in the way the page's own links look to Jupyter. */
function link(to, text, more = {}) {
  const { baseUrl = "/" } = JSON.parse(document.getElementById("jupyter-config-data")?.textContent ?? "{}");
  const here = location.pathname.match(/\/(?:notebooks|(?:lab|doc)\/tree)\/(.*\/)?[^/]*$/)?.[1] ?? "";
  return make("a", { href: `${baseUrl}files/${here}${to}`, text, ...more });
}

function bar(module, part) {
  const name = `${module.title}, ${part.name.toLowerCase()}`;
  const share = part.of ? (100 * part.done) / part.of : 100;
  return make("div", { class: "al-part" },
    link(part.link, part.name, { "aria-label": name }),
    make("div", { class: "al-bar", role: "meter", "aria-label": name, "aria-valuemin": 0, "aria-valuemax": part.of,
      "aria-valuenow": part.done, "aria-valuetext": part.said }, make("div", { class: "al-fill", style: `width: ${share}%` })),
    make("span", { class: "al-said-of", text: part.said }));
}

/** The weeks of a skill as a small line, from nothing at the bottom to full credit at the top. */
function line({ name, weeks }) {
  const last = Math.max(1, weeks.at(-1)[0]);
  const points = weeks.map(([week, share]) => [EDGE + (week / last) * (WIDE - 2 * EDGE), HIGH - EDGE - share * (HIGH - 2 * EDGE)]);
  const told = weeks.map(([, share]) => `${Math.round(100 * share)}%`).join(", ");
  const svg = drawn("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": `${name}, week by week: ${told}` });
  for (const share of [0, 1]) {
    const y = HIGH - EDGE - share * (HIGH - 2 * EDGE);
    svg.append(drawn("line", { class: "al-rule", x1: 0, x2: WIDE, y1: y, y2: y }));
  }
  svg.append(drawn("polyline", { points: points.map((point) => point.join()).join(" ") }));
  for (const [cx, cy] of points) svg.append(drawn("circle", { cx, cy, r: 2.4 }));
  return svg;
}

function table([head, ...rows]) {
  const row = (cells, tag) => make("tr", {}, ...cells.map((text, n) => (n || tag === "th" ? make(tag, { text, ...(tag === "th" && { scope: "col" }) }) : make("th", { text, scope: "row" }))));
  const body = make("table", {}, make("thead", {}, row(head, "th")), make("tbody", {}, ...rows.map((cells) => row(cells, "td"))));
  return make("details", {}, make("summary", { text: "The numbers" }),
    make("div", { class: "al-wide", tabindex: 0, role: "region", "aria-label": "The numbers" }, body));
}

function render({ model, el }) {
  const face = model.get("face");
  const root = make("section", { class: "alliancelab al-so-far", "aria-label": face.title, "data-item": face.name });
  for (const type of ["keydown", "keyup", "keypress"]) root.addEventListener(type, (event) => event.stopPropagation());
  const status = make("p", { class: "al-status", role: "status" });
  const picture = make("div", { class: "al-drawn", tabindex: -1 });
  const show = make("button", { type: "button", class: "al-link", text: "Draw it as a picture, with the numbers", onclick: () => {
    status.textContent = "One moment…";
    say("picture");
  } });
  const more = make("div", {}, show, status, picture);
  let sent = Date.now();
  let shown = "";

  function say(value) {
    sent += 1;
    model.set("said", { n: sent, value });
    model.save_changes();
  }

  function draw() {
    const { n, picture: made, ...view } = model.get("view");
    if (shown !== JSON.stringify(view)) {
      shown = JSON.stringify(view); // what has not changed stays, and with it the place of whoever uses keys
      root.replaceChildren(...parts(view));
      picture.replaceChildren();
      show.hidden = false;
    }
    if (made) {
      picture.replaceChildren(make("img", { class: "al-image", src: made.src, alt: made.alt }), table(made.rows));
      if (status.textContent) picture.focus();
      show.hidden = true;
    }
    status.textContent = "";
  }

  function parts(view) {
    const heading = (text, level) => make("p", { class: "al-title", role: "heading", "aria-level": level, text });
    const skills = view.skills.map((skill) => make("li", {}, make("span", { class: "al-name", text: skill.name }),
      skill.weeks.length > 1 ? line(skill) : make("span", {}), make("span", { class: "al-said-of", text: skill.said })));
    return [
      heading(face.title, 2),
      view.lead ? make("p", { class: "al-intro", text: view.lead }) : null,
      view.next ? make("p", { class: "al-next" }, make("span", { class: "al-word", text: view.next.word }),
        link(view.next.link, view.next.title), make("span", { class: "al-said-of", text: view.next.said })) : null,
      view.modules.length ? make("ul", { class: "al-modules" }, ...view.modules.map((module) =>
        make("li", {}, make("span", { class: "al-name", text: module.title }), ...module.parts.map((part) => bar(module, part))))) : null,
      view.rest.length ? make("p", { class: "al-rest", text: `Not begun yet: ${view.rest.join(", ")}.` }) : null,
      view.skills.length ? heading("How your skills grow", 3) : null,
      view.skills.length ? make("ul", { class: "al-skills" }, ...skills) : null,
      view.skills.length ? make("p", { class: "al-quiet", text: view.about[0] }) : null,
      view.skills.length ? make("details", { class: "al-how" }, make("summary", { text: "How it is counted" }), make("p", { text: view.about[1] })) : null,
      view.drawn ? more : null,
      view.unread ? make("p", { class: "al-note", text: view.unread }) : null,
      view.private ? make("p", { class: "al-quiet al-private", text: view.private }) : null,
    ].filter(Boolean);
  }

  // Back from a lesson in another tab: of the browser, or of JupyterLab, where this page is not laid out meanwhile.
  const back = () => document.visibilityState === "visible" && say("look");
  let wasAway = false;
  const seen = new IntersectionObserver(() => {
    const isAway = root.getClientRects().length === 0;
    if (wasAway && !isAway) say("look");
    wasAway = isAway;
  });
  document.addEventListener("visibilitychange", back);
  draw();
  el.append(root);
  seen.observe(root);
  model.on("change:view", draw);
  return () => {
    document.removeEventListener("visibilitychange", back);
    seen.disconnect();
    model.off("change:view", draw);
  };
}

export default { render };
