//go:build race

package fixarchive

const raceEnabled = true
