// The life of a GitHub App in a program that uses @octokit/auth-app, unchanged: it signs its own
// tokens, changes them for an installation's, and sets secrets with these.

import { execFileSync } from "node:child_process";

import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";

const { LIFE_API: baseUrl, LIFE_ORG: org, LIFE_BIN, LIFE_DATA_DIR } = process.env;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** A command of the operator; what it prints is JSON. */
function sealyard(...words) {
  const command = ["app", ...words, "--data-dir", LIFE_DATA_DIR];
  const options = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
  return JSON.parse(execFileSync(LIFE_BIN, command, options));
}

/** What a refused call answers. */
async function refusal(answer) {
  try {
    return [(await answer).status];
  } catch (error) {
    if (error.response === undefined) throw error;
    return [error.status, error.response.data.message];
  }
}

export async function apps({ check, status, expect, seal }) {
  const permissions = "organization_secrets=write,secrets=write";
  const app = sealyard("create", "--owner", org, "--name", `${org} bot`, "--permissions", permissions);
  const { installation_id: installationId } =
    sealyard("install", "--app", `${app.app_id}`, "--account", org, "--repositories", "alpha");
  const auth = { appId: app.app_id, privateKey: app.private_key };
  const as = (more) => new Octokit({
    authStrategy: createAppAuth, auth: { ...auth, ...more }, baseUrl, log: quiet,
  });

  const itself = as({}).rest.apps;
  check("app: who am I", app.app_id, (await itself.getAuthenticated()).data.id);
  const { data: installations } = await itself.listInstallations();
  check("app: its installations", [installationId], installations.map(({ id }) => id));
  check("app: of the organisation", installationId,
    (await itself.getOrgInstallation({ org })).data.id);
  check("app: of a repository", installationId,
    (await itself.getRepoInstallation({ owner: org, repo: "alpha" })).data.id);
  check("app: of a repository it does not reach", 404,
    await status(itself.getRepoInstallation({ owner: org, repo: "beta" })));
  const byClientId = new Octokit({
    authStrategy: createAppAuth, auth: { ...auth, appId: app.client_id }, baseUrl, log: quiet,
  });
  check("app: by its client id", 200, await status(byClientId.rest.apps.getAuthenticated()));

  const installed = as({ installationId });
  const { actions } = installed.rest;
  const put = async (kind, where, value, more = {}) => {
    const { data: key } = await actions[`get${kind}PublicKey`](where);
    const encrypted_value = seal(key.key, value);
    return actions[`createOrUpdate${kind}Secret`]({
      ...where, ...more, secret_name: "FROM_APP", encrypted_value, key_id: key.key_id,
    });
  };
  const alpha = { owner: org, repo: "alpha" };
  check("app: an organisation's secret", 201,
    await status(put("Org", { org }, "by an app", { visibility: "all" })));
  check("app: a repository's secret", 201, await status(put("Repo", alpha, "by an app too")));
  expect("org", org, null, "FROM_APP", "by an app");
  expect("repo", `${org}/alpha`, null, "FROM_APP", "by an app too");
  check("app: a repository that was not chosen", 404,
    await status(put("Repo", { owner: org, repo: "beta" }, "x")));
  check("app: a public one that was not chosen", [403, "Resource not accessible by integration"],
    await refusal(put("Repo", { owner: org, repo: "gamma" }, "x")));
  const { data: reached } = await installed.rest.apps.listReposAccessibleToInstallation();
  check("app: what it reaches", ["alpha"], reached.repositories.map(({ name }) => name));
  check("app: it is no user", [403, "Resource not accessible by integration"],
    await refusal(installed.rest.users.getAuthenticated()));

  const narrowed = await installed.auth({
    type: "installation", permissions: { organization_secrets: "read" }, refresh: true,
  });
  const reader = new Octokit({ auth: narrowed.token, baseUrl, log: quiet }).rest.actions;
  check("app: a token that reads, reads", 200,
    await status(reader.getOrgSecret({ org, secret_name: "FROM_APP" })));
  check("app: a token that reads, does not delete", [403, "Resource not accessible by integration"],
    await refusal(reader.deleteOrgSecret({ org, secret_name: "FROM_APP" })));

  const installation = { installation_id: installationId };
  check("app: suspend", 204, await status(itself.suspendInstallation(installation)));
  check("app: while it is", [403, "This installation has been suspended"],
    await refusal(actions.getOrgSecret({ org, secret_name: "FROM_APP" })));
  check("app: unsuspend", 204, await status(itself.unsuspendInstallation(installation)));
  check("app: afterwards", 200,
    await status(actions.getOrgSecret({ org, secret_name: "FROM_APP" })));
  check("app: revoke the token", 204,
    await status(installed.rest.apps.revokeInstallationAccessToken()));
  check("app: with what was revoked", [401, "Bad credentials"],
    await refusal(actions.getOrgSecret({ org, secret_name: "FROM_APP" })));
  check("app: uninstall", 204, await status(itself.deleteInstallation(installation)));
  check("app: it is gone", 404, await status(itself.getInstallation(installation)));
}
