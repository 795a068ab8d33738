//go:build !linux

package integration

func privately() {}
