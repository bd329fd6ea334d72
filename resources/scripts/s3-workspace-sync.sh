#!/bin/sh
# Sends workspaces to S3, source only: all of them once, one of them once, or each file as it is saved until it is stopped.
# Usage: s3-workspace-sync.sh [--help] [watch | workspace <name>] [further options]; the project is the one this script lies in, or the current folder.
. "$(dirname -- "$0")/common/preamble.sh"
case "${1:-}" in
  watch)
    shift
    exec "$berth" workspaces watch --project "$project" "$@"
    ;;
  workspace)
    [ -n "${2:-}" ] || {
      echo "Name the workspace: s3-workspace-sync.sh workspace <name>" >&2
      exit 2
    }
    name=$2
    shift 2
    # A name that is none is an ordinary failure for whoever calls this.
    "$berth" workspaces sync "$name" --project "$project" "$@" || {
      code=$?
      [ "$code" -ne 2 ] || code=1
      exit "$code"
    }
    ;;
  '' | -*) exec "$berth" workspaces sync --project "$project" "$@" ;;
  *)
    echo "There is no $1. Usage: s3-workspace-sync.sh [watch | workspace <name>]" >&2
    exit 2
    ;;
esac
