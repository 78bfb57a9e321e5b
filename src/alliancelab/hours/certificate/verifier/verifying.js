// What a stranger finds out about a certificate, offline: the same as hours/certificate/verifying.py, in the same words.

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { base58, base64urlnopad } from "@scure/base";
import jsonld from "jsonld";

import vc from "./contexts/credentials-v2.json";
import ob from "./contexts/ob-v3p0-context-3.0.3.json";
import extensions from "./contexts/ob-v3p0-extensions.json";
import { badgeIn, edited, issuerOf, json, listIn, NotABadge, read, Refused, SIZE } from "./reading.js";

const CONTEXTS = new Map([
  ["https://www.w3.org/ns/credentials/v2", vc],
  ["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", ob],
  ["https://purl.imsglobal.org/spec/ob/v3p0/extensions.json", extensions],
]);
const PROOF = ["created", "cryptosuite", "proofPurpose", "proofValue", "type", "verificationMethod"];
const ED25519 = [0xed, 0x01]; // what stands before such a key in a did:key
const SKEW = 5 * 60_000; // ms by which two clocks may differ

/**
 * Verify a badge at a moment (ms) against the keys that the reader trusts, 64 hexadecimal digits each.
 *
 * Without any, the badge's own key is taken, and the verdict is "undecided": whole, but by whom? `list` is what
 * `readList` has read. Throws `NotABadge` for a file that is something else.
 */
export async function verify(bytes, issuers, at, list = null, successions = []) {
  const document = read(bytes);
  const digest = bytesToHex(sha256(bytes));
  try {
    const trusted = issuers.length ? issuers : [ownKey(document)];
    const { badge, key } = await signed(document, trusted, successions);
    inTime(badge, at);
    if (list) {
      await standing(badge, list, at, [key, ...successors(key, successions)]);
    }
    return { state: issuers.length ? "valid" : "undecided", digest, badge, key, statusChecked: list !== null };
  } catch (error) {
    if (error instanceof Refused) {
      return { state: "refused", digest, rule: error.rule, reason: error.message };
    }
    throw error;
  }
}

/** The keys in a text: each 64 hexadecimal digits or a did:key. Throws an `Error` that says which word is none. */
export function keysIn(text) {
  return text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map((word) => {
      const key = /^[0-9a-f]{64}$/i.test(word) ? word.toLowerCase() : publicOf(word);
      if (!key) {
        throw new Error(
          `“${word.slice(0, 80)}” is no public key; the issuer's key is 64 digits, or a text that begins with did:key:z6Mk`,
        );
      }
      return key;
    });
}

/** What two people read to each other to compare a key. */
export const fingerprint = (key) => bytesToHex(sha256(hexToBytes(key))).slice(0, 32).match(/..../g).join("-");

/** Read a succession: "this key speaks for me, too", signed by the old key. */
export function readSuccession(bytes) {
  let said;
  try {
    said = json(bytes).succession;
    const names = Object.keys(said).sort().join();
    const texts = Object.values(said).every((value) => typeof value === "string");
    if (names !== "at,new,old,signature" || !texts || ![said.old, said.new].every((key) => /^[0-9a-f]{64}$/.test(key))) {
      throw new TypeError("succession");
    }
  } catch {
    throw new NotABadge("it is no succession");
  }
  const message = utf8ToBytes(`alliancelab succession 1\n${JSON.stringify([said.old, said.new, said.at])}`);
  if (!fits(said.old, message, () => hexToBytes(said.signature))) {
    throw new NotABadge("the succession was not signed by the key that it says is the old one");
  }
  return said;
}

export const when = (at) => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;

function successors(key, successions) {
  const found = new Set();
  const ahead = [key];
  while (ahead.length) {
    const old = ahead.pop();
    for (const link of successions) {
      if (link.old === old && !found.has(link.new)) {
        found.add(link.new);
        ahead.push(link.new);
      }
    }
  }
  found.delete(key);
  return [...found].sort();
}

function ownKey(document) {
  const key = publicOf(issuerOf(document));
  if (!key) {
    throw new Refused("issuer", "it does not name the key of its issuer rightly");
  }
  return key;
}

/** The public key that a did:key is; null where it is none. */
function publicOf(name) {
  try {
    const bytes = base58.decode(name.match(/^did:key:z(.{1,64})$/)[1]);
    const isKey = bytes.length === 34 && ED25519.every((byte, at) => bytes[at] === byte);
    return isKey ? bytesToHex(bytes.slice(2)) : null;
  } catch {
    return null;
  }
}

const didOf = (key) => `did:key:z${base58.encode(concatBytes(Uint8Array.from(ED25519), hexToBytes(key)))}`;

async function signed(document, issuers, successions) {
  const trusted = [...new Set(issuers)];
  trusted.push(...trusted.flatMap((key) => successors(key, successions)));
  const issuer = issuerOf(document);
  const key = trusted.find((one) => didOf(one) === issuer);
  if (!key) {
    throw new Refused("issuer", stranger(document, issuer, trusted));
  }
  const badge = badgeIn(document, didOf(key));
  await proven(document, key);
  return { badge, key };
}

function stranger(document, issuer, trusted) {
  const told = document.issuer?.name;
  const name = typeof told === "string" && told ? `'${plain([...told].slice(0, 80).join(""))}'` : "its issuer";
  const own = publicOf(issuer);
  const other = own ? `the key ${fingerprint(own)}` : "a key that it does not name rightly";
  const ours = trusted.map(fingerprint).join(" or ");
  return `it calls its issuer ${name}, but comes from ${other}, not from the one you trust (${ours}); anybody can write a name`;
}

/** A text that nobody has verified, with nothing in it that turns or hides what stands around it. */
const plain = (text) => text.replace(/[\p{C}\p{Z}]/gu, (letter) => (letter === " " ? letter : "\ufffd"));

function inTime(badge, at) {
  if (at < badge.since - SKEW) {
    throw new Refused("not yet", `it is not valid before ${when(badge.since)}`);
  }
  if (badge.until !== null && at >= badge.until) {
    throw new Refused("expired", `it expired on ${when(badge.until)}`);
  }
}

async function standing(badge, { document, token }, at, speak) {
  const key = speak.find((one) => didOf(one) === issuerOf(document));
  if (!key) {
    throw new Refused(
      "status issuer",
      "the status list was issued by another key than the certificate, so it says nothing about it; " +
        "where the issuer has changed its key, give the succession, too",
    );
  }
  if (!("DecompressionStream" in globalThis)) {
    throw new Error("this browser cannot unpack a status list; take one of 2023 or later");
  }
  let list, bits;
  try {
    list = listIn(document, token !== null, didOf(key));
    await (token === null ? proven(document, key) : tokenProven(token, key));
    bits = await unpacked(list.encoded);
  } catch {
    throw new Refused(
      "status edited",
      "the status list's signature does not fit what it says: it was edited, or forged",
    );
  }
  if (list.id !== badge.status) {
    throw new Refused("status other", `the status list given is ${list.id}, but the certificate names ${badge.status}`);
  }
  if (at < list.since - SKEW) {
    throw new Refused("status window", `the status list holds only from ${when(list.since)} on`);
  }
  if (at >= list.until) {
    throw new Refused(
      "status window",
      `the status list ran out on ${when(list.until)}; ask the programme for the one of today`,
    );
  }
  if ((bits[badge.index >> 3] & (0x80 >> (badge.index & 7))) !== 0) {
    throw new Refused("revoked", `the programme has revoked it, by its status list of ${when(list.since)}`);
  }
}

/** Throws `Refused` unless the owner of the key signed exactly this (eddsa-rdfc-2022). */
async function proven(document, key) {
  const { proof, ...bare } = document;
  const isTable = proof !== null && typeof proof === "object" && !Array.isArray(proof);
  if (!isTable || Object.keys(proof).sort().join() !== PROOF.join() || proof.cryptosuite !== "eddsa-rdfc-2022") {
    throw new Refused("edited", "it has no signature of the kind that our badges have (eddsa-rdfc-2022)");
  }
  const did = didOf(key);
  if (proof.verificationMethod !== `${did}#${did.slice("did:key:".length)}`) {
    throw new Refused("issuer", `it was not signed by the key that you trust (${fingerprint(key)})`);
  }
  const { proofValue, ...told } = proof;
  const asWritten = Object.values(proof).every((value) => typeof value === "string");
  if (!asWritten || told.type !== "DataIntegrityProof" || told.proofPurpose !== "assertionMethod") {
    throw edited();
  }
  let message;
  try {
    message = concatBytes(await hashed({ ...told, "@context": bare["@context"] }), await hashed(bare));
  } catch {
    throw edited();
  }
  if (!fits(key, message, () => base58.decode(proofValue.match(/^z(.{1,100})$/)[1]))) {
    throw edited();
  }
}

/** The SHA-256 of what a document means, in the one order that RDF has. */
async function hashed(document) {
  const options = { algorithm: "RDFC-1.0", maxWorkFactor: 1, createMessageDigest: () => new Digest() };
  const meaning = await jsonld.canonize(document, { documentLoader, safe: true, canonizeOptions: options });
  return sha256(utf8ToBytes(meaning));
}

/** SHA-256 for rdf-canonize, also where a page opened from a file is given no crypto.subtle. */
class Digest {
  content = "";
  update(more) {
    this.content += more;
  }
  digest() {
    return bytesToHex(sha256(utf8ToBytes(this.content)));
  }
}

async function documentLoader(url) {
  if (!CONTEXTS.has(url)) {
    throw new Error(`no context of ours: ${url}`);
  }
  return { contextUrl: null, documentUrl: url, document: CONTEXTS.get(url) };
}

function tokenProven(token, key) {
  const at = token.lastIndexOf(".");
  const { alg } = json(base64urlnopad.decode(token.slice(0, token.indexOf("."))));
  if (alg !== "EdDSA" || !fits(key, utf8ToBytes(token.slice(0, at)), () => base64urlnopad.decode(token.slice(at + 1)))) {
    throw edited();
  }
}

function fits(key, message, signature) {
  try {
    return ed25519.verify(signature(), message, hexToBytes(key), { zip215: false });
  } catch {
    return false;
  }
}

/** The bits of a status list, and never more than a list of ours has. */
async function unpacked(encoded) {
  const packed = new Blob([base64urlnopad.decode(encoded.replace(/^u/, ""))]);
  const bits = new Uint8Array(SIZE / 8);
  let size = 0;
  for (const reader = packed.stream().pipeThrough(new DecompressionStream("gzip")).getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) {
      break;
    }
    if (size + value.length > bits.length) {
      await reader.cancel();
      throw edited();
    }
    bits.set(value, size);
    size += value.length;
  }
  if (size !== bits.length) {
    throw edited();
  }
  return bits;
}
