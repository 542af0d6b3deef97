#!/usr/bin/env bash
# gh sets values that it is given, by the three ways that it has. What it is given: what lib.sh
# says of a server and of who asks it, and
#   LIFE_VALUES    a folder with gh.tsv, a line for each secret: way, scope, repository,
#                  environment, name, visibility, selected repositories ("-" is nothing); and with
#                  each value in a file of its secret's name
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib-gh.sh"
export LC_ALL=C # bytes, not characters

org=$LIFE_ORG
declare -A files=() counts=()

# where SCOPE REPOSITORY ENVIRONMENT VISIBILITY SELECTED: gh's words for it, in `place`.
where() {
    case $1 in
        org) place=(--org "$org" --visibility "$4") ;;
        repo) place=(--repo "$org/$2") ;;
        # gh puts the name into the path as it is typed, so whoever types it percent-encodes it.
        env) place=(--repo "$org/$2" --env "$(sed 's| |%20|g; s|/|%2F|g' <<<"$3")") ;;
    esac
    [[ $5 == - ]] || place+=(--repos "$5")
}

# report HOW-MANY WHAT STATUS
report() {
    if [[ $3 == 0 ]]; then
        passed=$((passed + $1))
    else
        failed=$((failed + $1))
        echo "not ok - $2: gh ended with $3"
    fi
}

while IFS=$'\t' read -r -u 3 way scope repository environment name visibility selected; do
    file=$LIFE_VALUES/$name
    where "$scope" "$repository" "$environment" "$visibility" "$selected"
    case $way in
        input)
            gh secret set "$name" "${place[@]}" <"$file" >/dev/null 2>&1
            report 1 "$name" $?
            ;;
        body)
            # $(…) takes newlines off the end: a letter keeps them.
            value=$(cat "$file" && echo x) value=${value%x}
            gh secret set "$name" "${place[@]}" --body "${value}" >/dev/null 2>&1 </dev/null
            report 1 "$name" $?
            ;;
        env-file)
            key="$scope	$repository	$environment	$visibility	$selected"
            [[ -n ${files[$key]:-} ]] || files[$key]=$LIFE_SCRATCH/env.${#files[@]}
            { printf "%s='" "$name" && cat "$file" && printf "'\n"; } >>"${files[$key]}"
            counts[$key]=$((${counts[$key]:-0} + 1))
            ;;
    esac
done 3<"$LIFE_VALUES/gh.tsv"

# gh seals a file's secrets with one key and puts them all at the same time.
for key in "${!files[@]}"; do
    IFS=$'\t' read -r scope repository environment visibility selected <<<"$key"
    where "$scope" "$repository" "$environment" "$visibility" "$selected"
    gh secret set --env-file "${files[$key]}" "${place[@]}" >/dev/null 2>&1 </dev/null
    report "${counts[$key]}" "a file of ${counts[$key]}" $?
done
finish
