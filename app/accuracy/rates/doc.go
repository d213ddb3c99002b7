// Package rates turns the scores of comparisons into rates of error, as ISO/IEC
// 19795-1 names them:
//
//   - FMR, the false match rate: the share of impostor comparisons (two fingers)
//     that score at least the threshold;
//   - FNMR, the false non-match rate: the share of genuine comparisons (one finger)
//     that score less;
//   - EER, the equal error rate: what both are at the threshold where they meet.
//
// It is pure and knows nothing of fingers.
package rates
