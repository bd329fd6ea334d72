#!/bin/sh
# Switches the project to prod: builds from the current compose file, cuts over, waits until all is healthy.
# Usage: prod-mode.sh [--help] [further options of `berth modes switch prod`]; the project is the one this script lies in, or the current folder.
. "$(dirname -- "$0")/common/preamble.sh"
exec "$berth" modes switch prod --project "$project" --yes "$@"
