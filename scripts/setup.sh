#!/usr/bin/env bash
# Make .venv ready for a purpose: `setup.sh user|dev|bench`. Safe to run again; does nothing when nothing changed.
# Installs missing system packages with apt-get where that is possible, and says what to install where it is not.
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:?usage: setup.sh user|dev|bench}
lock=requirements/$purpose.lock
stamp=.venv/.installed-$purpose

say() { printf 'setup: %s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

can_install() {
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    say "missing: $*. Ask an administrator for: apt-get install $*"
    return 1
  fi
  command -v apt-get >/dev/null || { say "missing: $*. Install them with your system's package manager"; return 1; }
}

apt_install() {
  can_install "$@" || return 1
  say "installing $* with apt-get (half a minute or so)"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@" >/dev/null
}

# Only the programs are wanted: the tests make servers of their own. So the package is kept from making and
# starting one while it is installed; servers that the machine already has are not touched.
install_postgresql() {
  local switch=/etc/postgresql-common/createcluster.d/softwright-setup.conf
  can_install postgresql || return 1
  trap "as_root rm -f $switch" EXIT
  as_root mkdir -p "$(dirname "$switch")"
  echo "create_main_cluster = off" | as_root tee "$switch" >/dev/null
  apt_install postgresql
}

system_packages() {
  local missing=()
  command -v git >/dev/null || missing+=(git)
  command -v bwrap >/dev/null || missing+=(bubblewrap)
  [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
}

has_postgresql() {
  command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null
}

find_python() {
  local candidate
  for candidate in ${SOFTWRIGHT_PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null &&
      "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  say "no Python 3.11 or newer found (looked for python3, python3.13 … python3.11; set SOFTWRIGHT_PYTHON to name one)"
  return 3
}

make_venv() {
  [ -x .venv/bin/pip ] && return
  local python
  python=$(find_python)
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    apt_install "python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
  fi
  say "making .venv with $python (some seconds)"
  "$python" -m venv .venv
}

# Tells of every tenth package; pip's own words are shown only where something is wrong.
pip_install() {
  local seen=0 line
  .venv/bin/python -m pip install --disable-pip-version-check --progress-bar off --no-color "$@" |
    while read -r line; do
      case $line in
        "Collecting "* | "Requirement already satisfied"*)
          seen=$((seen + 1))
          if [ $((seen % 10)) = 0 ]; then say "  looked at $seen packages"; fi
          ;;
        "Installing collected packages"*) say "  unpacking them" ;;
      esac
    done
}

system_packages || say "continuing without: checks that run a repository's own commands need bubblewrap"
[ "$purpose" = user ] || has_postgresql || install_postgresql || say "continuing without: tests on PostgreSQL are skipped"
make_venv
if [ ! -f "$stamp" ] || [ "$lock" -nt "$stamp" ] || [ pyproject.toml -nt "$stamp" ]; then
  total=$(grep -c '^[A-Za-z0-9].*==' "$lock")
  say "installing from $lock: $total packages, a minute or so"
  pip_install --require-hashes -r "$lock"
  say "installing Softwright itself"
  pip_install --no-deps --no-build-isolation -e .
  touch "$stamp"
fi
