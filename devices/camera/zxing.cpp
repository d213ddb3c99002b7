//go:build !windows && !wechat_qrcode

// zxing-cpp seen from C. Nothing is allocated across the border: results are copied into the caller's
// fixed-size records, and no exception leaves this file.
#define ZX_USE_UTF8 1
#include "reader.h"
#include "threshold.h"

#include <ZXing/BitMatrix.h>
#include <ZXing/Point.h>
#include <ZXing/ReadBarcode.h>
#include <ZXing/ZXVersion.h>

#include <cstring>
#include <vector>

// zxing-cpp tries every three of the finder patterns that it has found. A picture tiled with finder patterns, held
// up by anybody, so keeps it busy for hours, and it cannot be interrupted. So they are counted first, by its own
// function, which its library exports but its headers do not declare; this holds for 1.4 alone.
static_assert(ZXING_VERSION_MAJOR == 1 && ZXING_VERSION_MINOR == 4, "check FindFinderPatterns in the new zxing-cpp");
namespace ZXing {
struct ConcentricPattern : public PointF {
	int size = 0;
};
namespace QRCode {
std::vector<ConcentricPattern> FindFinderPatterns(const BitMatrix &image, bool tryHarder);
}
}

static constexpr int PATTERNS_MAX = 120; // 280,000 threes: some 10 ms; four codes have 12, noise has few
static constexpr int CROSSINGS_MAX = 12000; // finding takes time by their square: here at most 0.1 s; a 720p picture of nothing but noise has fewer

// crowded tells whether there are too many finder patterns to try.
static bool crowded(const Picture &p) {
	const int most = crossings(p);
	if (most <= PATTERNS_MAX || most > CROSSINGS_MAX) return most > PATTERNS_MAX;
	ZXing::BitMatrix bits(p.width, p.height);
	const uint8_t *from = p.pixels.data();
	for (int y = 0; y < p.height; y++) {
		for (auto &bit : bits.row(y)) bit = uint8_t(~*from++);
	}
	return ZXing::QRCode::FindFinderPatterns(bits, true).size() > size_t(PATTERNS_MAX);
}

int qr_read(const uint8_t *pixels, int width, int height, int stride, int pass, qr_symbol *out, int max) try {
	using namespace ZXing;
	Picture picture = black_and_white(pixels, width, height, stride, pass);
	if (crowded(picture)) return 0;
	DecodeHints hints;
	hints.setFormats(BarcodeFormat::QRCode).setTryRotate(false).setTryDownscale(false).setMaxNumberOfSymbols(max);
	hints.setBinarizer(Binarizer::FixedThreshold);
	int n = 0;
	for (const auto &found : ReadBarcodes(ImageView(picture.pixels.data(), width, height, ImageFormat::Lum), hints)) {
		const std::string text = found.text();
		if (n == max || !found.isValid() || text.empty() || text.size() > QR_TEXT_MAX) continue;
		qr_symbol &to = out[n++];
		to.length = int32_t(text.size());
		std::memcpy(to.text, text.data(), text.size());
		for (int i = 0; i < 4; i++) to.corners[2 * i] = found.position()[i].x, to.corners[2 * i + 1] = found.position()[i].y;
	}
	return n;
} catch (...) {
	return -1;
}
