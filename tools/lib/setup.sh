# Sourced by the scripts of this folder: Debian packages, the Swift toolchain, private Pythons, timed stages.

# require_swift [MINOR]: stops with a hint where there is no Swift toolchain of 6.MINOR (6.2) or later.
require_swift() {
  local minor=${1:-2}
  if ! command -v swift >/dev/null 2>&1; then
    echo "swift: not found. Install a Swift 6.3 toolchain (https://www.swift.org/install/linux/) and put its usr/bin on PATH." >&2
    exit 1
  fi
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
  local major=${version%%.*} found_minor=${version#*.}
  if [ -z "$version" ] || [ "$major" -lt 6 ] || { [ "$major" = 6 ] && [ "${found_minor%%.*}" -lt "$minor" ]; }; then
    echo "swift: version ${version:-unknown} found, 6.$minor or later is needed (https://www.swift.org/install/linux/)." >&2
    exit 1
  fi
}

# require_packages NAME...: installs the Debian packages that are missing. Asks nothing; without root or password-less sudo
# it prints the line to run and stops.
require_packages() {
  local missing=() name as_root=()
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      echo "These Debian packages are needed; run this line, then this script again:" >&2
      echo "  sudo apt-get update && sudo apt-get install -y ${missing[*]}" >&2
      exit 1
    fi
    as_root=(sudo -n)
  fi
  echo "Installing Debian packages: ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get failed; the whole output is in $log" >&2
    exit 1
  fi
  rm -f "$log"
}

# python_environment FOLDER PACKAGE...: a private Python with these packages, made once. One that was left half made is made again.
python_environment() {
  local place=$1
  shift
  [ ! -e "$place/ready" ] || return 0
  echo "Installing into $place: $*"
  rm -rf "$place"
  python3 -m venv "$place"
  "$place/bin/pip" install --quiet "$@"
  touch "$place/ready"
}

# stage NAME COMMAND...: runs a command, prints its seconds, stops where it fails.
stage() {
  local name=$1 start=$SECONDS status=0
  shift
  echo "== $name"
  "$@" || status=$?
  echo "== $name: $((SECONDS - start)) s$([ "$status" = 0 ] || echo ", FAILED (status $status)")"
  [ "$status" = 0 ] || exit "$status"
}
