package camera

import "sync"

// feed hands values to any number of receivers, each of which finds the latest or waits for the next: a slow one
// misses values and never holds the sender up.
type feed[T any] struct {
	mu        sync.Mutex
	receivers map[chan T]struct{}
	closed    bool
}

// join adds a receiver; first, if any, waits for it already.
func (f *feed[T]) join(first ...T) chan T {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := make(chan T, 1)
	for _, v := range first {
		ch <- v
	}
	if f.closed {
		close(ch)
		return ch
	}
	if f.receivers == nil {
		f.receivers = make(map[chan T]struct{})
	}
	f.receivers[ch] = struct{}{}
	return ch
}

// leave closes the receiver's channel.
func (f *feed[T]) leave(ch chan T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.receivers[ch]; ok {
		delete(f.receivers, ch)
		close(ch)
	}
}

// watched tells whether anybody would get a value.
func (f *feed[T]) watched() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.receivers) > 0
}

// send replaces what each receiver has not taken yet.
func (f *feed[T]) send(v T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for ch := range f.receivers {
		select {
		case <-ch:
		default:
		}
		ch <- v // there is room: only send fills it, under the lock
	}
}

// close closes every receiver's channel, and those of receivers still to come.
func (f *feed[T]) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for ch := range f.receivers {
		close(ch)
	}
	f.receivers = nil
}
