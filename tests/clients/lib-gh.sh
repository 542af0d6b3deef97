# How gh gets to the server that lib.sh tells of, and to no other.

# A configuration of its own: the gh of whoever runs this stays as it is.
export GH_CONFIG_DIR=$LIFE_SCRATCH/gh GH_ENTERPRISE_TOKEN=$LIFE_TOKEN
export GH_PROMPT_DISABLED=1 GH_NO_UPDATE_NOTIFIER=1 NO_COLOR=1
unset GH_TOKEN GITHUB_TOKEN GITHUB_ENTERPRISE_TOKEN GH_REPO GH_DEBUG
host=${LIFE_API#*://}
export GH_HOST=${host%%/*}
[[ -n ${LIFE_CA:-} ]] && export SSL_CERT_FILE=$LIFE_CA
[[ -n ${LIFE_SOCKET:-} ]] && gh config set http_unix_socket "$LIFE_SOCKET"
