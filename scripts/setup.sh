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

# One hash over files, to know them again. git is here: it made this checkout.
stamp_of() { cat "$@" | git hash-object --stdin; }

set_up_python() {
  local python stamp=.venv/python-stamp wanted
  wanted=$(stamp_of requirements.lock pyproject.toml scripts/setup.sh)
  [[ -f $stamp && $(<"$stamp") == "$wanted" ]] && return
  # A virtual environment that was interrupted while it was made has a python but no pip yet.
  if [[ ! -x .venv/bin/uv && ! -x .venv/bin/pip ]]; then
    python=$(find_python)
    say "Making .venv with $("$python" --version)"
    "$python" -m venv .venv ||
      die "$python makes no virtual environment" "install its venv package, like python3.11-venv"
  fi
  rm -f "$stamp"
  say "Installing Python packages"
  [[ -x .venv/bin/uv ]] || python -m pip install --quiet --disable-pip-version-check uv
  uv pip sync --quiet --require-hashes requirements.lock
  uv pip install --quiet --no-deps --no-build-isolation -e .
  echo "$wanted" >"$stamp"
}

set_up_node() {
  local stamp=node_modules/.lock-stamp wanted
  wanted=$(stamp_of package-lock.json)
  [[ -f $stamp && $(<"$stamp") == "$wanted" ]] && return
  say "Installing Solidity packages"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  echo "$wanted" >"$stamp"
}

# Without compiled files a process compiles all it imports: 2.2 of the 3.8 s of `bridge run --help`.
unset PYTHONDONTWRITEBYTECODE
export VIRTUAL_ENV=$ROOT/.venv PATH=$ROOT/.venv/bin:$PATH

# Two scripts started together take turns.
if command -v flock >/dev/null; then
  exec 9>"$ROOT/.setup-lock"
  flock 9
fi
set_up_python
set_up_node
exec 9>&-
