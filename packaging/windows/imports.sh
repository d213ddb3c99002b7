#!/bin/sh
# imports.sh FILE…: fails unless each program or library for Windows wants nothing of the
# machine but what every Windows 10 has: no compiler's run-time library, nothing that would
# have to be installed beside it.
set -eu
export LC_ALL=C

# Windows' own, as far as something here uses them. A new name is looked up before it is added.
system=' advapi32.dll api-ms-win-core-synch-l1-2-0.dll bcrypt.dll bcryptprimitives.dll comdlg32.dll crypt32.dll gdi32.dll imm32.dll kernel32.dll msvcrt.dll ntdll.dll
ole32.dll oleaut32.dll opengl32.dll powrprof.dll secur32.dll setupapi.dll shell32.dll shlwapi.dll user32.dll version.dll winmm.dll
winscard.dll ws2_32.dll '

status=0
for file; do
	imports=$(x86_64-w64-mingw32-objdump -p "$file" | sed -n 's/^[[:space:]]*DLL Name: //p' | tr 'A-Z' 'a-z' | sort -u)
	[ -n "$imports" ] || {
		echo "$file: imports nothing: it is no program for Windows" >&2
		exit 1
	}
	for one in $imports; do
		case "$(echo "$system" | tr '\n' ' ')" in
		*" $one "*) ;;
		*)
			echo "$file: needs $one, which a bare Windows does not have" >&2
			status=1
			;;
		esac
	done
done
exit $status
