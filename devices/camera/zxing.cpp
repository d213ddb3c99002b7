// zxing-cpp seen from C. Nothing is allocated across the border: results are copied into the caller's
// fixed-size records, and no exception leaves this file.
#define ZX_USE_UTF8 1
#include "zxing.h"
#include "threshold.h"

#include <ZXing/BitMatrix.h>
#include <ZXing/Point.h>
#include <ZXing/ReadBarcode.h>
#include <ZXing/ZXVersion.h>

#include <cmath>
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

// crossings counts where a row that the library looks at (every third) runs 1:1:3:1:1 as it measures that, without
// its further conditions: so it never finds more patterns than this.
static int crossings(const Picture &p) {
	int count = 0;
	for (int y = 2; y < p.height; y += 3) {
		const uint8_t *row = p.pixels.data() + size_t(y) * p.width;
		int runs[5] = {}, start = 0;
		for (int x = 1; x <= p.width; x++) {
			if (x < p.width && row[x] == row[x - 1]) continue;
			for (int i = 0; i < 4; i++) runs[i] = runs[i + 1];
			runs[4] = x - start, start = x;
			if (row[x - 1] != 0 || runs[0] == 0) continue; // the last run is black, as the first of five
			const float module = (runs[0] + runs[1] + runs[2] + runs[3] + runs[4]) / 7.f, off = module * 0.5f + 0.51f;
			count += std::abs(runs[0] - module) <= off && std::abs(runs[1] - module) <= off && std::abs(runs[2] - 3 * module) <= off &&
				 std::abs(runs[3] - module) <= off && std::abs(runs[4] - module) <= off;
		}
	}
	return count;
}

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

int zxing_read(const uint8_t *pixels, int width, int height, int stride, int pass, zxing_symbol *out, int max) try {
	using namespace ZXing;
	Picture picture;
	switch (pass) {
	case ZXING_GLOBAL:
		picture = global_threshold(pixels, width, height, stride);
		break;
	case ZXING_BLURRED:
		picture = smoothed(pixels, width, height, stride);
		picture = local_threshold(picture.pixels.data(), width, height, width);
		break;
	default:
		picture = local_threshold(pixels, width, height, stride);
	}
	if (crowded(picture)) return 0;
	DecodeHints hints;
	hints.setFormats(BarcodeFormat::QRCode).setTryRotate(false).setTryDownscale(false).setMaxNumberOfSymbols(max);
	hints.setBinarizer(Binarizer::FixedThreshold);
	int n = 0;
	for (const auto &found : ReadBarcodes(ImageView(picture.pixels.data(), width, height, ImageFormat::Lum), hints)) {
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
