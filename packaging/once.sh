# once.sh: what scripts have in common that build somebody else's sources once and keep what
# came out. They read it (". …/once.sh") with $subject, their name in messages, set; the
# sources' checksums are in sources.sha256 beside them.
#
# All happens in a cache folder; nothing is installed and the machine's list of package
# sources stays as it is. What was built is kept under a hash and used again while that is
# the same. Two at once are safe: the second waits for the first. Messages and timings go to
# the standard error, the output of tools to a log in the cache.
#
#   COUNTERSIGN_DEBIAN_MIRROR  where the sources come from: the archives that this machine has
#                              its packages from
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1672531200
umask 022

say() {
	printf '%s: %s\n' "$subject" "$*" >&2
}

fail() {
	say "$*"
	exit 1
}

# cached NAME FOLDER sets $cache to the folder, or to the one for NAME below the user's caches.
cached() {
	cache=${2:-${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/countersign/$1}
	case "$cache" in
	/*) ;;
	*) fail "the cache's path must begin with a slash: $cache" ;;
	esac
	case "$cache" in
	*[!A-Za-z0-9/._+-]*) fail "the cache's path holds a character that compilers and linkers would take apart: $cache" ;;
	esac
}

# kept prints the folder with what was built and ends the script, if it was.
kept() {
	[ ! -f "$prefix/SHA256SUMS" ] || {
		echo "$prefix"
		exit 0
	}
}

# once NAME ends the script where NAME was built; otherwise it is this script's turn, with
# $prefix, $work, a folder for the time being, and $log.
once() {
	prefix=$cache/$1
	kept
	mkdir -p "$cache/sources"
	exec 9>"$cache/lock"
	if ! flock -n 9; then
		say "waiting for another build in $cache"
		flock 9
		kept
	fi
	rm -rf "$cache"/work.*
	work=$(mktemp -d "$cache/work.XXXXXX")
	log=$prefix.log
	: >"$log"
	running=
	trap ended EXIT
	trap 'exit 130' INT TERM HUP
	[ "$(nice)" -ne 0 ] || renice -n 5 -p $$ >/dev/null || : # a machine that others use too
	began_all=$(date +%s)
	say "building in $cache; log: $log"
}

ended() {
	if [ -n "$running" ]; then
		tail -n 30 "$log" >&2
		say "$running failed; all of its output is in $log"
	fi
	rm -rf "$work"
}

# step NAME FUNCTION… runs a function with its output in the log, and says how long it took.
# It stands alone, so that the function ends at its first command that fails.
step() {
	running=$1
	began=$(date +%s)
	shift
	("$@") >>"$log" 2>&1 9>&- </dev/null
	say "$(printf '%-28s %4d s' "$running" $(($(date +%s) - began)))"
	running=
}

# sources SUMS NAME=VERSION… has the files that SUMS lists, of these source packages of
# Debian's, in $cache/sources. "1.2-*" is whichever revision of 1.2 there is.
sources() {
	sums=$1
	shift
	if ! verified; then
		step 'fetch the sources' fetch "$@"
		verified || {
			tail -n 12 "$log" >&2
			fail "the sources in $cache/sources are not those of $sums"
		}
	fi
}

verified() {
	(cd "$cache/sources" && sha256sum --quiet --strict --check "$sums") >>"$log" 2>&1
}

# fetch does so by an apt configuration of its own. Debian signs its lists; what counts here
# are the checksums.
fetch() {
	apt=$work/apt
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/parts"
	if [ -n "${COUNTERSIGN_DEBIAN_MIRROR-}" ]; then
		echo "$COUNTERSIGN_DEBIAN_MIRROR bookworm"
	else
		apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | sort -u
	fi | while read -r mirror release; do
		case "$release" in
		bookworm | bookworm-security) echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" ;;
		esac
	done >"$apt/sources.list"
	[ -s "$apt/sources.list" ] || { echo 'this machine has no archive of Debian 12: set COUNTERSIGN_DEBIAN_MIRROR'; return 1; }
	cat >"$apt/apt.conf" <<-CONF
		Dir::Etc::sourcelist "$apt/sources.list";
		Dir::Etc::sourceparts "$apt/parts";
		Dir::State::lists "$apt/lists";
		Dir::Cache "$apt/cache";
		Acquire::Languages "none";
		Acquire::Check-Valid-Until "false";
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
	CONF
	[ "$(id -u)" -ne 0 ] || echo 'APT::Sandbox::User "root";' >>"$apt/apt.conf"
	apt-get -c "$apt/apt.conf" update
	for wanted; do
		name=${wanted%%=*} version=${wanted#*=}
		case "$version" in
		*'*') # no other character of a version is one of a pattern
			found=$(apt-cache -c "$apt/apt.conf" showsrc "$name" | sed -n 's/^Version: //p' | while read -r one; do
				case "$one" in $version) echo "$one" ;; esac
			done | tail -n 1)
			[ -n "$found" ] || { echo "Debian has no $name $version any more"; return 1; }
			version=$found
			;;
		esac
		apt-get -c "$apt/apt.conf" source --only-source --print-uris "$name=$version" >>"$apt/uris"
	done
	while read -r sum name; do
		uri=$(tr -d "'" <"$apt/uris" | awk -v name="$name" '$2 == name { print $1 }')
		[ -n "$uri" ] || { echo "Debian has no $name any more"; return 1; }
		/usr/lib/apt/apt-helper -c "$apt/apt.conf" download-file "$uri" "$cache/sources/$name" "SHA256:$sum"
	done <"$sums"
}

# built has $work/out, with checksums of what is in it, kept, and prints where.
built() {
	(cd "$work/out" && find . -type f | sort | xargs sha256sum) >"$work/SHA256SUMS"
	mv "$work/SHA256SUMS" "$work/out/"
	rm -rf "$prefix"
	mv "$work/out" "$prefix"
	say "$(printf '%-28s %4d s' 'all' $(($(date +%s) - began_all)))"
	echo "$prefix"
}
