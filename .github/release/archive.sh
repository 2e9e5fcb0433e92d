#!/usr/bin/env bash
# Packs one target's archive, and prints its path:
#     .github/release/archive.sh TARGET BINARY FOLDER [RUNNABLE]
# FOLDER/meshlint-VERSION-TARGET.tar.gz (.zip for Windows) holds the binary, its manual page, completions for shells, the
# licences, the README and the changelog. RUNNABLE is the same program for this machine, where BINARY is for another.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=$1 binary=$2 folder=$3 runnable=${4:-$2}

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
name="meshlint-$version-$target"
content="$folder/$name"
rm -rf "$content"
mkdir -p "$content/man" "$content/completions"
case "$target" in
  *windows*) cp "$binary" "$content/meshlint.exe" ;;
  *) install -m 755 "$binary" "$content/meshlint" ;;
esac
"$runnable" man >"$content/man/meshlint.1"
"$runnable" completions bash >"$content/completions/meshlint.bash"
"$runnable" completions zsh >"$content/completions/_meshlint"
"$runnable" completions fish >"$content/completions/meshlint.fish"
"$runnable" completions powershell >"$content/completions/_meshlint.ps1"
cp README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$content/"

case "$target" in
  *windows*)
    archive="$name.zip"
    (cd "$folder" && 7z a -bso0 "$archive" "$name")
    ;;
  *)
    archive="$name.tar.gz"
    tar -czf "$folder/$archive" -C "$folder" "$name"
    ;;
esac
rm -rf "$content"
printf '%s\n' "$folder/$archive"
