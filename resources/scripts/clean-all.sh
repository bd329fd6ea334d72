#!/bin/sh
# Removes the containers, networks and images of the project and starts it again; volumes only with --volumes, and in a snapshot first.
# Usage: clean-all.sh [--help] [further options of `berth projects clean`]; the project is the one this script lies in, or the current folder.
. "$(dirname -- "$0")/common/preamble.sh"
exec "$berth" projects clean --project "$project" --yes "$@"
