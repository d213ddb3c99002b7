// zxing-cpp seen from C. Nothing is allocated across the border: results are copied into the caller's
// fixed-size records, and no exception leaves this file.
#define ZX_USE_UTF8 1
#include "zxing.h"

#include <ZXing/ReadBarcode.h>

#include <cstring>
#include <vector>

// blur writes the 3×3 binomial Gaussian (1 2 1, σ 0.85) of in to out, which has no gaps between rows. Edge rows
// and columns are repeated.
static void blur(const uint8_t *in, int w, int h, int stride, std::vector<uint8_t> &out) {
	out.resize(size_t(w) * h);
	std::vector<uint16_t> sum(w + 2);
	for (int y = 0; y < h; y++) {
		const uint8_t *b = in + size_t(y) * stride, *a = y > 0 ? b - stride : b, *c = y < h - 1 ? b + stride : b;
		for (int x = 0; x < w; x++) sum[x + 1] = a[x] + 2 * b[x] + c[x];
		sum[0] = sum[1], sum[w + 1] = sum[w];
		uint8_t *to = out.data() + size_t(y) * w;
		for (int x = 0; x < w; x++) to[x] = (sum[x] + 2 * sum[x + 1] + sum[x + 2] + 8) >> 4;
	}
}

int zxing_read(const uint8_t *pixels, int width, int height, int stride, int pass, zxing_symbol *out, int max) try {
	using namespace ZXing;
	std::vector<uint8_t> smooth;
	if (pass == ZXING_BLURRED) {
		blur(pixels, width, height, stride, smooth);
		pixels = smooth.data(), stride = width;
	}
	DecodeHints hints;
	hints.setFormats(BarcodeFormat::QRCode).setTryRotate(false).setTryDownscale(false).setMaxNumberOfSymbols(max);
	hints.setBinarizer(pass == ZXING_GLOBAL ? Binarizer::GlobalHistogram : Binarizer::LocalAverage);
	int n = 0;
	for (const auto &found : ReadBarcodes(ImageView(pixels, width, height, ImageFormat::Lum, stride), hints)) {
		const std::string text = found.text();
		if (n == max || !found.isValid() || text.empty() || text.size() > ZXING_TEXT_MAX) continue;
		zxing_symbol &to = out[n++];
		to.length = int32_t(text.size());
		std::memcpy(to.text, text.data(), text.size());
		for (int i = 0; i < 4; i++) to.corners[2 * i] = found.position()[i].x, to.corners[2 * i + 1] = found.position()[i].y;
	}
	return n;
} catch (...) {
	return -1;
}
