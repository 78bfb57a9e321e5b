// What stands in a badge and in a status list, and how their files are read: as hours/certificate/credential.py and hours/certificate/badges.py do.
// There is one way only to write each, to the letter, so nothing but texts in known places ever reaches the JSON-LD code.

import { base64urlnopad } from "@scure/base";

export const MOST_BYTES = 256 * 1024;
export const SIZE = 131_072; // places in a status list
const VC = "https://www.w3.org/ns/credentials/v2";
const OB = "https://purl.imsglobal.org/spec/ob/v3p0/";
const EDITED = "its signature does not fit what it says: it was edited after it was signed, or forged";

/** A file that is no badge and no status list of ours, valid or not. */
export class NotABadge extends Error {}

/** A badge that is refused; `rule` says why, the message says it in words. */
export class Refused extends Error {
  constructor(rule, said) {
    super(said);
    this.rule = rule;
  }
}

export const edited = () => new Refused("edited", EDITED);

/** What stands in a file that says it is a badge, nothing of it verified. */
export function read(bytes, kind = "OpenBadgeCredential") {
  if (bytes.length > MOST_BYTES) {
    throw new NotABadge(`it is larger than ${MOST_BYTES / 1024} KB, which no badge of ours is`);
  }
  if (String.fromCharCode(...bytes.slice(0, 4)) === "%PDF") {
    throw new NotABadge("it is the printed form; verify the badge beside it (certificate.json), also attached to it");
  }
  const document = json(bytes);
  if (!Array.isArray(document?.type) || !document.type.includes(kind)) {
    const what = kind === "OpenBadgeCredential" ? "an Open Badges 3.0 credential" : "a status list";
    throw new NotABadge(`it is JSON, but not ${what}`);
  }
  return document;
}

/** What stands in a status list of either form, and the JWT's text where it is one. */
export function readList(bytes) {
  const kind = "BitstringStatusListCredential";
  const text = new TextDecoder("latin1").decode(bytes).trim();
  if (text.startsWith("{") || bytes.length > MOST_BYTES) {
    return { document: read(bytes, kind), token: null };
  }
  let payload;
  try {
    const parts = text.split(".");
    payload = parts.length === 3 && base64urlnopad.decode(parts[1]);
  } catch {
    // said below
  }
  if (!payload) {
    throw new NotABadge("it is neither a status list in JSON nor one as a JWT");
  }
  return { document: read(payload, kind), token: text };
}

/** Which of the three files it is, for those that were dropped together. */
export function kindOf(bytes) {
  try {
    if (/^[\w-]+\.[\w-]+\.[\w-]*$/.test(new TextDecoder("latin1").decode(bytes).trim())) {
      return "status";
    }
    const document = json(bytes);
    if (document?.succession) {
      return "succession";
    }
    return document?.type?.includes?.("BitstringStatusListCredential") ? "status" : "badge";
  } catch {
    return "badge";
  }
}

/** JSON in which no name stands twice in one table (two readers could see two badges) and no letter is half a letter. */
export function json(bytes) {
  let text, document;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new NotABadge("it is not text in UTF-8; a badge is a JSON file");
  }
  try {
    document = JSON.parse(text);
  } catch {
    throw new NotABadge("it is not JSON");
  }
  const open = []; // for each table or list that is open: the names that it has so far
  let last = null;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/gs)) {
    if (token === "{" || token === "[") {
      open.push(new Set());
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token === ":") {
      const names = open.at(-1);
      if (names.has(last)) {
        throw new NotABadge("it is not JSON (a name stands twice in one table)");
      }
      names.add(last);
    } else {
      last = JSON.parse(token);
      if (/\p{Cs}/u.test(last)) {
        throw new NotABadge("it is not text in UTF-8; a badge is a JSON file");
      }
    }
  }
  return document;
}

/** Who a document says has issued it, a DID in our badges. */
export function issuerOf(document) {
  const issuer = document.issuer;
  const name = issuer !== null && typeof issuer === "object" && !Array.isArray(issuer) ? issuer.id : issuer;
  return typeof name === "string" ? name : "";
}

/** What a badge tells that is written word for word as we write one of this issuer. */
export function badgeIn(document, did) {
  let badge;
  try {
    badge = told(document);
    same(document, written(badge, did));
  } catch {
    throw edited();
  }
  return badge;
}

/** What a status list tells that is written as we write one of this issuer. */
export function listIn(document, isToken, did) {
  try {
    const { id } = document;
    const encoded = text(document.credentialSubject.encodedList);
    const [since, until] = [instant(document.validFrom), instant(document.validUntil)];
    const ours = {
      "@context": [VC],
      id: text(id),
      type: ["VerifiableCredential", "BitstringStatusListCredential"],
      issuer: did,
      validFrom: iso(since),
      credentialSubject: {
        id: `${id}#list`,
        type: "BitstringStatusList",
        statusPurpose: "revocation",
        encodedList: encoded,
      },
      validUntil: iso(until),
    };
    same(document, isToken ? { ...ours, iss: did, jti: id, nbf: since / 1000, exp: until / 1000 } : ours);
    return { id, since, until, encoded };
  } catch {
    throw edited();
  }
}

function told(document) {
  const { credentialSubject: subject, credentialStatus: entry } = document;
  const { achievement } = subject;
  const asked = achievement.resultDescription;
  if (asked.length !== subject.result.length || !asked.length) {
    throw new TypeError("results");
  }
  return {
    id: text(document.id),
    programme: text(document.issuer.name),
    trainee: text(subject.identifier[1].identityHash),
    name: text(subject.identifier[0].identityHash),
    achievement: text(achievement.id),
    title: text(document.name),
    description: text(achievement.description),
    criteria: text(achievement.criteria.narrative),
    measured: asked.map((one, at) => ({
      id: text(one.id).split("#").at(-1),
      title: text(one.name),
      reached: text(subject.result[at].value),
      asked: text(one.requiredValue),
    })),
    evidence: (document.evidence ?? []).map(({ genre, name, narrative }) => ({
      genre: text(genre),
      name: text(name),
      narrative: text(narrative),
    })),
    since: instant(document.validFrom),
    until: "validUntil" in document ? instant(document.validUntil) : null,
    status: text(entry.statusListCredential),
    index: place(entry.statusListIndex),
  };
}

/** A badge as our programme writes it, its signature aside. */
function written(badge, did) {
  const described = (one) => `${badge.achievement}#${one.id}`;
  const identity = (value, type) => ({
    type: "IdentityObject",
    hashed: false,
    identityHash: value,
    identityType: type,
  });
  return {
    "@context": [VC, `${OB}context-3.0.3.json`, `${OB}extensions.json`],
    id: badge.id,
    type: ["VerifiableCredential", "OpenBadgeCredential"],
    name: badge.title,
    issuer: { id: did, type: ["Profile"], name: badge.programme },
    validFrom: iso(badge.since),
    credentialSubject: {
      type: ["AchievementSubject"],
      achievement: {
        id: badge.achievement,
        type: ["Achievement"],
        name: badge.title,
        description: badge.description,
        criteria: { narrative: badge.criteria },
        achievementType: "Certificate",
        resultDescription: badge.measured.map((one) => ({
          id: described(one),
          type: ["ResultDescription"],
          name: one.title,
          resultType: "Result",
          requiredValue: one.asked,
        })),
      },
      identifier: [identity(badge.name, "name"), identity(badge.trainee, "identifier")],
      result: badge.measured.map((one) => ({
        type: ["Result"],
        status: "Completed",
        value: one.reached,
        resultDescription: described(one),
      })),
    },
    credentialSchema: [
      {
        id: `${OB}schema/json/ob_v3p0_achievementcredential_schema.json`,
        type: "1EdTechJsonSchemaValidator2019",
      },
    ],
    ...(badge.until === null ? {} : { validUntil: iso(badge.until) }),
    ...(badge.evidence.length
      ? {
          evidence: badge.evidence.map(({ genre, name, narrative }) => ({ type: ["Evidence"], narrative, name, genre })),
        }
      : {}),
    credentialStatus: {
      id: `${badge.status}#${badge.index}`,
      type: "BitstringStatusListEntry",
      statusPurpose: "revocation",
      statusListIndex: String(badge.index),
      statusListCredential: badge.status,
    },
  };
}

function same(document, ours) {
  const { proof, ...bare } = document;
  if (sorted(bare) !== sorted(ours)) {
    throw edited();
  }
}

/** A value as JSON, the names in each table in one order. */
function sorted(value) {
  if (Array.isArray(value)) {
    return `[${value.map(sorted).join()}]`;
  }
  if (value !== null && typeof value === "object") {
    const rows = Object.keys(value).sort();
    return `{${rows.map((name) => `${JSON.stringify(name)}:${sorted(value[name])}`).join()}}`;
  }
  return JSON.stringify(value);
}

function text(value) {
  if (typeof value !== "string") {
    throw new TypeError("no text");
  }
  return value;
}

function place(value) {
  if (!/^(0|[1-9]\d{0,14})$/.test(text(value))) {
    throw new TypeError("no place");
  }
  return Number(value);
}

/** A moment as it stands in a badge, in milliseconds. */
function instant(value) {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text(value)) ? Date.parse(value) : NaN;
  if (Number.isNaN(at)) {
    throw new TypeError("no moment");
  }
  return at;
}

const iso = (at) => `${new Date(at).toISOString().slice(0, 19)}Z`;
