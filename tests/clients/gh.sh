#!/usr/bin/env bash
# The life of secrets as a person with gh lives it. What it is given: lib.sh.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib-gh.sh"

org=$LIFE_ORG
repo=$org/alpha
log=$LIFE_SCRATCH/gh.log
simple=$'a value with "quotes", \\backslashes\\ and $signs'
lines=$'-----BEGIN GRÜẞE-----\nzwei\r\ndrei 🔑\n-----END-----'

# What gh itself says an answer's status was, when it is asked to show its requests. With several
# requests, the last one counts: the key is fetched before the secret is put.
last_status() {
    sed -n 's|^< HTTP/[0-9.]* \([0-9]*\).*|\1|p' "$log" | tail -n 1
}

# set_secret NAME VALUE WHERE...: prints the status of the PUT.
set_secret() {
    GH_DEBUG=api gh secret set "$1" --body "$2" "${@:3}" >/dev/null 2>"$log"
    last_status
}

delete_secret() {
    GH_DEBUG=api gh secret delete "$1" "${@:2}" >/dev/null 2>"$log"
    last_status
}

# status ARGS...: the status of any request.
status() {
    gh api --include "$@" 2>/dev/null | sed -n '1s|^HTTP/[0-9.]* \([0-9]*\).*|\1|p'
}

ids() { # ids NAMES...: their repositories' numbers, as a JSON list
    local list=() name
    for name in "$@"; do list+=("$(gh api "repos/$org/$name" --jq .id)"); done
    (IFS=,; echo "${list[*]}")
}

# What is the same in every scope. life WHAT SCOPE OWNER ENVIRONMENT PATH WHERE...
life() {
    local what=$1 scope=$2 owner=$3 environment=$4 path=$5
    local where=("${@:6}") before after

    is "$what: starts empty" 0 "$(gh api "$path" --jq .total_count)"
    is "$what: gh lists nothing" "" "$(gh secret list "${where[@]}" 2>/dev/null)"
    is "$what: key_id is text, key has 32 bytes" "string 44" \
        "$(gh api "$path/public-key" --jq '"\(.key_id | type) \(.key | length)"')"

    is "$what: create" 201 "$(set_secret gh_simple "$simple" "${where[@]}")"
    is "$what: the name is in upper case" GH_SIMPLE "$(gh api "$path/gh_simple" --jq .name)"
    before=$(gh api "$path/GH_SIMPLE" --jq '.created_at + " " + .updated_at')
    next_second
    is "$what: update" 204 "$(set_secret GH_SIMPLE "$lines" "${where[@]}")"
    after=$(gh api "$path/GH_SIMPLE" --jq '.created_at + " " + .updated_at')
    is "$what: created_at stays" "${before% *}" "${after% *}"
    later "$what: updated_at moves" "${before#* }" "${after#* }"
    expect "$scope" "$owner" "$environment" GH_SIMPLE "$lines"

    # gh seals a file's secrets with one key and puts them all at the same time.
    printf 'ZULU=last\nALPHA=first\nMIKE=middle\n' >"$LIFE_SCRATCH/env"
    gh secret set --env-file "$LIFE_SCRATCH/env" "${where[@]}" >/dev/null 2>&1
    is "$what: a file of three" 0 $?
    printf 'from standard input' | gh secret set PIPED "${where[@]}" >/dev/null 2>&1
    is "$what: standard input" 0 $?
    expect "$scope" "$owner" "$environment" ZULU last
    expect "$scope" "$owner" "$environment" ALPHA first
    expect "$scope" "$owner" "$environment" PIPED "from standard input"

    is "$what: gh lists by name" "ALPHA GH_SIMPLE MIKE PIPED ZULU" \
        "$(gh secret list "${where[@]}" | cut -f 1 | xargs)"
    is "$what: pages of two" "2 2 1" \
        "$(gh api --paginate "$path?per_page=2" --jq '.secrets | length' | xargs)"
    is "$what: pages hold every name, sorted" "ALPHA GH_SIMPLE MIKE PIPED ZULU" \
        "$(gh api --paginate "$path?per_page=2" --jq '.secrets[].name' | xargs)"
    is "$what: total_count is that of all pages" 5 "$(gh api "$path?per_page=2" --jq .total_count)"

    is "$what: delete" 204 "$(delete_secret mike "${where[@]}")"
    is "$what: delete again" 404 "$(delete_secret mike "${where[@]}")"
    is "$what: get what is gone" 404 "$(status "$path/MIKE")"
    is "$what: the others are still there" 4 "$(gh api "$path" --jq .total_count)"
}

# Only an organisation: who may use a secret.
visibilities() {
    local path=orgs/$org/actions/secrets alpha_beta all
    alpha_beta=$(ids alpha beta)
    all=$(ids alpha beta gamma)

    is "org: all" 201 "$(set_secret FOR_ALL 1 -o "$org" -v all)"
    is "org: private" 201 "$(set_secret FOR_PRIVATE 2 -o "$org" -v private)"
    is "org: selected" 201 "$(set_secret FOR_SOME 3 -o "$org" -v selected --repos alpha,"$org/beta")"
    expect org "$org" "" FOR_ALL 1
    expect org "$org" "" FOR_SOME 3
    is "org: gh lists visibilities" "FOR_ALL=ALL FOR_PRIVATE=PRIVATE FOR_SOME=SELECTED" \
        "$(gh secret list -o "$org" | awk -F '\t' '/^FOR_/ {print $1 "=" toupper($3)}' | xargs)"
    is "org: only selected has a URL" "false false true" \
        "$(gh api "$path" --jq '.secrets[] | select(.name | startswith("FOR_")) | has("selected_repositories_url")' | xargs)"

    local some=$path/FOR_SOME/repositories names='[.repositories[].name] | join(" ")'
    is "selected: list" "alpha beta" "$(gh api "$some" --jq "$names")"
    is "selected: ids" "$alpha_beta" "$(gh api "$some" --jq '[.repositories[].id] | join(",")')"
    is "selected: set" 204 \
        "$(printf '{"selected_repository_ids":[%s]}' "$all" | status -X PUT "$some" --input -)"
    is "selected: pages of two" "2 1" \
        "$(gh api --paginate "$some?per_page=2" --jq '.repositories | length' | xargs)"
    is "selected: remove" 204 "$(status -X DELETE "$some/$(ids alpha)")"
    is "selected: add" 204 "$(status -X PUT "$some/$(ids gamma)")"
    is "selected: what is left" "beta gamma" "$(gh api "$some" --jq "$names")"
    is "selected: total_count" 2 "$(gh api "$some" --jq .total_count)"

    is "selected: add where all may" 409 "$(status -X PUT "$path/FOR_ALL/repositories/$(ids alpha)")"
    is "selected: remove where all may" 409 \
        "$(status -X DELETE "$path/FOR_ALL/repositories/$(ids alpha)")"
    is "org: private becomes selected" 204 \
        "$(set_secret FOR_PRIVATE 4 -o "$org" -v selected --repos gamma)"
    is "org: now one may" gamma "$(gh api "$path/FOR_PRIVATE/repositories" --jq "$names")"
    is "org: selected becomes all" 204 "$(set_secret FOR_PRIVATE 5 -o "$org" -v all)"
    expect org "$org" "" FOR_PRIVATE 5
    is "org: its URL is gone" false \
        "$(gh api "$path/FOR_PRIVATE" --jq 'has("selected_repositories_url")')"
}

gh auth status --hostname "$GH_HOST" >/dev/null 2>&1
is "gh auth status" 0 $?
is "who am I" "$LIFE_LOGIN" "$(gh api user --jq .login)"

environments=repos/$repo/environments
life repository repo "$repo" "" "repos/$repo/actions/secrets" -R "$repo"
life organisation org "$org" "" "orgs/$org/actions/secrets" -o "$org"
visibilities
life environment env "$repo" production "$environments/production/secrets" -R "$repo" -e production
# gh puts the name into the path as it is typed, so whoever types it percent-encodes it.
life "odd environment" env "$repo" "a b/c" "$environments/a%20b%2Fc/secrets" \
    -R "$repo" -e "a%20b%2Fc"
finish
