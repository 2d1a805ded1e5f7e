#!/bin/sh
# Installs what a fresh Debian machine lacks. Arguments: sets of packages, "demo" or "test".
# Needs root only for what is missing. No installed package may start a service.
set -eu
cd "$(dirname "$0")/.."

demo_packages="iproute2 iputils-ping nftables frr"
test_packages="$demo_packages gobgpd exabgp tshark pmacct ethtool procps systemd dnsmasq-base isc-dhcp-client"

want=
for set in "$@"; do
  case $set in
    demo) want="$want $demo_packages" ;;
    test) want="$want $test_packages" ;;
    none) ;;
    *) echo "setup: unknown set '$set' (demo, test, none)" >&2; exit 64 ;;
  esac
done

missing=
for p in $want; do
  [ "$(dpkg-query -W -f='${Status}' "$p" 2>/dev/null)" = "install ok installed" ] || missing="$missing $p"
done
if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "setup: needs root to install:$missing" >&2
    exit 77
  fi
  echo "setup: installing:$missing"
  # A policy of 101 keeps Debian's package scripts from starting daemons on this machine.
  made_policy=
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    made_policy=yes
  fi
  trap '[ -z "$made_policy" ] || rm -f /usr/sbin/policy-rc.d' EXIT
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $missing > /tmp/weft-setup.$$.log 2>&1 || {
    tail -40 /tmp/weft-setup.$$.log >&2
    exit 1
  }
  rm -f /tmp/weft-setup.$$.log
fi

# node_modules is complete when npm's own record of it is as new as the lock file.
if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "setup: npm ci"
  npm ci --no-audit --no-fund --loglevel=error
fi
