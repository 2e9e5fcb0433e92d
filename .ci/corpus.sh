#!/usr/bin/env bash
# Runs a build on the real repositories beside this one: none may crash, hang or give an error or a warning that is not
# listed here with the reason why it is true.
#     .ci/corpus.sh target/release/meshlint ../shared/corpus
set -euo pipefail
meshlint=$(realpath "$1")
corpus=$(realpath "$2")
failed=0

# run ROOT ALLOWED-RULES…: findings above a note have to be of the allowed rules.
run() {
  local root=$1 status=0 out
  shift
  out=$(cd "$corpus/$root" && timeout 60 "$meshlint" check --format concise -q .) || status=$?
  local unexpected
  unexpected=$(printf '%s\n' "$out" | grep -E ': (error|warning)\[' | grep -vE "\[($(IFS='|'; echo "${*:-none}"))\]" || true)
  if [ "$status" -gt 1 ] || [ -n "$unexpected" ]; then
    printf 'FAILED %s (exit status %s)\n%s\n' "$root" "$status" "$unexpected"
    failed=1
  else
    printf 'ok     %s\n' "$root"
  fi
}

# The article's Deployments are of extensions/v1beta1, which Kubernetes 1.16 removed.
run seed api-removed
run repos/GoogleCloudPlatform+istio-samples/multicluster-gke/dual-control-plane
run repos/GoogleCloudPlatform+istio-samples/multicluster-gke/vm-migration
run repos/endocode+istio-tests
# What is built by Kustomize and followed through Flux.
run repos/fluxcd+flux2-kustomize-helm-example
run repos/stefanprodan+gitops-istio
run repos/fluxcd+flux2-multi-tenancy
# autoscaling/v2beta1 is gone since Kubernetes 1.25.
run repos/retaildevcrews+ngsa-asb api-removed
exit $failed
