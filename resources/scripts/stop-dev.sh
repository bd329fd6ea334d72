#!/bin/sh
# Stops every service of the project; containers and data stay.
# Usage: stop-dev.sh [--help] [further options of `berth services stop`]; the project is the one this script lies in, or the current folder.
. "$(dirname -- "$0")/common/preamble.sh"
exec "$berth" services stop --project "$project" --yes "$@"
