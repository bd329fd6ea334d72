#!/bin/sh
# Builds and runs the changed project beside the running one, checks it, and removes it again.
# Usage: test-changes.sh [--help] [further options of `berth changes test`]; the project is the one this script lies in, or the current folder.
. "$(dirname -- "$0")/common/preamble.sh"
exec "$berth" changes test --project "$project" --yes "$@"
