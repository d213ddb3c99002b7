// The C face of zxing.cpp: what Go can call.
#ifndef COUNTERSIGN_ZXING_H
#define COUNTERSIGN_ZXING_H

#include <stdint.h>

#define ZXING_TEXT_MAX 4296 /* bytes; as many characters as version 40-L holds in alphanumeric mode */

typedef struct {
	int32_t length;     /* bytes of text that count */
	int32_t corners[8]; /* x, y of top left, top right, bottom right, bottom left, as the symbol names them */
	char text[ZXING_TEXT_MAX];
} zxing_symbol;

enum { ZXING_PLAIN, ZXING_GLOBAL, ZXING_BLURRED };

#ifdef __cplusplus
extern "C" {
#endif
/* Finds up to max QR symbols in 8-bit luminance. Returns how many, or -1 if the library failed. */
int zxing_read(const uint8_t *pixels, int width, int height, int stride, int pass, zxing_symbol *out, int max);
#ifdef __cplusplus
}
#endif
#endif
