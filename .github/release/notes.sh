#!/usr/bin/env bash
# Prints the changelog's section of a version, and fails where the tag, Cargo.toml and the changelog do not agree:
#     .github/release/notes.sh v0.1.0
set -euo pipefail
cd "$(dirname "$0")/../.."
tag=$1

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
if [ "$tag" != "v$version" ]; then
  echo "the tag is $tag, and Cargo.toml has version $version: they have to agree" >&2
  exit 1
fi
# `## 0.1.0` or `## 0.1.0 (2026-01-31)`, up to the next heading of that level.
notes=$(awk -v version="$version" '/^## / { on = ($2 == version); next } on' CHANGELOG.md)
if [ -z "${notes//[[:space:]]/}" ]; then
  echo "CHANGELOG.md has no section '## $version', or nothing in it" >&2
  exit 1
fi
printf '%s\n' "$notes" | sed '/./,$!d'
