package secureunit

import (
	"encoding/binary"
	"runtime"
	"unsafe"

	"github.com/miekg/pkcs11"
)

// deriving is the mechanism that derives a secret from a point; what it returns is called
// when it was used.
//
// On Windows PKCS#11 packs its structures (PKCS #11 base specification 2.40, section 2.1):
// CK_ECDH1_DERIVE_PARAMS has 28 bytes there. The library passes them as 32, rounded up to a
// pointer, which modules refuse, so they are laid out here. The pointer in them leads to
// memory of Go's, which stays where it is until it is unpinned.
func deriving(point []byte) (mechanism *pkcs11.Mechanism, unpin func()) {
	var pinned runtime.Pinner
	first := unsafe.SliceData(point)
	pinned.Pin(first)
	params := binary.LittleEndian.AppendUint32(nil, pkcs11.CKD_NULL)
	params = binary.LittleEndian.AppendUint32(params, 0) // ulSharedDataLen
	params = binary.LittleEndian.AppendUint64(params, 0) // pSharedData
	params = binary.LittleEndian.AppendUint32(params, uint32(len(point)))
	params = binary.LittleEndian.AppendUint64(params, uint64(uintptr(unsafe.Pointer(first))))
	return pkcs11.NewMechanism(pkcs11.CKM_ECDH1_DERIVE, params), pinned.Unpin
}
