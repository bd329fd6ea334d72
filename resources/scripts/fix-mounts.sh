#!/bin/sh
# Mends common faults of mounts and ports: moved files, folders Docker made, wrong case or kind, permissions, taken ports; shows what changed, and the command for what is left.
# Usage: fix-mounts.sh [--help] [further options of `berth checks fix`]; the project is the one this script lies in, or the current folder.
. "$(dirname -- "$0")/common/preamble.sh"
exec "$berth" checks fix --project "$project" --yes "$@"
