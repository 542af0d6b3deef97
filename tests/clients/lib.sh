# What the shell clients share: checks that print one line each, and the note of what was sealed.
#
# Given by `cargo xtask clients`:
#   LIFE_API       the API's base, such as https://127.0.0.1:8443/api/v3
#   LIFE_TOKEN     a token of the organisation's owner, with the scopes repo and admin:org
#   LIFE_LOGIN     the owner
#   LIFE_ORG       an organisation with repositories alpha and beta (private) and gamma (public);
#                  alpha has the environments `production` and `a b/c`
#   LIFE_EXPECTED  a file to which each secret that is left behind is noted, as a hash
#   LIFE_SCRATCH   a folder's path, for files of this run
#   LIFE_BIN       the sealyard program
#   LIFE_DATA_DIR  the data directory of the store that the server has open
#   LIFE_CA        the authority of the server's certificate, over https
#   LIFE_SOCKET    the server's socket, over a unix socket

set -u
mkdir -p "$LIFE_SCRATCH"
passed=0
failed=0

# is WHAT WANTED GOT
is() {
    if [[ $2 == "$3" ]]; then
        passed=$((passed + 1))
        echo "ok - $1"
    else
        failed=$((failed + 1))
        echo "not ok - $1: wanted \"$2\", got \"$3\""
    fi
}

# later WHAT EARLIER LATER: two times as GitHub writes them sort like text.
later() {
    if [[ -n $2 && $3 > $2 ]]; then is "$1" yes yes; else is "$1" "after $2" "$3"; fi
}

# expect SCOPE OWNER ENVIRONMENT NAME VALUE: this secret is left behind, with this value.
expect() {
    local environment=null hash
    [[ -n $3 ]] && environment="\"$3\""
    hash=$(printf %s "$5" | sha256sum)
    printf '{"scope":"%s","owner":"%s","environment":%s,"name":"%s","sha256":"%s"}\n' \
        "$1" "$2" "$environment" "$4" "${hash%% *}" >>"$LIFE_EXPECTED"
}

# Times on the wire have whole seconds: to see one change, the next must have begun.
next_second() {
    local now=$EPOCHSECONDS
    while [[ $EPOCHSECONDS == "$now" ]]; do sleep 0.02; done
}

finish() {
    echo "$passed passed, $failed failed"
    exit $((failed > 0))
}
