// Package bench measures the house on invented worlds, beside a named peer that
// does the same work in the same run. `make bench` prints the figures.
package bench
