/* What Go asks of libfprint-2. */
struct countersign_minutia {
	int x, y;      /* pixels from the upper left corner */
	int direction; /* 0..31 in 11.25 degrees, clockwise from upwards */
	int kind;      /* NBIS: 0 bifurcation, 1 ridge ending */
	double reliability;
};

/* Finds the minutiae of a width*height grey picture. Returns how many were
   stored (at most most), or -1 with a message to be freed. */
int countersign_minutiae(const unsigned char *pixels, int width, int height,
			 struct countersign_minutia *found, int most, char **message);
