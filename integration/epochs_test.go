package integration

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/quickfixgo/quickfix"
	"github.com/quickfixgo/quickfix/config"

	archive "github.com/fixarchive/fixarchive"
	"github.com/fixarchive/fixarchive/internal/demo"
)

// TestEpochsOfAnEngine trades twice under each way that quickfixgo has of beginning again, with an archive on either side that
// is log and message store at once. Each life has an epoch of its own, in which the numbers count from 1, whoever reset it
// and however often the reset was told.
func TestEpochsOfAnEngine(t *testing.T) {
	for name, c := range map[string]struct {
		gateway, venue map[string]string
		lives          int
	}{
		"numbers go on":                 {nil, nil, 1},
		"the initiator resets at logon": {map[string]string{config.ResetOnLogon: "Y"}, nil, 2},
		"both reset at logon":           {map[string]string{config.ResetOnLogon: "Y"}, map[string]string{config.ResetOnLogon: "Y"}, 2},
		"both reset at logout":          {map[string]string{config.ResetOnLogout: "Y"}, map[string]string{config.ResetOnLogout: "Y"}, 2},
		"both reset at disconnect":      {map[string]string{config.ResetOnDisconnect: "Y"}, map[string]string{config.ResetOnDisconnect: "Y"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			sides, dirs := bothSides(t)
			for range 2 {
				tradeOnce(t, sides, c.gateway, c.venue, nil)
			}
			endLives(t, sides, dirs, c.lives)
		})
	}
	t.Run("at a time of the day", func(t *testing.T) {
		sides, dirs := bothSides(t)
		soon := time.Now().UTC().Add(3 * time.Second).Truncate(time.Second)
		tradeOnce(t, sides, map[string]string{config.ResetSeqTime: soon.Format("15:04:05")}, nil, func() { time.Sleep(time.Until(soon.Add(2 * time.Second))) })
		endLives(t, sides, dirs, 2)
	})
}

// bothSides opens an archive for the gateway and one for the venue.
func bothSides(t *testing.T) (sides [2]*archive.Archive, dirs [2]string) {
	t.Helper()
	for i := range sides {
		dirs[i] = t.TempDir()
		a, err := openArchive(t, dirs[i])
		if err != nil {
			t.Fatal(err)
		}
		sides[i] = a
		t.Cleanup(func() { a.Close() })
	}
	return sides, dirs
}

// endLives closes both archives and looks what is in them.
func endLives(t *testing.T, sides [2]*archive.Archive, dirs [2]string, lives int) {
	t.Helper()
	for i, id := range []quickfix.SessionID{atGateway, atVenue} {
		s, err := sides[i].StoreFactory().Create(id)
		if err != nil {
			t.Fatal(err)
		}
		sender := s.NextSenderMsgSeqNum()
		if err := sides[i].Close(); err != nil {
			t.Fatal(err)
		}
		checkLives(t, dirs[i], lives, sender)
	}
}

const ordersOfALife = 5

func tradeOnce(t *testing.T, sides [2]*archive.Archive, gatewaySettings, venueSettings map[string]string, between func()) {
	t.Helper()
	addr, err := demo.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	venue, err := demo.StartVenue(addr, 1, demo.Parts{Log: sides[1].LogFactory(nil), Store: sides[1].StoreFactory(), Global: venueSettings})
	if err != nil {
		t.Fatal(err)
	}
	defer venue.Stop()
	gateway, err := demo.StartGateway(addr, 1, demo.Parts{Log: sides[0].LogFactory(nil), Store: sides[0].StoreFactory(), Global: gatewaySettings})
	if err != nil {
		t.Fatal(err)
	}
	defer gateway.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	orders(t, ctx, gateway, ordersOfALife)
	if between != nil {
		between()
		orders(t, ctx, gateway, ordersOfALife)
	}
}

// checkLives looks for the application's messages: so many lives have some, each counts from 2 on behind its Logon, and
// nothing was taken for a low number.
func checkLives(t *testing.T, dir string, lives, sender int) {
	t.Helper()
	r, err := archive.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	first, last := map[uint32]uint64{}, uint64(0)
	for m, err := range r.Messages(archive.Query{Session: "->", Types: []string{"D", "8", "A"}, Direction: archive.Out}) {
		if err != nil {
			t.Fatal(err)
		}
		if m.Flags&archive.LowSeqNum != 0 {
			t.Errorf("%s %d of epoch %d counts as low", m.MsgType, m.MsgSeqNum, m.Epoch)
		}
		last = m.MsgSeqNum
		if m.MsgType != "A" && first[m.Epoch] == 0 {
			first[m.Epoch] = m.MsgSeqNum
		}
	}
	if fmt.Sprint(first) != fmt.Sprint(map[int]map[uint32]uint64{1: {1: 2}, 2: {1: 2, 2: 2}}[lives]) {
		t.Errorf("first numbers by epoch: %v, want %d lives", first, lives)
	}
	if sender != 1 && uint64(sender) <= last {
		t.Errorf("the store goes on with %d, the last message had %d", sender, last)
	}
}
