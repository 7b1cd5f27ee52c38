#!/bin/sh
# Called by `meson install`: the configuration as it is shipped, unless there is one already: it may be somebody's
# work.
set -e
to=$DESTDIR$1
[ -e "$to" ] && exit 0
echo "Installing $to"
mkdir -p "$(dirname "$to")"
install -m 644 "$MESON_SOURCE_ROOT/conf/ripngd.conf" "$to"
