#!/usr/bin/env bash
# Renew the lock files: pinned versions with hashes, and no index named in them.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v uv >/dev/null || PATH="$PWD/.venv/bin:$PATH"
command -v uv >/dev/null || { echo "lock: needs uv: .venv/bin/pip install uv" >&2; exit 3; }
lock() {
  local out=$1
  shift
  uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-annotate --no-header --extra build "$@" -o "requirements/$out"
}
lock user.lock
lock dev.lock --extra dev
lock bench.lock --extra dev --extra bench
