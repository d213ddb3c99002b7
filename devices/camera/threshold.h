// Black and white pictures from grey ones.
#ifndef COUNTERSIGN_THRESHOLD_H
#define COUNTERSIGN_THRESHOLD_H

#include <cstdint>
#include <vector>

// A picture without gaps between its rows.
struct Picture {
	int width, height;
	std::vector<uint8_t> pixels;
};

// Each makes a picture of 0 (black) and 255 (white). Nothing but white means that there is too little contrast.
Picture local_threshold(const uint8_t *in, int width, int height, int stride);
Picture global_threshold(const uint8_t *in, int width, int height, int stride);

// The picture smoothed by the 3×3 binomial Gaussian (1 2 1, σ 0.85), still grey.
Picture smoothed(const uint8_t *in, int width, int height, int stride);

// The picture that one of the passes in reader.h looks at.
Picture black_and_white(const uint8_t *in, int width, int height, int stride, int pass);

// Counts where a row that zxing-cpp looks at (every third) runs 1:1:3:1:1 as it measures that, without its further
// conditions: so it never finds more finder patterns than this.
int crossings(const Picture &p);

#endif
