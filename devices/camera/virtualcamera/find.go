package virtualcamera

import "math"

// symbol is an upright QR code on a screen, in the screen's pixels.
type symbol struct {
	x, y, side float64 // top left corner of its modules and their extent
	module     float64 // pixels a module
}

// find looks for the largest upright QR code among true screen pixels: three finder patterns, whose rows and
// columns run 1:1:3:1:1, at the corners of a square. Screen pixels are exact, so little tolerance is needed.
func find(luma []uint8, w, h int) (symbol, bool) {
	var finders []symbol // a finder pattern each: its centre in x, y
	row := make([]uint8, 0, max(w, h))
	for y := 1; y < h; y += 2 {
		row = append(row[:0], luma[y*w:(y+1)*w]...)
		ratios(row, func(x, m float64) {
			if int(m) < 2 || known(finders, x, float64(y), m) {
				return
			}
			// The column through the middle must show the same pattern at the same place.
			top, bottom := max(0, y-int(8*m)), min(h, y+int(8*m)+1)
			column := make([]uint8, 0, bottom-top)
			for yy := top; yy < bottom; yy++ {
				column = append(column, luma[yy*w+int(x)])
			}
			ratios(column, func(c, cm float64) {
				c += float64(top)
				if math.Abs(cm-m) <= 0.5 && math.Abs(c-float64(y)) <= 1.6*m {
					finders = append(finders, symbol{x: x, y: c, module: (m + cm) / 2})
				}
			})
		})
		if len(finders) > 64 {
			break // a screen full of patterns is no code of ours
		}
	}
	var best symbol
	for _, a := range finders { // a is top left, b top right, c bottom left
		for _, b := range finders {
			if b.x <= a.x || math.Abs(a.y-b.y) > a.module || math.Abs(a.module-b.module) > 0.5 {
				continue
			}
			for _, c := range finders {
				arm := b.x - a.x
				if math.Abs(c.x-a.x) > a.module || math.Abs(c.y-a.y-arm) > a.module || math.Abs(a.module-c.module) > 0.5 {
					continue
				}
				modules := math.Round(arm/a.module) + 7
				if modules < 21 || modules > 177 || math.Mod(modules-17, 4) != 0 {
					continue
				}
				m := arm / (modules - 7)
				if s := (symbol{a.x - 3.5*m, a.y - 3.5*m, modules * m, m}); s.side > best.side {
					best = s
				}
			}
		}
	}
	return best, best.side > 0
}

func known(finders []symbol, x, y, m float64) bool {
	for _, f := range finders {
		if math.Abs(f.x-x) < 2*m && math.Abs(f.y-y) < 2*m {
			return true
		}
	}
	return false
}

// ratios calls hit with the middle and the module size of every dark-light-dark-light-dark run of 1:1:3:1:1.
//
//go:norace
func ratios(line []uint8, hit func(middle, module float64)) {
	var runs [5]int
	count := 0 // runs seen; odd after a dark one
	dark := false
	start := 0
	for i := 0; i <= len(line); i++ {
		if i < len(line) && (line[i] < 128) == dark {
			continue
		}
		if i > start || count > 0 {
			copy(runs[:], runs[1:])
			runs[4] = i - start
			count++
			if dark && count >= 5 {
				total := runs[0] + runs[1] + runs[2] + runs[3] + runs[4]
				m := float64(total) / 7
				near := func(run int, want float64) bool { return math.Abs(float64(run)-want*m) <= max(0.5, 0.26*m) }
				if m >= 2 && near(runs[0], 1) && near(runs[1], 1) && near(runs[2], 3) && near(runs[3], 1) && near(runs[4], 1) {
					hit(float64(i)-float64(total)/2, m)
				}
			}
		}
		start, dark = i, !dark
	}
}
