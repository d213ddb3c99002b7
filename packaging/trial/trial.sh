#!/bin/sh
# trial.sh [FOLDER]: tries the Debian packages in FOLDER (dist), as make test-packages:
# installed from nothing in a fresh Debian 12, sales taken with what was installed (the
# program beside this script), upgraded, taken back, removed and purged; lintian; piuparts.
# In the end it prints a table. Status 1 if a step failed.
#
# The fresh Debian is a chroot in name spaces of its own for mounts, processes and (while
# sales are taken) the network: nothing that runs or is mounted there outlives this script.
# It needs root, and what packaging/setup.sh packages installs. The mirror is the one that
# this machine's apt uses; what was fetched is kept in ~/.cache/countersign/trial.
#
# Where systemd would be process 1 something else is: see main.go. What a unit's sandbox,
# watchdog and order do is not tried here.
set -eu
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
umask 022

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/countersign/trial
suite=bookworm

say() { printf 'trial: %s\n' "$*" >&2; }
fail() {
	say "$*"
	exit 1
}

# step NAME COMMAND…: a line of the table, with what the command wrote to the file named by
# $figures. It is a process of its own, which ends with the first thing that fails.
step() {
	name=$1
	shift
	say "$name"
	began=$(date +%s.%N)
	: >"$figures"
	number=$((number + 1))
	if "$here/trial.sh" step "$@" >"$logs/$number.log" 2>&1; then
		result=ok
	else
		result=FAILED
		status=1
		tail -n 25 "$logs/$number.log" >&2
	fi
	awk -v a="$began" -v b="$(date +%s.%N)" -v r="$result" -v n="$name" -v f="$(cat "$figures")" \
		'BEGIN { printf "%.1f\t%s\t%s\t%s\n", b - a, r, n, f }' >>"$report"
	[ "$result" = ok ]
}

table() {
	echo
	awk -F '\t' '{ printf "%7.1f s  %-6s  %s%s\n", $1, $2, $3, ($4 == "" ? "" : ": " $4) }' "$report"
	echo
}

# outside: what is done on the machine itself.
outside() {
	[ "$(id -u)" -eq 0 ] || fail 'needs root, who may make a chroot'
	for tool in debootstrap unshare lintian piuparts dpkg-deb go; do
		command -v "$tool" >/dev/null || fail "$tool is missing: packaging/setup.sh packages"
	done
	dist=$(cd "${1:-$root/dist}" && pwd)
	for one in terminal settlement authority demo; do
		[ "$(find "$dist" -name "countersign-${one}_*_amd64.deb" | wc -l)" -eq 1 ] || fail "$dist has not one package countersign-$one"
	done
	work=$(mktemp -d /var/tmp/countersign-trial.XXXXXX)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' INT TERM HUP
	machine=$work/machine logs=$work/logs report=$work/report figures=$work/figures
	mkdir -p "$machine" "$logs" "$cache/archives/partial"
	export machine logs report figures work dist cache
	status=0 number=0

	step "a bare Debian 12" base || fail 'no Debian to try on'
	step 'the program that takes the sales' program || fail 'it cannot be built'
	step "another version of the terminal's package" newer || fail 'it cannot be packed'
	unshare --mount --propagation private --pid --fork --kill-child "$here/trial.sh" inside || status=1
	step lintian lint || :
	for one in authority settlement terminal demo; do
		step "piuparts of countersign-$one" piu "$one" || :
	done
	if [ -n "${OUT-}" ]; then
		mkdir -p "$OUT"
		cp -r "$logs" "$OUT/"
		[ ! -d "$work/out" ] || cp -r "$work/out/." "$OUT/"
	fi
	table
	return "$status"
}

# mirrors prints this machine's Debian sources as lines of sources.list.
mirrors() {
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
		awk -v suite="$suite" '$2 ~ "^" suite { print "deb", $1, $2, $3 }' | sort -u
}

# base unpacks a bare Debian, the one that an installation without any task has, which is made once for each week and
# list of sources. With less nothing boots: minbase has neither systemd nor udev.
base() {
	mirrors >"$work/sources"
	[ -s "$work/sources" ] || fail "apt knows no Debian $suite: apt-get update"
	mirror=$(awk -v suite="$suite" '$3 == suite { print $2; exit }' "$work/sources")
	key=$(cat "$work/sources" - <<-END | sha256sum | cut -c 1-20
		bootable $(date +%G-%V)
	END
	)
	tar=$cache/base-$key.tar.gz
	if [ ! -e "$tar" ]; then
		rm -rf "$work/new"
		debootstrap "$suite" "$work/new" "$mirror"
		cp "$work/sources" "$work/new/etc/apt/sources.list"
		tar -C "$work/new" --exclude=./var/cache/apt/archives/*.deb -czf "$tar.new" .
		mv "$tar.new" "$tar"
		rm -rf "$work/new"
		find "$cache" -maxdepth 1 -name 'base-*.tar.gz' ! -path "$tar" -delete
	fi
	tar -C "$machine" -xzf "$tar"
	ln -s "$tar" "$work/base.tar.gz"
	cp /etc/resolv.conf "$machine/etc/resolv.conf"
	printf '#!/bin/sh\nexit 101\n' >"$machine/usr/sbin/policy-rc.d"
	chmod 755 "$machine/usr/sbin/policy-rc.d"
	mkdir -p "$machine/trial"
	cp "$dist"/countersign-*_amd64.deb "$machine/trial/"
	du -sm "$machine" | cut -f 1 | sed 's/$/ MiB/' >"$figures"
}

# program builds the program beside this script as the released ones are built.
program() {
	cd "$root"
	settings=$(packaging/opencv/env.sh linux)
	eval "$settings"
	GOFLAGS='' CGO_ENABLED=1 GOAMD64=v1 go build -p "${JOBS:-2}" -trimpath -buildmode=pie -buildvcs=false \
		-ldflags='-s -w -linkmode=external -extldflags=-Wl,-z,relro,-z,now,--as-needed' \
		-tags="x11,migrated_fynedo,no_emoji,$OPENCV_TAGS" -o "$machine/trial/trial" ./packaging/trial
}

# newer packs the terminal again as another version: the same files and scripts.
newer() {
	mkdir -p "$machine/trial/newer"
	dpkg-deb -R "$dist"/countersign-terminal_*_amd64.deb "$work/newer"
	version=$(dpkg-deb -f "$dist"/countersign-terminal_*_amd64.deb Version)
	sed -i "s/^Version: .*/Version: $version+next/" "$work/newer/DEBIAN/control"
	dpkg-deb -Zgzip -z1 --root-owner-group -b "$work/newer" "$machine/trial/newer"
	echo "$version and $version+next" >"$figures"
}

# inside: what is done in the fresh Debian, in name spaces of its own.
inside() {
	status=0 number=10
	mount -t proc proc "$machine/proc"
	mount -t sysfs -o ro sysfs "$machine/sys"
	mount -t tmpfs -o mode=755 dev "$machine/dev"
	mount -t tmpfs -o mode=755 run "$machine/run"
	mkdir "$machine/dev/pts" "$machine/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$machine/dev/pts"
	mount -t tmpfs -o mode=1777 shm "$machine/dev/shm"
	ln -s pts/ptmx "$machine/dev/ptmx"
	ln -s /proc/self/fd "$machine/dev/fd"
	for device in 'null 3' 'zero 5' 'full 7' 'random 8' 'urandom 9'; do
		mknod -m 666 "$machine/dev/${device% *}" c 1 "${device#* }"
	done
	mount --bind "$cache/archives" "$machine/var/cache/apt/archives"

	step 'the terminal installs from nothing, by apt' terminal_alone || return 1
	step 'that is less than 300 MiB' small || status=1
	step 'the other packages install beside it' all_packages || return 1
	find "$machine" -xdev -path "$machine/trial" -prune -o -print | sort >"$work/before"
	step 'sales, kill -9, upgrade and rollback with what is installed' sales || status=1
	step 'remove leaves settings and data' removed || status=1
	step 'purge, with the journal kept' purged_keeping || status=1
	step 'purge, with the journal removed' purged_whole || status=1
	return "$status"
}

within() { chroot "$machine" env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

# What apt itself fetched and reckoned is apart.
megabytes() { du -sxm --exclude=cache --exclude=lists --exclude=trial "$machine" | cut -f 1; }

terminal_alone() {
	within apt-get update -qq
	was=$(megabytes)
	within sh -c 'apt-get install -y --no-install-recommends -o APT::Keep-Downloaded-Packages=true -o Dpkg::Use-Pty=0 /trial/countersign-terminal_*.deb'
	grew=$(($(megabytes) - was))
	echo "$grew" >"$work/grew"
	echo "$grew MiB with everything that it depends on" >"$figures"
}

small() { [ "$(cat "$work/grew")" -lt 300 ]; }

all_packages() {
	within sh -c 'apt-get install -y --no-install-recommends -o APT::Keep-Downloaded-Packages=true -o Dpkg::Use-Pty=0 /trial/countersign-*.deb xvfb vsmartcard-vpcd'
	[ -z "$(within dpkg --audit)" ]
}

# sales writes lines of its own into the table.
sales() {
	ok=0
	unshare --net chroot "$machine" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		sh -c '/trial/trial --older /trial/countersign-terminal_*.deb --newer /trial/newer/countersign-terminal_*.deb' || ok=1
	sed 's/\t\(ok\|FAILED\)\t/\t\1\t  /' "$machine/trial/report" >>"$report"
	cp -r "$machine/trial/out" "$work/out"
	return "$ok"
}

digests() { (cd "$machine/var/lib/countersign/terminal" && sha256sum journal*); }

removed() {
	digests >"$work/journal"
	[ -s "$work/journal" ]
	within apt-get remove -y countersign-terminal
	digests | diff "$work/journal" -
	[ -e "$machine/etc/countersign/terminal.toml" ]
	[ -d "$machine/var/lib/countersign/terminal/tokens" ]
	[ ! -e "$machine/usr/lib/countersign/terminal" ]
}

# left prints what has countersign in its name, and what else came since the installation,
# but Debian's logs and lists, the phone's home, and /tmp, which the unit has to itself.
left() {
	find "$machine" -xdev \( -path "$machine/trial" -o -path "$machine/root" -o -path "$machine/tmp" \) -prune -o -name '*countersign*' -print -prune
	find "$machine" -xdev -path "$machine/trial" -prune -o -print | sort | comm -13 "$work/before" - |
		grep -vE "^$machine/(var/log|var/cache|var/lib/(apt|dpkg|systemd)|tmp|root|etc/machine-id|etc/[^/]*-\$)" || :
	[ ! -L "$machine/etc/systemd/system/ctrl-alt-del.target" ] || echo ctrl-alt-del.target
	grep -H countersign "$machine/etc/passwd" "$machine/etc/group" || :
}

purged_keeping() {
	cp -a "$machine/var/lib/countersign/terminal" "$work/kept"
	within apt-get purge -y countersign-terminal countersign-demo
	digests | diff "$work/journal" -
	[ "$(find "$machine/var/lib/countersign/terminal" -mindepth 1 ! -name 'journal*' | wc -l)" -eq 0 ]
	[ ! -e "$machine/etc/countersign/terminal.toml" ] && [ ! -e "$machine/etc/credstore.encrypted/countersign-terminal.pin" ]
	echo "the journal: $(wc -l <"$work/journal") files, unchanged" >"$figures"
}

purged_whole() {
	within sh -c 'apt-get install -y --no-install-recommends /trial/countersign-terminal_*.deb'
	digests | diff "$work/journal" -
	echo 'countersign-terminal countersign-terminal/remove-journal boolean true' | within debconf-set-selections
	within apt-get purge -y countersign-terminal
	[ ! -e "$machine/var/lib/countersign/terminal" ]
	# The servers' books are nobody's to throw away; their folders are what is left of them.
	within apt-get purge -y countersign-settlement countersign-authority
	rm -rf "$machine/var/lib/countersign/settlement" "$machine/var/lib/countersign/authority" "$machine"/etc/default/countersign-*
	rm -f "$machine"/etc/credstore.encrypted/countersign-settlement.* "$machine"/etc/credstore.encrypted/countersign-authority.*
	rmdir "$machine/var/lib/countersign" "$machine/etc/credstore.encrypted" 2>/dev/null || :
	left | tee "$work/left"
	echo "$(grep -vc '/etc/passwd:\|/etc/group:' "$work/left" || :) files left" >"$figures"
	! grep -v 'countersign-\(settlement\|authority\)' "$work/left"
}

lint() {
	lintian --fail-on error,warning "$dist"/countersign-*_amd64.deb
	echo 'no errors, no warnings' >"$figures"
}

# piu has piuparts install, purge and compare. What it may find is what systemd, which comes
# as a dependency, makes for itself by its own tmpfiles and leaves, debconf's own workspace, and a folder
# of systemd's that polkitd gives to its own user.
piu() {
	packages=$dist/countersign-$1_*_amd64.deb
	# shellcheck disable=SC2086 # a pattern
	piuparts --basetgz="$work/base.tar.gz" --distribution="$suite" --mirror="$(awk -v suite="$suite" '$3 == suite { print $2; exit }' "$work/sources") main" \
		-i /root/.ssh/ -i /var/cache/private/ -i /var/lib/private/ -i /var/log/private/ -i /var/cache/debconf/tmp.ci/ -i /usr/share/polkit-1/rules.d/ -i /var/lib/systemd/coredump/ -i /var/lib/systemd/pstore/ $packages
}

case "${1-}" in
inside) inside ;;
step)
	shift
	"$@"
	;;
*) outside "$@" ;;
esac
