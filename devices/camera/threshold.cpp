// The two ways to tell black from white are those of zxing-cpp 1.4.0 (HybridBinarizer and GlobalHistogramBinarizer,
// Copyright ZXing authors and contributors, Apache-2.0), written down again: whoever hands the reader a picture of
// black and white can count first what it will find in it (see zxing.cpp).
#include "threshold.h"
#include "reader.h"

#include <algorithm>
#include <array>
#include <cmath>

static constexpr int BLOCK = 8;      // pixels a side of the squares that get one threshold
static constexpr int FLAT = 24;      // a square with less contrast is all background, or all ink
static constexpr int BUCKETS = 32;   // of the histogram

static void cut(const uint8_t *in, uint8_t *out, int n, int black) {
	for (int x = 0; x < n; x++) out[x] = in[x] <= black ? 0 : 255;
}

Picture local_threshold(const uint8_t *in, int width, int height, int stride) {
	if (width < 5 * BLOCK || height < 5 * BLOCK) return global_threshold(in, width, height, stride);
	const int across = (width + BLOCK - 1) / BLOCK, down = (height + BLOCK - 1) / BLOCK;
	std::vector<int> level(size_t(across) * down);
	auto corner = [](int block, int limit) { return std::min(block * BLOCK, limit - BLOCK); };
	for (int y = 0; y < down; y++) {
		for (int x = 0; x < across; x++) {
			const uint8_t *p = in + size_t(corner(y, height)) * stride + corner(x, width);
			int sum = 0, least = 255, most = 0;
			for (int yy = 0; yy < BLOCK; yy++, p += stride) {
				for (int xx = 0; xx < BLOCK; xx++) {
					sum += p[xx];
					least = std::min<int>(least, p[xx]);
					most = std::max<int>(most, p[xx]);
				}
			}
			int average = sum / (BLOCK * BLOCK);
			int *here = &level[size_t(y) * across + x];
			if (most - least <= FLAT) {
				average = least / 2;
				if (x > 0 && y > 0) { // inside something dark, go by what was found at its edge
					int around = (here[-across] + 2 * here[-1] + here[-across - 1]) / 4;
					if (least < around) average = around;
				}
			}
			*here = average;
		}
	}
	Picture out{width, height, std::vector<uint8_t>(size_t(width) * height)};
	for (int y = 0; y < down; y++) {
		for (int x = 0; x < across; x++) {
			const int left = std::clamp(x, 2, across - 3), top = std::clamp(y, 2, down - 3);
			int sum = 0;
			for (int dy = -2; dy <= 2; dy++) {
				for (int dx = -2; dx <= 2; dx++) sum += level[size_t(top + dy) * across + left + dx];
			}
			for (int yy = 0; yy < BLOCK; yy++) {
				const size_t row = corner(y, height) + yy, column = corner(x, width);
				cut(in + row * stride + column, out.pixels.data() + row * width + column, BLOCK, sum / 25);
			}
		}
	}
	return out;
}

// valley is the darkest bucket that is white: between the two largest peaks of the histogram, nearer to the white
// one; 0 if they are too close together.
static int valley(const std::array<int, BUCKETS> &histogram) {
	int first = int(std::max_element(histogram.begin(), histogram.end()) - histogram.begin()), second = 0;
	const int64_t highest = histogram[first];
	int64_t best = 0;
	for (int x = 0; x < BUCKETS; x++) {
		const int64_t score = int64_t(histogram[x]) * (x - first) * (x - first);
		if (score > best) second = x, best = score;
	}
	if (first > second) std::swap(first, second);
	if (second - first <= BUCKETS / 16) return 0;
	int found = second - 1;
	best = -1;
	for (int x = second - 1; x > first; x--) {
		const int64_t score = int64_t(x - first) * (x - first) * (second - x) * (highest - histogram[x]);
		if (score > best) found = x, best = score;
	}
	return found;
}

Picture global_threshold(const uint8_t *in, int width, int height, int stride) {
	std::array<int, BUCKETS> histogram = {};
	for (int i = 1; i < 5; i++) { // four rows tell enough
		const uint8_t *row = in + size_t(height * i / 5) * stride;
		for (int x = width / 5; x < width * 4 / 5; x++) histogram[row[x] * BUCKETS / 256]++;
	}
	Picture out{width, height, std::vector<uint8_t>(size_t(width) * height, 255)};
	if (const int white = valley(histogram) * 256 / BUCKETS; white > 0) {
		for (int y = 0; y < height; y++) cut(in + size_t(y) * stride, out.pixels.data() + size_t(y) * width, width, white - 1);
	}
	return out;
}

Picture smoothed(const uint8_t *in, int width, int height, int stride) {
	Picture out{width, height, std::vector<uint8_t>(size_t(width) * height)};
	std::vector<uint16_t> sum(width + 2);
	for (int y = 0; y < height; y++) {
		const uint8_t *b = in + size_t(y) * stride, *a = y > 0 ? b - stride : b, *c = y < height - 1 ? b + stride : b;
		for (int x = 0; x < width; x++) sum[x + 1] = a[x] + 2 * b[x] + c[x];
		sum[0] = sum[1], sum[width + 1] = sum[width]; // the edges are repeated
		uint8_t *to = out.pixels.data() + size_t(y) * width;
		for (int x = 0; x < width; x++) to[x] = (sum[x] + 2 * sum[x + 1] + sum[x + 2] + 8) >> 4;
	}
	return out;
}

Picture black_and_white(const uint8_t *in, int width, int height, int stride, int pass) {
	switch (pass) {
	case QR_GLOBAL:
		return global_threshold(in, width, height, stride);
	case QR_BLURRED: {
		const Picture soft = smoothed(in, width, height, stride);
		return local_threshold(soft.pixels.data(), width, height, width);
	}
	default:
		return local_threshold(in, width, height, stride);
	}
}

int crossings(const Picture &p) {
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
