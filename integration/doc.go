// Package integration tests the whole thing as its users run it: real engines over TCP, the real command, processes
// that are killed. It holds nothing but tests.
package integration
