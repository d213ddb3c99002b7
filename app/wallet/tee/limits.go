package tee

// MaxText is the greatest length of an [Error]'s text, in bytes.
const MaxText = 512

// MaxBulk is the most bytes that a call, an answer or an event hands over: 1 MiB.
const MaxBulk = 1 << 20
