//go:build race

package session

const raceEnabled = true // sync.Pool drops some of what it is given
