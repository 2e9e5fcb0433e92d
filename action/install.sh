#!/usr/bin/env bash
# Installs meshlint for the steps after this one: a released binary whose checksum is right, or a build of this source.
#
#   INPUT_VERSION      0.1.0, v0.1.0, `source`, or nothing
#   ACTION_REF         what the action was used at: a tag is a release, anything else is built
#   ACTION_REPOSITORY  whose releases they are
#   MESHLINT_RELEASES  where the releases are instead (a mirror): an address that /vVERSION/FILE is put behind
set -euo pipefail

die() {
  # On standard error: what a function prints may be its result.
  printf '::error title=meshlint::%s\n' "$*" >&2
  exit 2
}

# The version that the action's own source has.
own_version() {
  sed -n 's/^version = "\(.*\)"$/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml" | head -n 1
}

# What is to be installed: a version, or `source`.
wanted() {
  case "${INPUT_VERSION:-}" in
    '')
      # A moving tag such as v1 stands for the release that it points at.
      if [[ "${ACTION_REF:-}" =~ ^v[0-9] ]]; then own_version; else echo source; fi
      ;;
    *) printf '%s\n' "${INPUT_VERSION#v}" ;;
  esac
}

# The name that a release gives to this machine.
target() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo x86_64-unknown-linux-musl ;;
    Linux-aarch64 | Linux-arm64) echo aarch64-unknown-linux-musl ;;
    Darwin-x86_64) echo x86_64-apple-darwin ;;
    Darwin-arm64) echo aarch64-apple-darwin ;;
    MINGW*-x86_64 | MSYS*-x86_64) echo x86_64-pc-windows-msvc ;;
    *) die "there is no released binary for $(uname -s) on $(uname -m); use \`version: source\`" ;;
  esac
}

download() {
  curl --fail --silent --show-error --location --retry 3 --proto '=https,file' --proto-redir '=https' \
    --output "$2" "$1" || die "cannot download $1"
}

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# Puts the released VERSION into the folder `bin`.
install_release() {
  local version=$1 target name archive releases expected actual
  target=$(target)
  name="meshlint-$version-$target"
  case "$target" in *windows*) archive="$name.zip" ;; *) archive="$name.tar.gz" ;; esac
  releases=${MESHLINT_RELEASES:-https://github.com/${ACTION_REPOSITORY:-meshlint/meshlint}/releases/download}
  download "$releases/v$version/SHA256SUMS" "$folder/SHA256SUMS"
  download "$releases/v$version/$archive" "$folder/$archive"
  # Two columns; the second may have a star for a binary file.
  expected=$(awk -v file="$archive" '{ sub(/^\*/, "", $2) } $2 == file { print $1 }' "$folder/SHA256SUMS")
  [ -n "$expected" ] || die "SHA256SUMS of v$version does not name $archive"
  actual=$(sha256 "$folder/$archive")
  [ "$actual" = "$expected" ] || die "$archive has the checksum $actual, and SHA256SUMS says $expected: not installed"
  case "$archive" in
    *.zip) unzip -q -o "$folder/$archive" -d "$folder" ;;
    *) tar -xzf "$folder/$archive" -C "$folder" ;;
  esac
  mkdir -p "$bin"
  mv "$folder/$name"/meshlint* "$bin/"
}

build() {
  command -v cargo >/dev/null 2>&1 ||
    die "cargo is not on the PATH, and meshlint is to be built from source; install Rust first, or name a release with \`version\`"
  cargo install --locked --quiet --path "$GITHUB_ACTION_PATH" --root "$folder"
}

version=$(wanted)
[[ "$version" =~ ^(source|[0-9]+\.[0-9]+\.[0-9]+[0-9A-Za-z.+-]*)$ ]] ||
  die "version: expected a release such as 0.1.0, or source, and not \`${version//[^0-9A-Za-z.+-]/?}\`"
folder="$RUNNER_TEMP/meshlint-$version"
bin="$folder/bin"
mkdir -p "$folder"
if [ "$version" = source ]; then build; else install_release "$version"; fi
"$bin/meshlint" --version
printf '%s\n' "$bin" >>"$GITHUB_PATH"
