#!/bin/sh
# Removes the containers, networks and images of the project and starts it again; volumes only with --volumes, and archived first.
# Usage: clean-all.sh [further options of `berth projects clean`]; the project is the one this script lies in, or the current folder.
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
# Below a compose file, as scripts/clean-all.sh of a project, it means that project: the nearest of the three folders above.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
project=$PWD
for above in "$here/../../.." "$here/../.." "$here/.."; do
  for file in "$above"/*compose*.y*ml; do [ ! -e "$file" ] || project=$(CDPATH= cd -- "$above" && pwd); done
done
exec "$berth" projects clean --project "$project" --yes "$@"
