/* Wine 8 has no bcryptprimitives.dll, without whose ProcessPrng no Go program starts. This
 * one is for tests under Wine alone, and in no package: Windows has its own. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size)
{
	while (size > 0) {
		ULONG part = size < 0x10000 ? (ULONG)size : 0x10000;
		if (!RtlGenRandom(data, part))
			return FALSE;
		data += part;
		size -= part;
	}
	return TRUE;
}
