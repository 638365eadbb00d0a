#!/bin/sh
# Rolls an overlay out: migrations first, then the rest; takes the pods back where they do not become ready.
# Usage: sh deploy/k8s/roll-out.sh deploy/k8s/overlays/production
set -eu
manifests="$(mktemp)"
trap 'rm -f "$manifests"' EXIT
kubectl kustomize "$1" > "$manifests"
namespace="$(sed -n 's/^  namespace: //p' "$manifests" | head -n 1)"
on() { kubectl --namespace "$namespace" "$@"; }

# A finished Job cannot be changed; its name is free again once it is gone.
on delete job migrate --ignore-not-found
# The namespace, the settings and what guards them come with the Job; Deployments wait.
kubectl apply -f "$manifests" --selector 'app.kubernetes.io/name notin (api, worker, browser)'
on wait --for=condition=complete --timeout=30m job/migrate

# Workers before those who queue runs for them: an older worker cannot go on with a run that only this version knows.
for deployment in browser worker api; do
    kubectl apply -f "$manifests" --selector "app.kubernetes.io/name=$deployment"
    if ! on rollout status "deployment/$deployment" --timeout=10m; then
        echo "$deployment did not become ready: taking all three back." >&2
        for each in api worker browser; do on rollout undo "deployment/$each" || true; done
        exit 1
    fi
done
