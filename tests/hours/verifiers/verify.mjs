// What two verifiers that others wrote make of our badges, offline.
// `node verify.mjs CONTEXTS AT ISSUER {BADGE STATUS}...` prints one line of JSON for each badge: what each verifier found
// with the status list that is named after it.
//
// Neither compares the issuer with the one that a reader trusts: @digitalbazaar/vc takes any key that a badge names, so
// the pinned issuer is compared here; @digitalcredentials/verifier-core looks it up in a registry of known issuers,
// which here holds ISSUER alone.

import { readFileSync } from "node:fs";
import { join } from "node:path";

const [contexts, at, issuer, ...files] = process.argv.slice(2);
const read = (path) => JSON.parse(readFileSync(path, "utf-8"));

// The clock stands still, so that no verdict depends on the day.
const Clock = Date;
globalThis.Date = class extends Clock {
  constructor(...given) {
    super(...(given.length ? given : [at]));
  }
  static now() {
    return new Clock(at).getTime();
  }
};

// One of them writes on the standard output that it could not fetch the JSON schema; only verdicts belong there.
console.log = console.error;

// All that exists of the web: the contexts, the registry, and (later) the status list.
const REGISTRY = "https://registry.example/known.json";
const web = new Map([
  ["https://www.w3.org/ns/credentials/v2", read(join(contexts, "credentials-v2.json"))],
  ["https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", read(join(contexts, "ob-v3p0-context-3.0.3.json"))],
  ["https://purl.imsglobal.org/spec/ob/v3p0/extensions.json", read(join(contexts, "ob-v3p0-extensions.json"))],
  ["https://w3id.org/security/multikey/v1", read(join(contexts, "security-multikey-v1.json"))],
  [REGISTRY, { registry: { [issuer]: { name: "The programme", url: "https://programme.example" } } }],
]);
globalThis.fetch = async (asked) => {
  const url = asked.url ?? String(asked);
  if (!web.has(url)) {
    throw new Error(`there is no network for ${url}`);
  }
  return new Response(JSON.stringify(web.get(url)), { headers: { "content-type": "application/json" } });
};

const Ed25519 = await import("@digitalbazaar/ed25519-multikey");
const { DataIntegrityProof } = await import("@digitalbazaar/data-integrity");
const { cryptosuite } = await import("@digitalbazaar/eddsa-rdfc-2022-cryptosuite");
const { verifyCredential } = await import("@digitalbazaar/vc");
const { checkStatus } = await import("@digitalbazaar/vc-bitstring-status-list");
const core = await import("@digitalcredentials/verifier-core");

/** Loads contexts, the status list, and the keys that a did:key is; nothing else. */
async function documentLoader(url) {
  if (url.startsWith("did:key:")) {
    const [did, fragment] = url.split("#");
    const key = await Ed25519.from({ publicKeyMultibase: did.slice("did:key:".length) });
    const method = {
      ...(await key.export({ publicKey: true, includeContext: true })),
      id: `${did}#${did.slice("did:key:".length)}`,
      controller: did,
    };
    const whole = {
      "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
      id: did,
      assertionMethod: [method],
    };
    return { contextUrl: null, documentUrl: url, document: fragment ? method : whole };
  }
  if (!web.has(url)) {
    throw new Error(`there is no network for ${url}`);
  }
  return { contextUrl: null, documentUrl: url, document: web.get(url) };
}

/** @digitalbazaar/vc: `verified` stays true for a revoked badge, so its status is read, too. */
async function byDigitalBazaar(credential) {
  const suite = new DataIntegrityProof({ cryptosuite });
  const found = await verifyCredential({ credential, suite, documentLoader, checkStatus });
  const statuses = found.statusResult?.results ?? [];
  return {
    verified: found.verified,
    revoked: statuses.some((one) => one.status),
    issuer: credential.issuer?.id === issuer,
    accepted:
      found.verified && statuses.length > 0 && statuses.every((one) => !one.status) && credential.issuer?.id === issuer,
    error: [found.error, ...(found.error?.errors ?? []), found.statusResult?.error].map((e) => e?.message).join(" / "),
  };
}

/** @digitalcredentials/verifier-core: a log of steps, each of which must be there and valid. */
async function byVerifierCore(credential) {
  const registry = { name: "Known", type: "dcc-legacy", url: REGISTRY };
  const found = await core.verifyCredential({ credential, knownDIDRegistries: [registry] });
  const steps = Object.fromEntries((found.log ?? []).map((step) => [step.id, step.valid === true]));
  return {
    steps,
    accepted: ["valid_signature", "expiration", "revocation_status", "registered_issuer"].every((step) => steps[step]),
    error: JSON.stringify([...(found.errors ?? []), ...(found.log ?? []).flatMap((step) => step.error ?? [])]),
  };
}

for (let at = 0; at < files.length; at += 2) {
  const [badge, list] = files.slice(at, at + 2).map(read);
  web.set(list.id, list);
  const told = {
    "@digitalbazaar/vc": await byDigitalBazaar(badge),
    "@digitalcredentials/verifier-core": await byVerifierCore(badge),
  };
  process.stdout.write(JSON.stringify(told) + "\n");
}
