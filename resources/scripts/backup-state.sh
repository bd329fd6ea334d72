#!/bin/sh
# Keeps the state of the project in a snapshot: files, settings, containers, images and volumes, as they are now.
# Usage: backup-state.sh [--help] [further options of `berth snapshots create`]; the project is the one this script lies in, or the current folder.
. "$(dirname -- "$0")/common/preamble.sh"
exec "$berth" snapshots create --project "$project" "$@"
