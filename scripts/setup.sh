# Sourced by the scripts beside it: makes .venv and node_modules what the lock files say.
#
# Needs Python 3.11 or newer and nothing else: Node is one of the locked Python packages. Does
# nothing, and uses no network, while the lock files are the ones it last ran for.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

die() {
  printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
  exit 1
}

find_python() {
  local candidate
  for candidate in python3.11 python3.12 python3.13 python3 python; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  die "no Python 3.11 or newer on PATH" "install one, for example python3.11 with python3.11-venv"
}

lock_stamp() {
  cat requirements.lock package-lock.json pyproject.toml scripts/setup.sh | sha256sum
}

set_up() {
  local stamp=.venv/lock-stamp python
  if [[ -f $stamp && -d node_modules && $(<"$stamp") == "$(lock_stamp)" ]]; then
    return
  fi
  if [[ ! -x .venv/bin/python ]]; then
    python=$(find_python)
    say "Making .venv with $("$python" --version)"
    "$python" -m venv .venv ||
      die "$python makes no virtual environment" "install its venv package, like python3.11-venv"
  fi
  rm -f "$stamp"
  export VIRTUAL_ENV=$ROOT/.venv PATH=$ROOT/.venv/bin:$PATH
  say "Installing Python packages"
  [[ -x .venv/bin/uv ]] || python -m pip install --quiet --disable-pip-version-check uv
  uv pip sync --quiet --require-hashes requirements.lock
  uv pip install --quiet --no-deps --no-build-isolation -e .
  say "Installing Solidity packages"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  lock_stamp >"$stamp"
}

# Two scripts started together take turns.
if command -v flock >/dev/null; then
  exec 9>"$ROOT/.setup-lock"
  flock 9
fi
set_up
exec 9>&-
export VIRTUAL_ENV=$ROOT/.venv PATH=$ROOT/.venv/bin:$PATH
