// Package e2e drives the pages of the built program in a browser. It holds no
// code: drive.mjs does what a reader would do, and the test starts the program
// and hears what drive.mjs says.
package e2e
