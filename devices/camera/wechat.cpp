//go:build windows || wechat_qrcode

// WeChat's QR reader (of OpenCV's contributions) seen from C: its decoder alone, without its neural networks.
// Nothing is allocated across the border: results are copied into the caller's fixed-size records, and no exception
// leaves this file.
#include "reader.h"
#include "threshold.h"

#include <zxing/binarybitmap.hpp>
#include <zxing/qrcode/qrcode_reader.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

// Finding takes time by the square of this: at most half a second here. A code in a lit shop, seen at 720p, has 1,700
// at most; a picture of nothing but noise has 10,000, which took 7 s.
static constexpr int CROSSINGS_MAX = 3000;

namespace {

// The reader asks what it reads for nothing but its size: the picture is black and white before it comes here.
class Sized : public zxing::LuminanceSource {
public:
	Sized(int width, int height) : LuminanceSource(width, height) {}
	zxing::ArrayRef<char> getRow(int, zxing::ArrayRef<char> row, zxing::ErrorHandler &) const override { return row; }
	zxing::ArrayRef<char> getMatrix() const override { return zxing::ArrayRef<char>(); }
	zxing::Ref<zxing::ByteMatrix> getByteMatrix() const override { return zxing::Ref<zxing::ByteMatrix>(); }
};

}

// first finds a code in p, or nothing.
static zxing::Ref<zxing::Result> first(const Picture &p) {
	zxing::ErrorHandler error;
	zxing::Ref<zxing::BitMatrix> bits(new zxing::BitMatrix(p.width, p.height, error));
	if (error.ErrCode()) return zxing::Ref<zxing::Result>();
	std::transform(p.pixels.begin(), p.pixels.end(), bits->getPtr(), [](uint8_t v) { return static_cast<unsigned char>(v == 0); });
	zxing::Ref<zxing::LuminanceSource> source(new Sized(p.width, p.height));
	zxing::Ref<zxing::Binarizer> binarizer(new zxing::Binarizer(source));
	zxing::Ref<zxing::BinaryBitmap> bitmap(new zxing::BinaryBitmap(binarizer));
	bitmap->m_poUnicomBlock = new zxing::UnicomBlock(p.height, p.width); // in this order
	zxing::Ref<zxing::qrcode::QRCodeReader> reader(new zxing::qrcode::QRCodeReader());
	return reader->decodeMore(bitmap, bits, zxing::DecodeHints(), error);
}

// blank makes the box round a symbol white, so that the next one is found.
static void blank(Picture &p, const int32_t corners[8]) {
	int left = p.width, right = 0, top = p.height, bottom = 0;
	for (int i = 0; i < 4; i++) {
		left = std::min(left, corners[2 * i]), right = std::max(right, corners[2 * i] + 1);
		top = std::min(top, corners[2 * i + 1]), bottom = std::max(bottom, corners[2 * i + 1] + 1);
	}
	left = std::max(left, 0), top = std::max(top, 0), right = std::min(right, p.width), bottom = std::min(bottom, p.height);
	for (int y = top; y < bottom; y++) {
		if (left < right) std::memset(p.pixels.data() + size_t(y) * p.width + left, 255, size_t(right - left));
	}
}

int qr_read(const uint8_t *pixels, int width, int height, int stride, int pass, qr_symbol *out, int max) try {
	Picture picture = black_and_white(pixels, width, height, stride, pass);
	if (crossings(picture) > CROSSINGS_MAX) return 0;
	int n = 0;
	// The reader gives one code at a time. Each that is found, and shall not count, uses up a turn.
	for (int turn = 0; turn < max; turn++) {
		zxing::Ref<zxing::Result> found = first(picture);
		if (found == NULL || found->getText() == NULL || !found->getResultPoints() || found->getResultPoints()->size() < 4) break;
		const std::string text = found->getText()->getText();
		qr_symbol &to = out[n];
		static const int order[4] = {1, 2, 3, 0}; // it begins at the bottom left
		for (int i = 0; i < 4; i++) {
			const zxing::Ref<zxing::ResultPoint> &corner = found->getResultPoints()[order[i]];
			if (corner == NULL || !std::isfinite(corner->getX()) || !std::isfinite(corner->getY())) return n;
			to.corners[2 * i] = int32_t(std::lround(std::clamp(corner->getX(), -1e6f, 1e6f)));
			to.corners[2 * i + 1] = int32_t(std::lround(std::clamp(corner->getY(), -1e6f, 1e6f)));
		}
		blank(picture, to.corners);
		if (text.empty() || text.size() > QR_TEXT_MAX) continue;
		to.length = int32_t(text.size());
		std::memcpy(to.text, text.data(), text.size());
		n++;
	}
	return n;
} catch (...) {
	return -1;
}
