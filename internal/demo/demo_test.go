package demo

import (
	"context"
	"testing"
	"time"
)

func TestEveryOrderIsFilled(t *testing.T) {
	addr, err := FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	const sessions, orders = 3, 20
	venue, err := StartVenue(addr, sessions, Parts{})
	if err != nil {
		t.Fatal(err)
	}
	defer venue.Stop()
	gateway, err := StartGateway(addr, sessions, Parts{})
	if err != nil {
		t.Fatal(err)
	}
	defer gateway.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	took, err := gateway.Trade(ctx, orders, nil)
	if err != nil || len(took) != sessions*orders {
		t.Fatalf("%d fills, %v", len(took), err)
	}
}

func TestTimesFallIntoTheirSlots(t *testing.T) {
	for ns := uint64(1); ns < 1<<40; ns += ns/7 + 1 {
		from, to := timeOf(slotOf(ns)), timeOf(slotOf(ns)+1)
		if ns >= steps && (uint64(from) > ns || uint64(to) <= ns) {
			t.Fatalf("%d ns fall between %d and %d", ns, from, to)
		}
	}
}
