package ridges

// workspace lends the arrays that one extraction works in. All of them show the
// finger in one way or another: wipe clears them.
type workspace struct {
	wide   [][]int32
	narrow [][]uint8
	real   [][]float64
	long   [][]int64
	places [][]int
}

func (w *workspace) int32s(n int) []int32 {
	v := make([]int32, n)
	w.wide = append(w.wide, v)
	return v
}

func (w *workspace) bytes(n int) []uint8 {
	v := make([]uint8, n)
	w.narrow = append(w.narrow, v)
	return v
}

func (w *workspace) floats(n int) []float64 {
	v := make([]float64, n)
	w.real = append(w.real, v)
	return v
}

func (w *workspace) int64s(n int) []int64 {
	v := make([]int64, n)
	w.long = append(w.long, v)
	return v
}

func (w *workspace) ints(n int) []int {
	v := make([]int, n)
	w.places = append(w.places, v)
	return v
}

// wipe clears what was lent.
func (w *workspace) wipe() {
	for _, v := range w.wide {
		clear(v)
	}
	for _, v := range w.narrow {
		clear(v)
	}
	for _, v := range w.real {
		clear(v)
	}
	for _, v := range w.long {
		clear(v)
	}
	for _, v := range w.places {
		clear(v)
	}
	*w = workspace{}
}

// margin is how far a picture's rows and columns go on round it, as no contrast, so
// that filters need not ask where it ends.
const margin = 12

// picture is a picture of contrast: 0 is the mean of the surroundings, ridges are
// positive, one standard deviation of the surroundings is unit.
type picture struct {
	width, height int
	stride        int
	v             []int32
}

const unit = 256

func newPicture(w *workspace, width, height int) picture {
	stride := width + 2*margin
	return picture{width, height, stride, w.int32s(stride * (height + 2*margin))}
}

// at returns the index of a pixel, which may lie in the margin.
func (p picture) at(x, y int) int { return (y+margin)*p.stride + x + margin }

// cell is the side in pixels of the squares in which a picture's texture is
// described: a little less than a ridge and a valley.
const cell = 8

// cells is one number for each square of a picture.
type cells struct {
	cols, rows int
	v          []float64
}

func newCells(w *workspace, width, height int) cells {
	cols, rows := (width+cell-1)/cell, (height+cell-1)/cell
	return cells{cols, rows, w.floats(cols * rows)}
}

// between returns c at a pixel, interpolated between the middles of cells.
func (c cells) between(x, y int) float64 {
	i, j, u, v := c.locate(x, y)
	a, b := c.v[j*c.cols+i:], c.v[min(j+1, c.rows-1)*c.cols+i:]
	k := min(1, c.cols-1-i)
	return (a[0]*(1-u)+a[k]*u)*(1-v) + (b[0]*(1-u)+b[k]*u)*v
}

// locate returns the cell to the upper left of a pixel and how far on it lies.
func (c cells) locate(x, y int) (i, j int, u, v float64) {
	fx := (float64(x)+0.5)/cell - 0.5
	fy := (float64(y)+0.5)/cell - 0.5
	fx, fy = min(max(fx, 0), float64(c.cols-1)), min(max(fy, 0), float64(c.rows-1))
	i, j = int(fx), int(fy)
	return i, j, fx - float64(i), fy - float64(j)
}

// smooth blurs c with 1-2-1 both ways, by way of other.
func (c cells) smooth(other cells) {
	for j := range c.rows {
		row, to := c.v[j*c.cols:][:c.cols], other.v[j*c.cols:][:c.cols]
		for i := range row {
			to[i] = (row[max(i-1, 0)] + 2*row[i] + row[min(i+1, c.cols-1)]) / 4
		}
	}
	for j := range c.rows {
		up, row, down := other.v[max(j-1, 0)*c.cols:], other.v[j*c.cols:], other.v[min(j+1, c.rows-1)*c.cols:]
		to := c.v[j*c.cols:][:c.cols]
		for i := range to {
			to[i] = (up[i] + 2*row[i] + down[i]) / 4
		}
	}
}
