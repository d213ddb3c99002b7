#!/bin/sh
# image.sh PACKAGES OUT: makes a bootable image of Debian 12 in the folder OUT, with the
# newest countersign-*.deb of the folder PACKAGES installed and the trial's helper in it:
# OUT/disk.img, OUT/vmlinuz and OUT/initrd.img. The terminal's package has the public key
# of this trial's updates besides, which lie in /root/updates (updates.sh). Needs root,
# debootstrap and e2fsprogs.
#
# Packages come from the mirror that this machine's apt uses, with its signatures. The
# system without ours is kept below ~/.cache/countersign/boot.
set -eu
export LC_ALL=C
umask 022

say() {
	printf 'image: %s\n' "$*" >&2
}

packages=$1
out=$2
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

# Of what our packages need, what takes long to install; apt adds what is missing here.
wanted='systemd-sysv udev dbus libpam-systemd kmod initramfs-tools linux-image-amd64 procps polkitd systemd-timesyncd
	cage seatd xwayland kbd libgl1-mesa-dri libsofthsm2 pcscd libccid debconf libtss2-esys-3.0.2-0 libtss2-rc0
	libtss2-tcti-device0 ca-certificates'

mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null |
	sed -n -e 's/^URIs: *\([^ ]*\).*/\1/p' -e 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) bookworm main.*/\2/p' | head -n 1)
[ -n "$mirror" ] || {
	say 'this machine'"'"'s apt has no sources'
	exit 1
}

tree=
leave() {
	[ -z "$tree" ] || umount "$tree/proc" 2>/dev/null || :
}
trap leave EXIT

# install FOLDER NAME…: by the apt of the system in the folder, which starts nothing.
install() {
	tree=$1
	shift
	printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
	chmod 755 "$tree/usr/sbin/policy-rc.d"
	cp /etc/resolv.conf "$tree/etc/resolv.conf"
	mount -t proc proc "$tree/proc"
	DEBIAN_FRONTEND=noninteractive chroot "$tree" apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "$@" </dev/null >"$out/install.log" 2>&1 || {
		tail -n 20 "$out/install.log" >&2
		exit 1
	}
	umount "$tree/proc"
	rm "$tree/usr/sbin/policy-rc.d"
	tree=
}

mkdir -p "$out"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/countersign/boot
base=$cache/base-$(printf '%s' "$mirror $wanted" | sha256sum | cut -c 1-16)
if [ ! -d "$base" ]; then
	say "a system of Debian 12, once, into $base"
	mkdir -p "$cache"
	rm -rf "$base.new"
	debootstrap --variant=minbase bookworm "$base.new" "$mirror" >"$out/debootstrap.log"
	# shellcheck disable=SC2086 # one argument a package
	install "$base.new" $wanted
	# A small first system: emulated machines unpack slowly.
	sed -i 's/^MODULES=.*/MODULES=list/' "$base.new/etc/initramfs-tools/initramfs.conf"
	printf 'virtio_pci\nvirtio_blk\next4\n' >>"$base.new/etc/initramfs-tools/modules"
	chroot "$base.new" update-initramfs -u >>"$out/install.log" 2>&1
	rm -rf "$base.new"/var/cache/apt/archives/*.deb
	mv "$base.new" "$base"
fi

say 'our packages'
rm -rf "$out/tree"
cp -a "$base" "$out/tree"
mkdir "$out/tree/packages"
for one in settlement authority; do
	cp "$(ls -t "$packages"/countersign-"$one"_*.deb | head -n 1)" "$out/tree/packages/"
done
"$here/updates.sh" "$(ls -t "$packages"/countersign-terminal_*.deb | head -n 1)" "$out/updates"
mv "$out/updates/countersign-terminal.deb" "$out/tree/packages/"
install "$out/tree" $(cd "$out/tree" && ls -d packages/*.deb | sed 's|^|/|')
rm -rf "$out/tree/packages" "$out/tree"/var/cache/apt/*.bin
mv "$out/updates" "$out/tree/root/updates"

# What only the trial has. The emulated machine is many times slower than a real one:
# starts get more time. The watchdog's time and everything else is as shipped.
(cd "$root" && CGO_ENABLED=0 GOFLAGS=-buildvcs=false go build -o "$out/tree/usr/local/sbin/guest" ./packaging/boot/guest)
cp "$here"/guest/*.service "$out/tree/etc/systemd/system/"
for one in terminal settlement authority; do
	mkdir -p "$out/tree/etc/systemd/system/countersign-$one.service.d"
	printf '[Service]\nTimeoutStartSec=900\n' >"$out/tree/etc/systemd/system/countersign-$one.service.d/slow-machine.conf"
done
# Without a host's graphics card behind it, this machine's one is no use to OpenGL.
printf '[Service]\nEnvironment=WLR_RENDERER=pixman\n' >"$out/tree/etc/systemd/system/countersign-terminal.service.d/no-graphics-card.conf"
mkdir -p "$out/tree/etc/systemd/timesyncd.conf.d"
printf '[Time]\nNTP=127.0.0.1\nFallbackNTP=\n' >"$out/tree/etc/systemd/timesyncd.conf.d/trial.conf"
ln -sf ../guest.service "$out/tree/etc/systemd/system/sysinit.target.wants/guest.service" 2>/dev/null || {
	mkdir -p "$out/tree/etc/systemd/system/sysinit.target.wants"
	ln -s ../guest.service "$out/tree/etc/systemd/system/sysinit.target.wants/guest.service"
}
echo /dev/vda / ext4 errors=remount-ro 0 1 >"$out/tree/etc/fstab"
echo kiosk >"$out/tree/etc/hostname"
printf '127.0.0.1 localhost\n::1 localhost\n127.0.1.1 kiosk\n' >"$out/tree/etc/hosts"
: >"$out/tree/etc/machine-id"
rm -f "$out/tree/etc/resolv.conf"

say 'the image'
cp "$(ls -t "$out"/tree/boot/vmlinuz-* | head -n 1)" "$out/vmlinuz"
cp "$(ls -t "$out"/tree/boot/initrd.img-* | head -n 1)" "$out/initrd.img"
rm -f "$out/disk.img"
truncate -s 4G "$out/disk.img"
mkfs.ext4 -q -F -L countersign -d "$out/tree" "$out/disk.img"
rm -rf "$out/tree"
