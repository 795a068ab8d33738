//go:build cgo && sqlite

package bench

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"
	quickfixsql "github.com/quickfixgo/quickfix/store/sql"
)

// SQLite is C, and takes minutes to compile: go test ./... does without it.
func init() {
	storeKinds = append(storeKinds, storeKind{name: "sqlite", open: openSQLStores, fill: fillSQLStore})
}

// sqlTables are what quickfix's own scripts make, as far as its store asks for it.
const sqlTables = `
CREATE TABLE IF NOT EXISTS sessions (
	beginstring TEXT NOT NULL, sendercompid TEXT NOT NULL, sendersubid TEXT NOT NULL, senderlocid TEXT NOT NULL,
	targetcompid TEXT NOT NULL, targetsubid TEXT NOT NULL, targetlocid TEXT NOT NULL, session_qualifier TEXT NOT NULL,
	creation_time DATETIME NOT NULL, incoming_seqnum INT NOT NULL, outgoing_seqnum INT NOT NULL,
	PRIMARY KEY (beginstring, sendercompid, sendersubid, senderlocid, targetcompid, targetsubid, targetlocid, session_qualifier));
CREATE TABLE IF NOT EXISTS messages (
	beginstring TEXT NOT NULL, sendercompid TEXT NOT NULL, sendersubid TEXT NOT NULL, senderlocid TEXT NOT NULL,
	targetcompid TEXT NOT NULL, targetsubid TEXT NOT NULL, targetlocid TEXT NOT NULL, session_qualifier TEXT NOT NULL,
	msgseqnum INT NOT NULL, message TEXT NOT NULL,
	PRIMARY KEY (beginstring, sendercompid, sendersubid, senderlocid, targetcompid, targetsubid, targetlocid, session_qualifier, msgseqnum));`

// sqlSource is one database for all sessions, with the journal that serves writers best.
func sqlSource(dir string, durable bool) string {
	sync := "OFF"
	if durable {
		sync = "FULL"
	}
	return fmt.Sprintf("file:%s?_journal_mode=WAL&_synchronous=%s&_txlock=immediate&_busy_timeout=60000", filepath.Join(dir, "stores.db"), sync)
}

func openSQLStores(tb testing.TB, dir string, durable bool) storePlace {
	tb.Helper()
	withSQL(tb, sqlSource(dir, false), func(db *sql.DB) error {
		_, err := db.Exec(sqlTables)
		return err
	})
	s := quickfix.NewSettings()
	s.GlobalSettings().Set(config.SQLStoreDriver, "sqlite3")
	s.GlobalSettings().Set(config.SQLStoreDataSourceName, sqlSource(dir, durable))
	s.GlobalSettings().Set(config.DynamicSessions, "Y")
	return storePlace{quickfixsql.NewStoreFactory(s), func() {}}
}

// fillSQLStore puts the messages into a store that was made.
func fillSQLStore(tb testing.TB, dir string, n int) {
	tb.Helper()
	m := string(message(tb, 7))
	withSQL(tb, sqlSource(dir, false), func(db *sql.DB) error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		insert, err := tx.Prepare(`INSERT INTO messages VALUES (?, ?, '', '', ?, '', '', '', ?, ?)`)
		if err != nil {
			return err
		}
		for i := 1; i <= n; i++ {
			if _, err := insert.Exec(gateway.BeginString, gateway.SenderCompID, gateway.TargetCompID, i, m); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`INSERT OR REPLACE INTO sessions VALUES (?, ?, '', '', ?, '', '', '', ?, 1, ?)`,
			gateway.BeginString, gateway.SenderCompID, gateway.TargetCompID, time.Now(), n+1); err != nil {
			return err
		}
		return tx.Commit()
	})
}

func withSQL(tb testing.TB, source string, f func(*sql.DB) error) {
	tb.Helper()
	db, err := sql.Open("sqlite3", source)
	if err == nil {
		defer db.Close()
		err = f(db)
	}
	if err != nil {
		tb.Fatal(err)
	}
}
