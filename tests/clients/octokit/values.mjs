// @octokit/rest and libsodium-wrappers, both unchanged, set values that they are given.
// What they are given: ../lib.sh and ../gh-values.sh; the list is octokit.tsv.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { Octokit } from "@octokit/rest";
import sodium from "libsodium-wrappers";

const { LIFE_API, LIFE_TOKEN, LIFE_ORG: org, LIFE_VALUES } = process.env;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const { actions, repos } = new Octokit({ auth: LIFE_TOKEN, baseUrl: LIFE_API, log: quiet }).rest;

/** The two operations of a secret's scope, and the parameters that say where it is. */
function home({ scope, repo, environment_name }) {
  const of = { org: "Org", repo: "Repo", env: "Environment" }[scope];
  const where = {
    org: { org },
    repo: { owner: org, repo },
    env: { owner: org, repo, environment_name },
  }[scope];
  return { where, key: actions[`get${of}PublicKey`], put: actions[`createOrUpdate${of}Secret`] };
}

const keys = new Map();
/** A scope's key, which does not change while this runs. */
async function key(secret) {
  const place = JSON.stringify(home(secret).where);
  if (!keys.has(place)) keys.set(place, (await home(secret).key(home(secret).where)).data);
  return keys.get(place);
}

async function set(secret) {
  const { key: text, key_id } = await key(secret);
  const base64 = sodium.base64_variants.ORIGINAL;
  const value = await readFile(join(LIFE_VALUES, secret.secret_name));
  const sealed = sodium.crypto_box_seal(value, sodium.from_base64(text, base64));
  const body = { encrypted_value: sodium.to_base64(sealed, base64), key_id };
  if (secret.scope === "org") body.visibility = secret.visibility;
  if (secret.selected.length > 0) {
    const ids = secret.selected.map(async (repo) => (await repos.get({ owner: org, repo })).data.id);
    body.selected_repository_ids = await Promise.all(ids);
  }
  const { secret_name } = secret;
  return (await home(secret).put({ ...home(secret).where, secret_name, ...body })).status;
}

await sodium.ready;
let passed = 0;
let failed = 0;
const list = await readFile(join(LIFE_VALUES, "octokit.tsv"), "utf8");
for (const line of list.trimEnd().split("\n")) {
  const [, scope, repo, environment_name, secret_name, visibility, some] = line.split("\t");
  const selected = some === "-" ? [] : some.split(",");
  // The text of an error may hold what was sent: its kind is enough.
  const put = set({ scope, repo, environment_name, secret_name, visibility, selected });
  const status = await put.catch((error) => `${error.name} ${error.status ?? ""}`);
  if (status === 201) {
    passed += 1;
  } else {
    failed += 1;
    console.log(`not ok - ${secret_name}: ${status}`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
