#!/bin/sh
# The size of the library: object code at -Os and lines, as the test that limits both measures them.
set -u
cd "$(dirname "$0")/.." || exit 2
tests/lib/freestanding.sh | sed -n 's/^ok *\(.*bytes at\)/\1/p; s/^ok *\(.*lines\)/\1/p'
