// The life of secrets in a program that uses @octokit/rest and libsodium-wrappers, both unchanged.
// What it is given: ../lib.sh.

import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import { Octokit } from "@octokit/rest";
import sodium from "libsodium-wrappers";

import { apps } from "./app.mjs";

const { LIFE_API, LIFE_TOKEN, LIFE_LOGIN, LIFE_ORG: org, LIFE_EXPECTED } = process.env;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const octokit = new Octokit({ auth: LIFE_TOKEN, baseUrl: LIFE_API, log: quiet });
const { actions, repos } = octokit.rest;
const alpha = { owner: org, repo: "alpha" };

const simple = 'a value with "quotes", \\backslashes\\ and $signs';
const lines = "zwei\r\ndrei 🔑\n\nand a newline at the end\n";

let passed = 0;
let failed = 0;

function check(what, wanted, got) {
  if (isDeepStrictEqual(wanted, got)) {
    passed += 1;
    console.log(`ok - ${what}`);
  } else {
    failed += 1;
    console.log(`not ok - ${what}: wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
  }
}

/** The status of an answer, whether Octokit throws it or not. */
async function status(answer) {
  try {
    return (await answer).status;
  } catch (error) {
    if (error.status === undefined || error.response === undefined) throw error;
    return error.status;
  }
}

/** Notes that a secret is left behind, with this value. */
function expect(scope, owner, environment, name, value) {
  const sha256 = createHash("sha256").update(value).digest("hex");
  const line = JSON.stringify({ scope, owner, environment, name, sha256 });
  appendFileSync(LIFE_EXPECTED, `${line}\n`);
}

function seal(key, value) {
  const bytes = sodium.from_base64(key, sodium.base64_variants.ORIGINAL);
  const sealed = sodium.crypto_box_seal(sodium.from_string(value), bytes);
  return sodium.to_base64(sealed, sodium.base64_variants.ORIGINAL);
}

/** Times on the wire have whole seconds: to see one change, the next must have begun. */
async function nextSecond() {
  const now = Math.floor(Date.now() / 1000);
  while (Math.floor(Date.now() / 1000) === now) await pause(20);
}

/** The five operations of a scope under one set of names, as a program would wrap them. */
function scoped(kind, where) {
  const call = (verb, middle) => (more) => actions[`${verb}${middle}`]({ ...where, ...more });
  const home = {
    list: actions[`list${kind}Secrets`],
    where,
    key: call("get", `${kind}PublicKey`),
    get: call("get", `${kind}Secret`),
    remove: call("delete", `${kind}Secret`),
    send: call("createOrUpdate", `${kind}Secret`),
    /** Fetches the key, seals and puts. */
    async put(secret_name, value, more = {}) {
      const { data } = await home.key();
      const encrypted_value = seal(data.key, value);
      return home.send({ secret_name, encrypted_value, key_id: data.key_id, ...more });
    },
  };
  return home;
}

/** What is the same in every scope. */
async function life(what, scope, owner, environment, home, more = {}) {
  const empty = (await home.list(home.where)).data;
  check(`${what}: starts empty`, { total_count: 0, secrets: [] }, empty);
  const { data: key } = await home.key();
  check(`${what}: the key has two fields`, ["key", "key_id"], Object.keys(key).sort());
  check(`${what}: key_id is text`, "string", typeof key.key_id);

  check(`${what}: create`, 201, await status(home.put("octo_simple", simple, more)));
  const { data: first } = await home.get({ secret_name: "octo_simple" });
  check(`${what}: the name is in upper case`, "OCTO_SIMPLE", first.name);
  await nextSecond();
  check(`${what}: update`, 204, await status(home.put("OCTO_SIMPLE", lines, more)));
  const { data: second } = await home.get({ secret_name: "OCTO_SIMPLE" });
  check(`${what}: created_at stays`, first.created_at, second.created_at);
  check(`${what}: updated_at moves`, true, second.updated_at > first.updated_at);
  expect(scope, owner, environment, "OCTO_SIMPLE", lines);

  const values = { ZULU: "last", ALPHA: "", MIKE: "m", LARGE: "ß".repeat(24576) };
  const puts = Object.entries(values).map(([name, value]) => status(home.put(name, value, more)));
  check(`${what}: four at the same time`, [201, 201, 201, 201], await Promise.all(puts));
  for (const name of ["ZULU", "ALPHA", "LARGE"]) {
    expect(scope, owner, environment, name, values[name]);
  }

  const pages = [];
  for await (const page of octokit.paginate.iterator(home.list, { ...home.where, per_page: 2 })) {
    pages.push(page.data.map((secret) => secret.name));
  }
  const sorted = [["ALPHA", "LARGE"], ["MIKE", "OCTO_SIMPLE"], ["ZULU"]];
  check(`${what}: three pages, sorted by name`, sorted, pages);
  const { data: page } = await home.list({ ...home.where, per_page: 2, page: 2 });
  check(`${what}: total_count is that of all pages`, 5, page.total_count);

  const tooLarge = await status(home.put("LARGER", "x".repeat(49153), more));
  check(`${what}: a value that is too large`, 422, tooLarge);
  check(`${what}: a forbidden name`, 422, await status(home.put("GITHUB_X", "x", more)));
  const unsealed = { secret_name: "X", encrypted_value: "bm90IHNlYWxlZA==", key_id: key.key_id };
  check(`${what}: something that is not sealed`, 422, await status(home.send({ ...unsealed, ...more })));

  check(`${what}: delete`, 204, await status(home.remove({ secret_name: "mike" })));
  check(`${what}: delete again`, 404, await status(home.remove({ secret_name: "mike" })));
  check(`${what}: get what is gone`, 404, await status(home.get({ secret_name: "MIKE" })));
  check(`${what}: the others are still there`, 4, (await home.list(home.where)).data.total_count);
}

/** Only an organisation: who may use a secret. */
async function visibilities(home) {
  const id = async (repo) => (await repos.get({ owner: org, repo })).data.id;
  const ids = { alpha: await id("alpha"), beta: await id("beta"), gamma: await id("gamma") };
  const put = async (name, value, visibility, selected_repository_ids) =>
    status(home.put(name, value, { visibility, selected_repository_ids }));
  check("org: all", 201, await put("FOR_ALL", "1", "all"));
  check("org: private", 201, await put("FOR_PRIVATE", "2", "private"));
  check("org: selected", 201, await put("FOR_SOME", "3", "selected", [ids.beta, ids.alpha]));
  expect("org", org, null, "FOR_ALL", "1");
  expect("org", org, null, "FOR_SOME", "3");

  const { data: listed } = await home.list(home.where);
  const seen = listed.secrets.filter((secret) => secret.name.startsWith("FOR_"));
  check("org: visibilities", ["all", "private", "selected"], seen.map((s) => s.visibility));
  const url = `${LIFE_API}/orgs/${org}/actions/secrets/FOR_SOME/repositories`;
  check("org: only selected has a URL", [undefined, undefined, url],
    seen.map((secret) => secret.selected_repositories_url));
  check("org: its URL can be followed", 2, (await octokit.request(url)).data.total_count);

  const some = { org, secret_name: "FOR_SOME" };
  const names = async () => {
    const list = actions.listSelectedReposForOrgSecret;
    const all = await octokit.paginate(list, { ...some, per_page: 2 });
    return all.map((repository) => repository.name);
  };
  check("selected: list", ["alpha", "beta"], await names());
  const all = { ...some, selected_repository_ids: Object.values(ids) };
  check("selected: set", 204, await status(actions.setSelectedReposForOrgSecret(all)));
  check("selected: pages hold them all", ["alpha", "beta", "gamma"], await names());
  const one = (repository_id, secret) => ({ ...some, ...secret, repository_id });
  check("selected: remove", 204,
    await status(actions.removeSelectedRepoFromOrgSecret(one(ids.alpha))));
  check("selected: what is left", ["beta", "gamma"], await names());
  check("selected: add", 204, await status(actions.addSelectedRepoToOrgSecret(one(ids.alpha))));
  check("selected: all again", ["alpha", "beta", "gamma"], await names());
  const forAll = { secret_name: "FOR_ALL" };
  check("selected: add where all may", 409,
    await status(actions.addSelectedRepoToOrgSecret(one(ids.alpha, forAll))));
  check("selected: remove where all may", 409,
    await status(actions.removeSelectedRepoFromOrgSecret(one(ids.alpha, forAll))));

  check("org: selected, of none", 204, await put("FOR_PRIVATE", "4", "selected"));
  const none = await actions.listSelectedReposForOrgSecret({ org, secret_name: "FOR_PRIVATE" });
  check("org: nothing is selected", { total_count: 0, repositories: [] }, none.data);
  check("org: selected becomes all", 204, await put("FOR_PRIVATE", "5", "all"));
  expect("org", org, null, "FOR_PRIVATE", "5");
  const back = await home.get({ secret_name: "FOR_PRIVATE" });
  check("org: all, read back", "all", back.data.visibility);
}

async function main() {
  await sodium.ready;
  check("who am I", LIFE_LOGIN, (await octokit.rest.users.getAuthenticated()).data.login);
  const owner = `${org}/alpha`;
  await life("repository", "repo", owner, null, scoped("Repo", alpha));
  const ofOrg = scoped("Org", { org });
  await life("organisation", "org", org, null, ofOrg, { visibility: "private" });
  await visibilities(ofOrg);
  for (const name of ["production", "a b/c"]) {
    const home = scoped("Environment", { ...alpha, environment_name: name });
    await life(`environment ${name}`, "env", owner, name, home);
  }
  await apps({ check, status, expect, seal });
}

try {
  await main();
} catch (error) {
  // Its text may hold what was sent: the kind and the place are enough.
  const place = /(life|app)\.mjs:\d+/.exec(error.stack ?? "")?.[0] ?? "life.mjs";
  check(`${place} goes on`, "", `${error.name} ${error.status ?? ""}`.trim());
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
