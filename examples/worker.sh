#!/bin/sh
# Work for `warren-worker exec -- examples/worker.sh`: the message is on stdin, the answer on stdout.
# 0 answers; 75 asks for another try later; any other code makes a dead letter of the message.
set -eu

case ${WARREN_CONTENT_TYPE:-text/plain} in
text/*) ;;
*)
    echo "no text but $WARREN_CONTENT_TYPE" >&2 # Goes into the log, and along with the dead letter.
    exit 65
    ;;
esac

tr '[:lower:]' '[:upper:]'
