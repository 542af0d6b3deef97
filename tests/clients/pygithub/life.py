"""The life of secrets in a program that uses PyGithub and PyNaCl, both unchanged.

What it is given: ../lib.sh.
"""

import hashlib
import json
import logging
import os
import sys
import time

import github
from github import Auth, Github, GithubException, UnknownObjectException

API = os.environ["LIFE_API"]
ORG = os.environ["LIFE_ORG"]
SIMPLE = "a value with \"quotes\", \\backslashes\\ and $signs"
LINES = "zwei\r\ndrei 🔑\n\nand a newline at the end\n"

passed = 0
failed = 0


class Statuses(logging.Handler):
    """PyGithub tells its log the status of every answer; this remembers the last one."""

    def __init__(self):
        super().__init__()
        self.last = None

    def emit(self, record):
        # verb, scheme, host, url, request headers, input, status, answer's headers, output
        if isinstance(record.args, tuple) and len(record.args) == 9:
            self.last = record.args[6]


statuses = Statuses()
logger = logging.getLogger("github.Requester")
logger.setLevel(logging.DEBUG)
logger.propagate = False  # bodies are in there, too
logger.addHandler(statuses)


def check(what, wanted, got):
    global passed, failed
    if wanted == got:
        passed += 1
        print(f"ok - {what}")
    else:
        failed += 1
        print(f"not ok - {what}: wanted {wanted!r}, got {got!r}")


def status_of(call, *args, **kwargs):
    """The status of a call's last answer, whether PyGithub raises it or not."""
    try:
        call(*args, **kwargs)
    except GithubException as error:
        return error.status
    return statuses.last


def expect(scope, owner, environment, name, value):
    """This secret is left behind, with this value."""
    line = {
        "scope": scope,
        "owner": owner,
        "environment": environment,
        "name": name,
        "sha256": hashlib.sha256(value.encode()).hexdigest(),
    }
    with open(os.environ["LIFE_EXPECTED"], "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def next_second():
    """Times on the wire have whole seconds: to see one change, the next must have begun."""
    now = int(time.time())
    while int(time.time()) == now:
        time.sleep(0.02)


def life(what, scope, owner, environment, home):
    """What is the same in every scope; `home` is a repository, organisation or environment."""
    check(f"{what}: starts empty", 0, home.get_secrets().totalCount)
    key = home.get_public_key()
    check(f"{what}: key_id is text", str, type(key.key_id))

    check(f"{what}: create", 201, status_of(home.create_secret, "py_simple", SIMPLE))
    first = home.get_secret("py_simple")
    check(f"{what}: the name is in upper case", "PY_SIMPLE", first.name)
    next_second()
    check(f"{what}: update", 204, status_of(home.create_secret, "PY_SIMPLE", LINES))
    second = home.get_secret("PY_SIMPLE")
    check(f"{what}: created_at stays", first.created_at, second.created_at)
    check(f"{what}: updated_at moves", True, second.updated_at > first.updated_at)
    expect(scope, owner, environment, "PY_SIMPLE", LINES)

    for name, value in [("ZULU", "last"), ("ALPHA", ""), ("MIKE", "m"), ("BRAVO", "ß" * 24576)]:
        check(f"{what}: create {name}", 201, status_of(home.create_secret, name, value))
        if name != "MIKE":
            expect(scope, owner, environment, name, value)
    names = ["ALPHA", "BRAVO", "MIKE", "PY_SIMPLE", "ZULU"]
    check(f"{what}: pages hold every name, sorted", names, [s.name for s in home.get_secrets()])
    check(f"{what}: a page holds two", 2, len(home.get_secrets().get_page(1)))
    check(f"{what}: the last page holds one", 1, len(home.get_secrets().get_page(2)))
    too_large = status_of(home.create_secret, "LARGE", "x" * 49153)
    check(f"{what}: a value that is too large", 422, too_large)
    check(f"{what}: a forbidden name", 422, status_of(home.create_secret, "GITHUB_X", "x"))

    mike = home.get_secret("MIKE")
    check(f"{what}: delete", 204, status_of(mike.delete))
    check(f"{what}: delete again", 404, status_of(mike.delete))
    try:
        home.get_secret("MIKE").created_at
        check(f"{what}: get what is gone", "UnknownObjectException", "a secret")
    except UnknownObjectException as error:
        check(f"{what}: get what is gone", "Not Found", error.data["message"])
    check(f"{what}: the others are still there", 4, len(list(home.get_secrets())))


def visibilities(org):
    """Only an organisation: who may use a secret."""
    alpha, beta, gamma = (org.get_repo(name) for name in ("alpha", "beta", "gamma"))
    make = org.create_secret
    check("org: all", 201, status_of(make, "FOR_ALL", "1", "all"))
    check("org: private", 201, status_of(make, "FOR_PRIVATE", "2", "private"))
    selected = status_of(make, "FOR_SOME", "3", "selected", [alpha, beta])
    check("org: selected", 201, selected)
    expect("org", ORG, None, "FOR_ALL", "1")
    expect("org", ORG, None, "FOR_SOME", "3")
    seen = {s.name: s.visibility for s in org.get_secrets() if s.name.startswith("FOR_")}
    wanted = {"FOR_ALL": "all", "FOR_PRIVATE": "private", "FOR_SOME": "selected"}
    check("org: visibilities", wanted, seen)

    some = org.get_secret("FOR_SOME")
    names = lambda: [repo.name for repo in some.selected_repositories]
    check("selected: list", ["alpha", "beta"], names())
    check("selected: add", 204, status_of(some.add_repo, gamma))
    check("selected: pages hold them all", ["alpha", "beta", "gamma"], names())
    check("selected: total_count", 3, some.selected_repositories.totalCount)
    check("selected: remove", 204, status_of(some.remove_repo, alpha))
    check("selected: what is left", ["beta", "gamma"], names())
    edit = status_of(some.edit, "4", "selected", selected_repositories=[gamma, alpha])
    check("selected: set with a new value", 204, edit)
    check("selected: what was set", ["alpha", "gamma"], names())
    expect("org", ORG, None, "FOR_SOME", "4")

    private = org.get_secret("FOR_PRIVATE")
    check("org: private becomes selected, of none", 204, status_of(private.edit, "5", "selected"))
    none = org.get_secret("FOR_PRIVATE").selected_repositories
    check("org: nothing is selected", [], [repo.name for repo in none])
    check("org: selected becomes all", 204, status_of(private.edit, "6", "all"))
    expect("org", ORG, None, "FOR_PRIVATE", "6")
    check("org: all, read back", "all", org.get_secret("FOR_PRIVATE").visibility)


def main():
    client = Github(
        base_url=API,
        auth=Auth.Token(os.environ["LIFE_TOKEN"]),
        verify=os.environ.get("LIFE_CA", True),
        per_page=2,
        # GitHub asks programs to write once a second; this server is ours.
        seconds_between_requests=0,
        seconds_between_writes=0,
        # An answer of 5xx is a finding, not something to try again.
        retry=None,
    )
    check("who am I", os.environ["LIFE_LOGIN"], client.get_user().login)
    org = client.get_organization(ORG)
    repo = org.get_repo("alpha")
    owner = f"{ORG}/alpha"
    life("repository", "repo", owner, None, repo)
    life("organisation", "org", ORG, None, org)
    visibilities(org)
    life("environment", "env", owner, "production", repo.get_environment("production"))
    life("odd environment", "env", owner, "a b/c", repo.create_environment("a b/c"))
    names = sorted(environment.name for environment in repo.get_environments())
    check("environments", ["a b/c", "production"], names)


try:
    main()
except Exception as error:  # a client that raises has failed a check
    # Its text may hold what was sent: the kind and the place are enough.
    place = error.__traceback__
    while place.tb_next and place.tb_next.tb_frame.f_code.co_filename == __file__:
        place = place.tb_next
    status = f" {error.status}" if isinstance(error, GithubException) else ""
    check(f"line {place.tb_lineno} goes on", "", f"{type(error).__name__}{status}")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
