#!/bin/sh
# Applies exactly the changes whose test passed; on failure the last good state is back.
# Usage: deploy-changes.sh [--help] [further options of `berth changes deploy`]; the project is the one this script lies in, or the current folder.
. "$(dirname -- "$0")/common/preamble.sh"
exec "$berth" changes deploy --project "$project" --yes "$@"
