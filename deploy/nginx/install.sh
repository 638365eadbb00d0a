#!/bin/sh
# Puts this configuration into a folder that a distribution's nginx reads: sh deploy/nginx/install.sh /etc/nginx
# Wanted are SERVER_NAME, TLS_CERTIFICATE, TLS_KEY and UPSTREAM_SERVERS; everything else of compose.yaml may be given too.
set -eu
to=${1:?name the folder, such as /etc/nginx}
from=$(cd "$(dirname "$0")" && pwd)
: "${SERVER_NAME:?is the host that people type}" "${TLS_CERTIFICATE:?is a file}" "${TLS_KEY:?is a file}"
: "${UPSTREAM_SERVERS:?such as: server 127.0.0.1:3000 max_fails=1 fail_timeout=1s;}"
HTTP_PORT=${HTTP_PORT:-80} HTTPS_PORT=${HTTPS_PORT:-443} RESOLVER=${RESOLVER:-}
if [ "$HTTPS_PORT" = 443 ]; then PUBLIC_PORT=${PUBLIC_PORT-}; else PUBLIC_PORT=${PUBLIC_PORT-:$HTTPS_PORT}; fi
REQUESTS_PER_SECOND=${REQUESTS_PER_SECOND:-500} REQUESTS_BURST=${REQUESTS_BURST:-5000}
REQUESTS_AT_ONCE_PER_ADDRESS=${REQUESTS_AT_ONCE_PER_ADDRESS:-2048} SOCKETS_PER_ADDRESS=${SOCKETS_PER_ADDRESS:-8192}
SIGN_INS_PER_SECOND=${SIGN_INS_PER_SECOND:-20} SIGN_INS_BURST=${SIGN_INS_BURST:-500}
# The directive came with nginx 1.25.1.
version=$(nginx -v 2>&1 | sed 's/.*nginx\/\([0-9.]*\).*/\1/')
if [ "$(printf '%s\n' 1.25.1 "$version" | sort -V | head -n 1)" = 1.25.1 ]; then HTTP2_PARAMETER='' HTTP2_DIRECTIVE='http2 on;'
else HTTP2_PARAMETER=http2 HTTP2_DIRECTIVE=''; fi
names=$(grep -o '\${[A-Z0-9_]*}' "$from/templates/jarvis.conf.template" | tr -d '${}' | sort -u)
for name in $names; do export "$name"; done

mkdir -p "$to/conf.d" "${LOG_FOLDER:-/var/log/nginx}" "${TEMPORARY_FOLDER:-/var/lib/nginx}"
# What the distribution had stays beside it, once.
if [ -e "$to/nginx.conf" ] && [ ! -e "$to/nginx.conf.before" ]; then cp "$to/nginx.conf" "$to/nginx.conf.before"; fi
cp "$from/problems.conf" "$from/problem-headers.conf" "$to/"
# Only these names: nginx has variables of its own, which envsubst would empty.
awk -v names="$names" '
  BEGIN { count = split(names, each, /[ \n]+/) }
  { line = $0
    for (i = 1; i <= count; i++) {
      done = ""
      while ((at = index(line, "${" each[i] "}")) > 0) {
        done = done substr(line, 1, at - 1) ENVIRON[each[i]]
        line = substr(line, at + length(each[i]) + 3)
      }
      line = done line
    }
    print line }' "$from/templates/jarvis.conf.template" >"$to/conf.d/jarvis.conf"
# A container logs to its output and owns its /tmp. A service has neither: its output is a socket, which nginx cannot open.
sed -e "s#/dev/stdout#${LOG_FOLDER:-/var/log/nginx}/access.log#" -e "s#error_log stderr#error_log ${LOG_FOLDER:-/var/log/nginx}/error.log#" \
  -e "s#/tmp/nginx.pid#${PID_FILE:-/run/nginx.pid}#" -e "s#_path /tmp/#_path ${TEMPORARY_FOLDER:-/var/lib/nginx}/#" "$from/nginx.conf" >"$to/nginx.conf"
nginx -t -q -c "$to/nginx.conf"
