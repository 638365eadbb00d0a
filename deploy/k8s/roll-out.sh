#!/bin/sh
# Rolls an overlay out: engines, then migrations, then the rest. Where a Deployment does not become ready, it takes back what it
# itself has rolled out, to the very revision that was there, and nothing else.
# Usage: sh deploy/k8s/roll-out.sh deploy/k8s/overlays/production
set -eu
poll_seconds="${POLL_SECONDS:-2}"
# How long the migration's pod may fail to start (no image, no Secret) before that counts as a failure.
stuck_seconds="${STUCK_SECONDS:-60}"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
manifests="$work/manifests.yaml"
kubectl kustomize "$1" > "$manifests"
namespace="$(sed -n 's/^  namespace: //p' "$manifests" | head -n 1)"
on() { kubectl --namespace "$namespace" "$@"; }
fail() { echo "$*" >&2; exit 1; }

# The number of the template that a Deployment has now; empty where there is none.
revision_of() { on get deployment "$1" --ignore-not-found --output 'jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}'; }

for deployment in browser worker api; do revision_of "$deployment" > "$work/$deployment.before"; done

# The namespace, the settings, what guards them, and engines of the overlay's own, which the migration needs.
kubectl apply -f "$manifests" --selector 'app.kubernetes.io/name notin (api, worker, browser, migrate)'
if grep -q '^kind: ExternalSecret$' "$manifests"; then
    on wait --for=condition=Ready externalsecret --all --timeout=2m || fail 'The secret store did not answer: nothing was rolled out.'
fi
for engine in $(on get statefulsets --selector 'app.kubernetes.io/name in (postgres, redis, chroma)' --output name); do
    on rollout status "$engine" --timeout=10m || fail "$engine is not ready: nothing was rolled out."
done

# A finished Job cannot be changed; its name is free again once it is gone.
on delete job migrate --ignore-not-found
kubectl apply -f "$manifests" --selector 'app.kubernetes.io/name=migrate'
stuck=0
waited=0
while :; do
    case " $(on get job migrate --output 'jsonpath={.status.conditions[?(@.status=="True")].type}') " in
        *' Complete '*) break ;;
        *' Failed '*)
            on logs job/migrate --tail=50 >&2 || true
            fail 'The migration failed: nothing was rolled out, and what was there goes on.'
            ;;
    esac
    waiting="$(on get pods --selector app.kubernetes.io/name=migrate --output 'jsonpath={.items[*].status.containerStatuses[*].state.waiting.reason}')"
    case "$waiting" in
        *ImagePull* | *InvalidImageName* | *CreateContainer*) stuck=$((stuck + poll_seconds)) ;;
        *) stuck=0 ;;
    esac
    [ "$stuck" -lt "$stuck_seconds" ] || fail "The migration does not start ($waiting): nothing was rolled out, and what was there goes on."
    # The Job's own limit is half an hour; past it the cluster itself does not answer.
    [ "$waited" -lt 1900 ] || fail 'The cluster does not say how the migration came out: nothing was rolled out.'
    waited=$((waited + poll_seconds))
    sleep "$poll_seconds"
done

# Back to what was there before, each of those that this run has changed.
take_back() {
    for deployment in $1; do
        before="$(cat "$work/$deployment.before")"
        if [ -z "$before" ]; then
            echo "$deployment is new, so there is nothing to go back to: it stays as it is." >&2
        elif [ "$(revision_of "$deployment")" = "$before" ]; then
            echo "$deployment was not changed." >&2
        else
            echo "$deployment goes back to revision $before." >&2
            on rollout undo "deployment/$deployment" --to-revision="$before" &&
                on rollout status "deployment/$deployment" --timeout=10m ||
                echo "$deployment did not go back: look at it." >&2
        fi
    done
}

# Workers before those who queue runs for them: an older worker cannot go on with a run that only this version knows.
rolled=''
for deployment in browser worker api; do
    rolled="$deployment $rolled"
    if ! { kubectl apply -f "$manifests" --selector "app.kubernetes.io/name=$deployment" &&
        on rollout status "deployment/$deployment" --timeout=10m; }; then
        echo "$deployment did not become ready." >&2
        take_back "$rolled"
        exit 1
    fi
done
