// The C face of the QR reader, which is zxing.cpp or wechat.cpp: what Go can call.
#ifndef COUNTERSIGN_READER_H
#define COUNTERSIGN_READER_H

#include <stdint.h>

#define QR_TEXT_MAX 4296 /* bytes; as many characters as version 40-L holds in alphanumeric mode */

typedef struct {
	int32_t length;     /* bytes of text that count */
	int32_t corners[8]; /* x, y of top left, top right, bottom right, bottom left, as the symbol names them */
	char text[QR_TEXT_MAX];
} qr_symbol;

enum { QR_PLAIN, QR_GLOBAL, QR_BLURRED };

#ifdef __cplusplus
extern "C" {
#endif
/* Finds up to max QR symbols in 8-bit luminance. Returns how many, or -1 if the library failed. */
int qr_read(const uint8_t *pixels, int width, int height, int stride, int pass, qr_symbol *out, int max);
#ifdef __cplusplus
}
#endif
#endif
