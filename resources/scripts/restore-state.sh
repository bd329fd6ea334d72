#!/bin/sh
# Brings the project back to a snapshot: to the newest from when all services were well, or to the one whose id comes first.
# Usage: restore-state.sh [--help] [<id>] [further options of `berth snapshots restore`]; the project is the one this script lies in, or the current folder.
. "$(dirname -- "$0")/common/preamble.sh"
case "${1:-}" in
  '' | -*) id=last-good ;;
  *)
    id=$1
    shift
    ;;
esac
# What is going to change, for whoever reads this later; a person is asked nothing.
"$berth" snapshots plan-restore "$id" --project "$project" >&2
exec "$berth" snapshots restore "$id" --project "$project" --yes "$@"
