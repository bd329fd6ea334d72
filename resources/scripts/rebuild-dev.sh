#!/bin/sh
# Builds every image of dev anew, without the cache, and recreates the containers; volumes are kept.
# Usage: rebuild-dev.sh [--help] [further options of `berth services rebuild`]; the project is the one this script lies in, or the current folder.
. "$(dirname -- "$0")/common/preamble.sh"
exec "$berth" services rebuild --mode dev --project "$project" --yes "$@"
