#!/bin/sh
# Checks the mounts and the other preconditions of the project; exit 4 when something is wrong.
# Usage: validate-mounts.sh [--help] [further options of `berth checks run`]; the project is the one this script lies in, or the current folder.
. "$(dirname -- "$0")/common/preamble.sh"
exec "$berth" checks run --project "$project" "$@"
