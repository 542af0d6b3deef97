"""PyGithub and PyNaCl, both unchanged, set values that they are given.

What they are given: ../lib.sh and ../gh-values.sh; the list is pygithub.tsv. PyGithub takes a
value as `str` and seals its UTF-8.
"""

import os
import sys
from functools import cache
from pathlib import Path

from github import Auth, Github, GithubException

VALUES = Path(os.environ["LIFE_VALUES"])

client = Github(
    base_url=os.environ["LIFE_API"],
    auth=Auth.Token(os.environ["LIFE_TOKEN"]),
    verify=os.environ.get("LIFE_CA", True),
    # GitHub asks programs to write once a second; this server is ours.
    seconds_between_requests=0,
    seconds_between_writes=0,
    # An answer of 5xx is a finding, not something to try again.
    retry=None,
)
org = client.get_organization(os.environ["LIFE_ORG"])
repository = cache(org.get_repo)


@cache
def environment(repo, name):
    """By the list: `get_environment` is tried in life.py."""
    return next(each for each in repository(repo).get_environments() if each.name == name)


def put(scope, repo, env, name, visibility, selected):
    # Newlines stay as they are: this is no text file.
    value = (VALUES / name).read_bytes().decode()
    if scope == "env":
        environment(repo, env).create_secret(name, value)
    elif scope == "repo":
        repository(repo).create_secret(name, value)
    elif visibility == "selected":
        some = [repository(each) for each in selected.split(",")]
        org.create_secret(name, value, visibility, some)
    else:
        org.create_secret(name, value, visibility)


passed = failed = 0
for line in (VALUES / "pygithub.tsv").read_text().splitlines():
    _, *secret = line.split("\t")
    try:
        put(*secret)
        passed += 1
    except Exception as error:  # its text may hold what was sent: its kind is enough
        failed += 1
        status = f" {error.status}" if isinstance(error, GithubException) else ""
        print(f"not ok - {secret[3]}: {type(error).__name__}{status}")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
