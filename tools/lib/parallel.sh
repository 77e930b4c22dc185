# Sourced by scripts that do one thing to many files.

# for_each COMMAND...: calls COMMAND, a program or an exported function of bash, with each line of its input as the last argument, as many at
# a time as there are processors. Not 0 where a call failed; the other calls are still made. Functions run under `set -euo pipefail`.
for_each() {
  xargs --no-run-if-empty --delimiter='\n' --max-args=1 --max-procs="$(nproc)" bash -euo pipefail -c '"$@"' for_each "$@"
}
