#!/usr/bin/env bash
# Runs `meshlint check` as the action's inputs say: INPUT_PATHS, INPUT_ARGS, INPUT_SINCE, INPUT_SARIF, INPUT_FAIL_ON.
# Its annotations and its job summary are those of the format `github`; this script's exit status is meshlint's.
set -euo pipefail

die() {
  printf '::error title=meshlint::%s\n' "$*" >&2
  output exit-status 2
  exit 2
}

output() {
  printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

# Puts the words of a text into the array `words`: quotes and backslashes as in a shell, and nothing is expanded.
split() {
  local list word
  words=()
  [ -n "${2//[[:space:]]/}" ] || return 0
  list=$(mktemp "$RUNNER_TEMP/meshlint-words.XXXXXX")
  printf '%s\n' "$2" | xargs printf '%s\0' >"$list" 2>/dev/null || die "$1: a quote is not closed"
  while IFS= read -r -d '' word; do words+=("$word"); done <"$list"
  rm -f "$list"
}

cd "$GITHUB_WORKSPACE"
arguments=(check --format github)
sarif=
case "${INPUT_SARIF:-false}" in
  true)
    sarif="$RUNNER_TEMP/meshlint.sarif"
    rm -f "$sarif"
    arguments+=(--format "sarif=$sarif")
    ;;
  false) ;;
  *) die "sarif: expected true or false" ;;
esac
if [ -n "${INPUT_SINCE:-}" ]; then arguments+=("--since=$INPUT_SINCE"); fi
if [ -n "${INPUT_FAIL_ON:-}" ]; then arguments+=("--fail-on=$INPUT_FAIL_ON"); fi
# An empty array counts as unset in the bash 3.2 of macOS, hence the `+`.
split args "${INPUT_ARGS:-}"
arguments+=(${words[@]+"${words[@]}"})
split paths "${INPUT_PATHS:-}"
arguments+=(-- ${words[@]+"${words[@]}"})

status=0
meshlint "${arguments[@]}" || status=$?
output exit-status "$status"
if [ -n "$sarif" ] && [ -s "$sarif" ]; then output sarif "$sarif"; fi
exit "$status"
