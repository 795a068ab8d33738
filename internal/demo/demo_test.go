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
