# What tests/run and tests/demo share: packages and builds. Sourced by bash, with the top of the tree as the current
# folder. Everything is said before it is done; nothing is asked; no service is started.
# shellcheck shell=bash disable=SC2034

say() { printf '== %s\n' "$*"; }

# Build tools and libraries; what is there already stays as it is.
PACKAGES_BUILD=(gcc libc6-dev meson ninja-build pkg-config libev-dev libmnl-dev libconfuse-dev libjson-c-dev libcap-ng-dev libcmocka-dev)
# What a home of namespaces needs.
PACKAGES_NET=(iproute2 iputils-ping python3)
# What the tests need beside.
PACKAGES_TEST=(binutils busybox clang-format git mandoc musl-tools nftables procps python3-pytest python3-pytest-xdist
  python3-seccomp shellcheck systemd util-linux zsh)
# What counts the lines that tests run.
PACKAGES_COVERAGE=(gcovr)
# What makes the Debian package, judges it, and makes a small Debian to try it in; and what is in there.
PACKAGES_PACKAGE=(debhelper dpkg-dev lintian mmdebstrap)
PACKAGES_CHROOT=(systemd iproute2 iputils-ping python3 procps util-linux libcap-ng0 libconfuse2 libev4 libjson-c5 libmnl0)
# What runs the tests as on other machines, big-endian and of 32 bits: compilers, libraries, and qemu (in the form that does
# not register itself with the kernel).
CROSS=(s390x armhf mipsel)
PACKAGES_CROSS=(gcc-s390x-linux-gnu libc6-dev-s390x-cross gcc-arm-linux-gnueabihf libc6-dev-armhf-cross
  gcc-mipsel-linux-gnu libc6-dev-mipsel-cross qemu-user
  lib{ev,mnl,confuse,json-c,cap-ng,cmocka}-dev:{s390x,armhf,mipsel})

# install_cross_packages : PACKAGES_CROSS. The machine takes packages of CROSS's architectures from then on; nothing of
# what it has is replaced by them.
install_cross_packages() {
  local arch
  for arch in "${CROSS[@]}"; do
    dpkg --print-foreign-architectures | grep -qx "$arch" && continue
    say "dpkg --add-architecture $arch"
    dpkg --add-architecture "$arch" || return
  done
  install_packages "${PACKAGES_CROSS[@]}"
}

# install_packages NAME... : those of them that are not there yet.
install_packages() {
  local name arch missing=()
  for name in "$@"; do
    arch=$(dpkg --print-architecture)
    [ "$name" = "${name#*:}" ] || arch=${name#*:}
    dpkg-query -W -f '${db:Status-Status} ${Architecture}\n' "$name" 2>/dev/null |
      grep -qx -e "installed $arch" -e 'installed all' || missing+=("$name")
  done
  [ ${#missing[@]} = 0 ] && return
  say "installing ${missing[*]}"
  apt_get update -qq || true # one list of many that is out of step with its mirror is no harm
  apt_get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o APT::Sandbox::User=root \
    "$@" </dev/null
}

# build FOLDER MESON-OPTION... : a meson build there, set up where it is not; all of it, or BUILD_TARGETS.
build() {
  local dir=$1
  shift
  [ -f "$dir/build.ninja" ] || meson setup "$dir" -Dwerror=true "$@" >"$dir.log" 2>&1 || { cat "$dir.log"; return 1; }
  rm -f "$dir.log"
  ninja -C "$dir" --quiet "${BUILD_TARGETS[@]}"
}

# Programs of other people that the tests run: routers to talk to, what puts prefixes into a home, and a firewall's.
PEERS=(bird2 frr babeld kea-dhcp6-server dhcpcd-base radvd iptables ufw)

# unpack_peers FOLDER : PEERS, and the libraries that they need and this machine lacks, as files in a folder. apt works out
# which those are; nothing is installed, so nothing is started. What is there stays until all of the new is.
unpack_peers() {
  local dir=$1 new=$1.new deb
  [ "$(cat "$dir/complete" 2>/dev/null)" = "${PEERS[*]}" ] && return
  say "unpacking ${PEERS[*]} into $dir (not installing them)"
  rm -rf "$new"
  mkdir -p "$new/debs"
  apt_get update -qq || true
  # logrotate and what it needs run from cron, not from FRR.
  apt_get install -s --no-install-recommends "${PEERS[@]}" >"$new/plan" || return
  awk '$1 == "Inst" && $2 != "logrotate" { print $2 }' "$new/plan" >"$new/names"
  printf '%s\n' "${PEERS[@]}" >>"$new/names"
  sort -u "$new/names" | (cd "$new/debs" && xargs env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o APT::Sandbox::User=root download) || return
  for deb in "$new"/debs/*.deb; do dpkg-deb -x "$deb" "$new" || return; done
  rm -rf "$new/debs" "$new/plan"
  echo "${PEERS[*]}" >"$new/complete"
  rm -rf "$dir.old"
  { [ ! -e "$dir" ] || mv "$dir" "$dir.old"; } && mv "$new" "$dir" && rm -rf "$dir.old"
}

# build_package FOLDER : the Debian package of this tree, from a copy in FOLDER, which the packages are in afterwards.
build_package() {
  local dir=$1
  rm -rf "$dir"
  mkdir -p "$dir/ripngd"
  git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$dir/ripngd" || return
  (cd "$dir/ripngd" && dpkg-buildpackage -b -us -uc) >"$dir/log" 2>&1 || { tail -50 "$dir/log"; return 1; }
}

# make_chroot FOLDER : a small Debian 12 with PACKAGES_CHROOT, once.
make_chroot() {
  local dir=$1 list
  [ "$(cat "$dir.complete" 2>/dev/null)" = "${PACKAGES_CHROOT[*]}" ] && return
  say "making a small Debian in $dir"
  list=$(IFS=, && echo "${PACKAGES_CHROOT[*]}")
  rm -rf "$dir" "$dir.complete"
  mmdebstrap --quiet --mode=root --variant=apt --include="$list" bookworm "$dir" || return
  echo "${PACKAGES_CHROOT[*]}" >"$dir.complete"
}
