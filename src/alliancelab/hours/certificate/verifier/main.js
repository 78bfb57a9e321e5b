// The page: files and keys in, a verdict and what the certificate says out. Whatever comes from a file becomes text.

import { kindOf, MOST_BYTES, NotABadge, readList } from "./reading.js";
import { fingerprint, keysIn, readSuccession, verify, when } from "./verifying.js";

const byId = (id) => document.getElementById(id);
const given = { badge: null, status: null, succession: null }; // each { name, bytes }
let turn = 0; // of verdicts: one that comes late says nothing any more

function element(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

async function look() {
  const mine = ++turn;
  const keys = trusted();
  const names = { badge: "certificate", status: "status list", succession: "change of keys" };
  const files = Object.entries(given).filter(([, file]) => file);
  byId("given").textContent = files.map(([kind, file]) => `The ${names[kind]}: ${file.name}.`).join(" ");
  if (keys === null) {
    show("open", "Not verified", "The issuer’s key, above, cannot be read.");
    return;
  }
  if (!given.badge) {
    show("", "", "Nothing yet: no certificate was given.");
    return;
  }
  let found;
  let reading = "succession";
  try {
    const successions = given.succession ? [readSuccession(given.succession.bytes)] : [];
    reading = "status";
    const list = given.status && readList(given.status.bytes);
    reading = "badge";
    found = await verify(given.badge.bytes, keys, Date.now(), list, successions);
  } catch (error) {
    const said = error instanceof NotABadge ? error.message : `this page has failed: ${error.message}`;
    found = { state: "unread", said: `${given[reading].name} cannot be used: ${said}.` };
  }
  if (mine === turn) {
    tell(found);
  }
}

/** The keys that the reader trusts; null where one cannot be read. */
function trusted() {
  const field = byId("issuer");
  const said = byId("issuer-said");
  try {
    const keys = keysIn(field.value);
    said.textContent = keys.length
      ? `Compare with the programme, by telephone say: ${keys.map(fingerprint).join(" or ")}.`
      : "Without a key nothing can be called valid: anybody can write a programme’s name.";
    field.removeAttribute("aria-invalid");
    return keys;
  } catch (error) {
    said.textContent = `${error.message}.`;
    field.setAttribute("aria-invalid", "true");
    return null;
  }
}

/** Show a verdict: what is refused at once (an alert), the rest when the reader pauses. */
function show(className, headline, ...lines) {
  const place = byId(className === "bad" ? "bad" : "good");
  const box = element("div", "", className ? `said ${className}` : "hint");
  if (headline) {
    box.append(element("strong", headline));
  }
  box.append(...lines.map((line) => element("div", line)));
  for (const other of [byId("good"), byId("bad"), byId("told")]) {
    other.replaceChildren();
  }
  place.append(box);
}

function tell(found) {
  const { badge } = found;
  const revoked = found.statusChecked
    ? "It has not been revoked, by the status list given."
    : "Whether it has been revoked was not checked: no status list was given.";
  if (found.state === "unread") {
    show("bad", "Not verified", found.said);
  } else if (found.state === "refused") {
    show("bad", "Refused", `${found.reason}.`);
    byId("told").append(rows([["SHA-256 of the file", found.digest]]));
  } else if (found.state === "undecided") {
    show(
      "open",
      "Whole, but by whom?",
      `It was signed by the key ${fingerprint(found.key)}, and not changed since. Whether that key is your programme’s you must ` +
        "compare yourself: ask the programme for its key, not the certificate or whoever sent it, and enter it above.",
      revoked,
    );
  } else {
    const until = badge.until === null ? "" : `, valid until ${when(badge.until)}`;
    const since = when(badge.since).slice(0, 10);
    show(
      "good",
      "Valid",
      `${badge.programme} certifies to ${badge.name}: ${badge.title}, on ${since}${until}.`,
      `Signed with the key ${fingerprint(found.key)}.`,
      revoked,
    );
  }
  if (badge) {
    byId("told").append(...told(found));
  }
}

/** What the certificate says. */
function told({ badge, key, digest, state }) {
  const one = (genre) => badge.evidence.filter((evidence) => evidence.genre === genre);
  const others = badge.evidence.filter(({ genre }) => genre !== "Module" && genre !== "Checkpoint");
  const by = state === "valid" ? badge.programme : `${badge.programme} (so it says)`;
  return [
    element("h3", "What the certificate says"),
    rows([
      ["Who", `${badge.name} (${badge.trainee})`],
      ["Programme", by],
      ["Policy", badge.title],
      ["Issued", when(badge.since)],
      ["Valid until", badge.until === null ? "no end is set" : when(badge.until)],
      ["In words", badge.description],
    ]),
    element("h3", "Hours for each requirement"),
    table(
      ["Requirement", "Reached", "Asked"],
      badge.measured.map((row) => [row.title, amount(row.reached), amount(row.asked)]),
    ),
    element("h3", "On what it rests"),
    rows([
      ["The policy’s source", badge.criteria],
      ...one("Module").map(({ name, narrative }) => [`Module ${name}`, narrative]),
      ...one("Checkpoint").map(({ narrative }) => ["Checkpoint of the ledger", checkpoint(narrative)]),
      ...others.map(({ genre, name, narrative }) => [`${genre}: ${name}`, narrative]),
    ]),
    element("h3", "To look it up"),
    rows([
      ["Certificate", badge.id],
      ["Status list", `${badge.status}, place ${badge.index}`],
      ["Key", `${fingerprint(key)} (${key})`],
      ["SHA-256 of the file", digest],
    ]),
  ];
}

/** A checkpoint in words: how far each chain of the ledger went, for whoever audits it later. */
function checkpoint(narrative) {
  try {
    const { ledger, at, chains } = JSON.parse(narrative);
    const ends = Object.entries(chains).map(([name, [size, head]]) => `${name}: ${size} records, the last is ${head}`);
    return [`Ledger ${ledger}, ${at}`, ...ends].join("\n");
  } catch {
    return narrative;
  }
}

/** "27060 minutes" as hours and minutes, as the certificate's printed form has it. */
function amount(text) {
  return text.replace(/^(at most )?(\d{1,12}) (minutes|percent)/, (_, most = "", digits, unit) => {
    if (unit === "percent") {
      return `${most}${digits} %`;
    }
    const [hours, minutes] = [Math.floor(digits / 60), digits % 60];
    const parts = [hours ? `${hours.toLocaleString("en-GB")} h` : "", minutes || !hours ? `${minutes} min` : ""];
    return most + parts.filter(Boolean).join(" ");
  });
}

function rows(pairs) {
  const list = element("dl", "");
  for (const [name, value] of pairs) {
    list.append(element("dt", name), element("dd", value, "lines"));
  }
  return list;
}

function table(names, lines) {
  const made = element("table", "");
  const row = (cells, tags) => {
    const one = element("tr", "");
    one.append(...cells.map((cell, at) => element(tags[at], cell)));
    return one;
  };
  const [head, body] = [element("thead", ""), element("tbody", "")];
  head.append(row(names, ["th", "th", "th"]));
  for (const cell of head.querySelectorAll("th")) {
    cell.scope = "col";
  }
  body.append(...lines.map((line) => row(line, ["th", "td", "td"])));
  for (const cell of body.querySelectorAll("th")) {
    cell.scope = "row";
  }
  made.append(head, body);
  return made;
}

/** Take files: each for what it was given as, or for what it is where they were dropped. Never much more than we write. */
async function take(files, kind = null) {
  for (const file of files) {
    const bytes = new Uint8Array(await file.slice(0, MOST_BYTES + 1).arrayBuffer());
    given[kind ?? kindOf(bytes)] = { name: file.name, bytes };
  }
  await look();
}

for (const kind of Object.keys(given)) {
  byId(kind).addEventListener("change", ({ target }) => take(target.files, kind));
}
byId("issuer").addEventListener("input", look);
byId("paste").addEventListener("click", () => {
  given.badge = { name: "the pasted text", bytes: new TextEncoder().encode(byId("pasted").value) };
  look();
});
byId("again").addEventListener("click", () => {
  for (const kind of Object.keys(given)) {
    given[kind] = null;
    byId(kind).value = "";
  }
  byId("pasted").value = "";
  look();
});
for (const [name, isOver] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    document.body.classList.toggle("over", isOver);
    if (name === "drop") {
      take(event.dataTransfer.files);
    }
  });
}

const pinned = document.querySelector('meta[name="issuer"]').content;
if (pinned) {
  byId("issuer").value = pinned;
  byId("issuer").readOnly = true;
  byId("issuer-hint").textContent =
    "It came with this page. It is the programme’s only if you have the page from the programme itself.";
}
look();
