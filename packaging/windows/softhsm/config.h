/* What SoftHSM's configure would find and be told, for Windows with OpenSSL. */
#ifndef COUNTERSIGN_SOFTHSM_CONFIG_H
#define COUNTERSIGN_SOFTHSM_CONFIG_H

#define PACKAGE "softhsm"
#define PACKAGE_NAME "SoftHSM"
#define PACKAGE_STRING "SoftHSM 2.6.1"
#define PACKAGE_VERSION "2.6.1"
#define VERSION "2.6.1"
#define VERSION_MAJOR 2
#define VERSION_MINOR 6

/* Where SOFTHSM2_CONF does not say otherwise. Ordinary users cannot write there once the
   installer has made the folder. */
#define DEFAULT_SOFTHSM2_CONF "C:\\ProgramData\\Countersign\\softhsm2.conf"
#define DEFAULT_TOKENDIR "C:\\ProgramData\\Countersign\\tokens"
#define DEFAULT_PKCS11_LIB "softhsm2.dll"
#define DEFAULT_OBJECTSTORE_BACKEND "file"
#define DEFAULT_LOG_LEVEL "INFO"
#define MIN_PIN_LEN 4
#define MAX_PIN_LEN 255

#define WITH_OPENSSL 1
#define WITH_ECC 1
#define WITH_EDDSA 1
#define WITH_AES_GCM 1
#define HAVE_AES_KEY_WRAP 1
#define HAVE_AES_KEY_WRAP_PAD 1
#define HAVE_LIBCRYPTO 1
#define HAVE_LOADLIBRARY 1
#define HAVE_CXX11 1
#define HAVE_STDLIB_H 1
#define HAVE_STRING_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_TYPES_H 1
#define STDC_HEADERS 1

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN 1
#include <windows.h>
#include <io.h>
#undef min
#undef max
#endif

#endif
