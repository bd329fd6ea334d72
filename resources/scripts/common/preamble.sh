#!/bin/sh
# What every script begins with; `berth scripts install` puts it into each of them. Leaves $berth, the command, and $project, its folder.
set -eu
case "${1:-}" in
  -h | --help)
    sed -n '2,3s/^# //p' "$0"
    exit 0
    ;;
esac
berth="${BERTH:-berth}"
command -v "$berth" > /dev/null 2>&1 || {
  echo "The command berth was not found. Install Berth, or set BERTH to its path." >&2
  exit 2
}
# Below a compose file, as in the folder scripts of a project, it means that project: the nearest of the three folders above.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
project=$PWD
for above in "$here/../../.." "$here/../.." "$here/.."; do
  for file in "$above"/*compose*.y*ml; do [ ! -e "$file" ] || project=$(CDPATH= cd -- "$above" && pwd); done
done
