package minutiae

import (
	"cmp"
	"slices"
)

// crowdRank is the neighbour whose distance says how crowded a place is. The
// nearest alone would punish true close pairs; further ones would drop what lies
// well inside a print for its unsure rim (measured: the fifth is worse).
const crowdRank = 2

// sparsest returns the n minutiae of ms that stand least crowded, in the order of
// ms. Ties fall to the earlier one. ms is returned as it is when it is short enough.
func sparsest(ms []Minutia, n int) []Minutia {
	if len(ms) <= n {
		return ms
	}
	room := make([]int, len(ms))
	distances := make([]int, 0, len(ms))
	for i, m := range ms {
		distances = distances[:0]
		for j, o := range ms {
			if i != j {
				dx, dy := int(m.X)-int(o.X), int(m.Y)-int(o.Y)
				distances = append(distances, dx*dx+dy*dy)
			}
		}
		slices.Sort(distances)
		room[i] = distances[min(crowdRank, len(distances))-1]
	}
	byRoom := make([]int, len(ms))
	for i := range byRoom {
		byRoom[i] = i
	}
	slices.SortFunc(byRoom, func(a, b int) int {
		return cmp.Or(cmp.Compare(room[b], room[a]), cmp.Compare(a, b))
	})
	byRoom = byRoom[:n]
	slices.Sort(byRoom)
	kept := make([]Minutia, n)
	for k, i := range byRoom {
		kept[k] = ms[i]
	}
	return kept
}
