#!/bin/sh
# Switches the project to dev: builds from the current compose file, cuts over, waits until all is healthy.
# Usage: dev-mode.sh [--help] [further options of `berth modes switch dev`]; the project is the one this script lies in, or the current folder.
. "$(dirname -- "$0")/common/preamble.sh"
exec "$berth" modes switch dev --project "$project" --yes "$@"
