#!/usr/bin/env bash
# The life of secrets in shell scripts that have curl and `sealyard seal`. What it is given: lib.sh.
# Here the bytes of answers are checked, too: no library stands between.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

org=$LIFE_ORG
repo=$org/alpha
body=$LIFE_SCRATCH/body
head=$LIFE_SCRATCH/head
simple=$'a value with "quotes", \\backslashes\\ and $signs'
lines=$'zwei\r\ndrei 🔑\n\nand a newline at the end\n'
large=$(head -c 49152 /dev/zero | tr '\0' x)

common=(--silent --show-error --noproxy '*' --max-time 30 --dump-header "$head" --output "$body")
common+=(--write-out '%{http_code}')
[[ -n ${LIFE_CA:-} ]] && common+=(--cacert "$LIFE_CA")
[[ -n ${LIFE_SOCKET:-} ]] && common+=(--unix-socket "$LIFE_SOCKET")

# request METHOD PATH-OR-URL [CURL'S ARGS...]: prints the status; leaves $head and $body.
request() {
    local url=$2
    [[ $url == http* ]] || url=$LIFE_API/$url
    : >"$body"
    # The token goes in by a file descriptor: arguments are for everybody to see.
    curl "${common[@]}" --request "$1" "${@:3}" \
        --config <(printf 'header = "Authorization: Bearer %s"\n' "$LIFE_TOKEN") "$url"
}

# The first value of a JSON field, and all values of it. Names and times hold nothing escaped.
fields() { grep -o "\"$1\": *[^,}]*" "$body" | sed 's/^[^:]*: *//; s/"//g'; }
field() { fields "$1" | head -n 1; }
header() { tr -d '\r' <"$head" | sed -n "s/^$1: //Ip" | head -n 1; }
next_page() { header link | tr ',' '\n' | sed -n 's/.*<\([^>]*\)>; rel="next".*/\1/p'; }

# get PATH FIELD
get() { request GET "$1" >/dev/null && field "$2"; }

# put PATH NAME VALUE [SEAL'S ARGS...]: fetches the key, seals, puts; prints the status.
put() {
    request GET "$1/public-key" >/dev/null
    cp "$body" "$LIFE_SCRATCH/key"
    printf %s "$3" >"$LIFE_SCRATCH/value"
    "$LIFE_BIN" seal --key-json "$LIFE_SCRATCH/key" --value-file "$LIFE_SCRATCH/value" "${@:4}" \
        >"$LIFE_SCRATCH/sealed"
    request PUT "$1/$2" --data-binary "@$LIFE_SCRATCH/sealed"
}

# What is the same in every scope. life WHAT SCOPE OWNER ENVIRONMENT PATH [SEAL'S ARGS...]
life() {
    local what=$1 scope=$2 owner=$3 environment=$4 path=$5
    local seal=("${@:6}") created updated tag names name

    is "$what: list" 200 "$(request GET "$path")"
    is "$what: starts empty" '{"total_count":0,"secrets":[]}' "$(tr -d ' \n' <"$body")"
    is "$what: key" 200 "$(request GET "$path/public-key")"
    is "$what: key_id has digits only" yes "$([[ $(field key_id) =~ ^[0-9]{10,19}$ ]] && echo yes)"
    is "$what: key has 32 bytes" 32 "$(field key | base64 -d | wc -c)"

    is "$what: create" 201 "$(put "$path" curl_simple "$simple" "${seal[@]}")"
    is "$what: a creation's body" '{}' "$(cat "$body")"
    is "$what: a creation's type" "application/json; charset=utf-8" "$(header content-type)"
    is "$what: get" 200 "$(request GET "$path/Curl_Simple")"
    is "$what: the name is in upper case" CURL_SIMPLE "$(field name)"
    created=$(field created_at) updated=$(field updated_at) tag=$(header etag)
    is "$what: unchanged" 304 "$(request GET "$path/CURL_SIMPLE" --header "If-None-Match: $tag")"
    is "$what: HEAD" 200 "$(request HEAD "$path/CURL_SIMPLE" --head)"

    next_second
    is "$what: update" 204 "$(put "$path" CURL_SIMPLE "$lines" "${seal[@]}")"
    is "$what: an update has no body" 0 "$(wc -c <"$body")"
    is "$what: an update has no type" "" "$(header content-type)"
    is "$what: changed" 200 "$(request GET "$path/CURL_SIMPLE" --header "If-None-Match: $tag")"
    is "$what: created_at stays" "$created" "$(field created_at)"
    later "$what: updated_at moves" "$updated" "$(field updated_at)"
    expect "$scope" "$owner" "$environment" CURL_SIMPLE "$lines"

    is "$what: 48 KiB" 201 "$(put "$path" LARGE "$large" "${seal[@]}")"
    is "$what: one byte more" 422 "$(put "$path" LARGER "${large}x" "${seal[@]}")"
    is "$what: nothing at all" 201 "$(put "$path" EMPTY "" "${seal[@]}")"
    is "$what: third" 201 "$(put "$path" _THIRD third "${seal[@]}")"
    is "$what: a forbidden name" 422 "$(put "$path" GITHUB_ANY third "${seal[@]}")"
    expect "$scope" "$owner" "$environment" LARGE "$large"
    expect "$scope" "$owner" "$environment" EMPTY ""

    names=()
    request GET "$path?per_page=2" >/dev/null
    is "$what: total_count is that of all pages" 4 "$(field total_count)"
    while names+=($(fields name)) && name=$(next_page) && [[ -n $name ]]; do
        request GET "$name" >/dev/null
    done
    is "$what: pages hold every name, sorted" "CURL_SIMPLE EMPTY LARGE _THIRD" "${names[*]}"

    is "$what: delete" 204 "$(request DELETE "$path/_third")"
    is "$what: a deletion has no body" 0 "$(wc -c <"$body")"
    is "$what: delete again" 404 "$(request DELETE "$path/_third")"
    is "$what: get what is gone" 404 "$(request GET "$path/_THIRD")"
    is "$what: GitHub's words" "Not Found" "$(field message)"
}

# Only an organisation: who may use a secret.
visibilities() {
    local path=orgs/$org/actions/secrets some=orgs/$org/actions/secrets/FOR_SOME/repositories
    local alpha beta gamma all=(--visibility all)
    alpha=$(get "repos/$org/alpha" id) beta=$(get "repos/$org/beta" id)
    gamma=$(get "repos/$org/gamma" id)

    is "org: all" 201 "$(put "$path" FOR_ALL 1 "${all[@]}")"
    is "org: private" 201 "$(put "$path" FOR_PRIVATE 2 --visibility private)"
    is "org: selected" 201 "$(put "$path" FOR_SOME 3 --visibility selected \
        --selected-repository-ids "$alpha,$beta")"
    expect org "$org" "" FOR_ALL 1
    expect org "$org" "" FOR_PRIVATE 2
    expect org "$org" "" FOR_SOME 3
    is "org: all, read back" all "$(get "$path/FOR_ALL" visibility)"
    is "org: all has no URL" "" "$(field selected_repositories_url)"
    is "org: private, read back" private "$(get "$path/FOR_PRIVATE" visibility)"
    is "org: selected, read back" selected "$(get "$path/FOR_SOME" visibility)"
    is "org: selected has a URL, of this server" "$LIFE_API/$some" \
        "$(grep -o '"selected_repositories_url": *"[^"]*"' "$body" | sed 's/.*: *"//; s/"$//')"

    is "selected: list" 200 "$(request GET "$some")"
    is "selected: which" "$org/alpha $org/beta" "$(fields full_name | xargs)"
    is "selected: set" 204 \
        "$(request PUT "$some" --data "{\"selected_repository_ids\":[$gamma,$alpha,$beta]}")"
    is "selected: count" 3 "$(get "$some?per_page=1" total_count)"
    is "selected: remove" 204 "$(request DELETE "$some/$alpha")"
    is "selected: remove again" 204 "$(request DELETE "$some/$alpha")"
    is "selected: add" 204 "$(request PUT "$some/$gamma" --header 'Content-Length: 0')"
    request GET "$some" >/dev/null
    is "selected: what is left" "$org/beta $org/gamma" "$(fields full_name | xargs)"
    is "selected: set where all may" 409 \
        "$(request PUT "$path/FOR_ALL/repositories" --data '{"selected_repository_ids":[]}')"
    is "selected: GitHub's word" Conflict "$(field message)"
    is "selected: add where all may" 409 "$(request PUT "$path/FOR_ALL/repositories/$alpha")"
    is "selected: remove where all may" 409 "$(request DELETE "$path/FOR_ALL/repositories/$alpha")"
}

# GitHub also knows everything by its number, and links there.
by_number() {
    is "by number: repository" 200 \
        "$(request GET "repositories/$(get "repos/$repo" id)/actions/secrets/LARGE")"
    is "by number: organisation" 200 \
        "$(request GET "organizations/$(get "orgs/$org" id)/actions/secrets/LARGE")"
    is "by number: environment" 200 \
        "$(request GET "repositories/$(get "repos/$repo" id)/environments/production/secrets/LARGE")"
}

is "who am I" "$LIFE_LOGIN" "$(get user login)"
environments=repos/$repo/environments
life repository repo "$repo" "" "repos/$repo/actions/secrets"
life organisation org "$org" "" "orgs/$org/actions/secrets" --visibility private
visibilities
life environment env "$repo" production "$environments/production/secrets"
life "odd environment" env "$repo" "a b/c" "$environments/a%20b%2Fc/secrets"
by_number
finish
