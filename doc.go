// Package fixarchive keeps every raw FIX message that a session receives or sends, byte for byte.
package fixarchive
