package configuring

import "os"

// takeOwner does nothing: a file has the rights of its folder.
func takeOwner(*os.File, os.FileInfo) error { return nil }
