#!/bin/sh
# Makes what deploy/compose.yaml names as secrets, and keeps what is there. The first argument is the host that people type.
set -eu
host="${1:-localhost}"
cd "$(dirname "$0")"
umask 077
mkdir -p secrets config
cd secrets

[ -z "$(ls)" ] || chmod u+w ./*

random() { openssl rand -hex 32; }

for name in jwt_secret metrics_token postgres_password backup_key; do
    [ -s "$name" ] || random > "$name"
done
[ -s secrets_key ] || openssl rand -base64 32 > secrets_key
[ -s redis_conf ] || echo "requirepass $(random)" > redis_conf
echo "postgres://jarvis:$(cat postgres_password)@postgres:5432/jarvis" > database_url
echo "redis://:$(cut -d ' ' -f 2 redis_conf)@redis:6379" > redis_url
# What is empty counts as not set.
for name in openai_api_key stripe_secret_key stripe_webhook_secret search_api_key smtp_url admin_password oidc_client_secret; do
    [ -e "$name" ] || : > "$name"
done
if [ ! -s tls_key ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=$host" \
        -addext "subjectAltName=DNS:$host" -keyout tls_key -out tls_certificate 2> /dev/null
    echo "The certificate is self-signed: put your own into deploy/secrets/tls_certificate and tls_key."
fi
# Docker mounts the files as they are, and the programs in the containers are not their owner; the folder keeps others out.
chmod 700 .
chmod 444 ./*
