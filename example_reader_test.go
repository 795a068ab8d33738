package fixarchive_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/fixarchive/fixarchive"
)

// The messages that a session sent with MsgSeqNums from 40 to 50, each as often as it was sent.
func ExampleReader_Messages() {
	r, err := fixarchive.OpenReader("/var/lib/gateway/archive")
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	q := fixarchive.Query{Session: "FIX.4.4:GATEWAY->VENUE", Direction: fixarchive.Out, From: 40, To: 50}
	for m, err := range r.Messages(q) {
		if err != nil {
			log.Fatal(err) // names the file and the place in it
		}
		fmt.Printf("epoch %d: %d %s %q\n", m.Epoch, m.MsgSeqNum, m.MsgType, m.Raw)
	}
}

// Every session's rejects of the last hour, in the order of their capture, and the places where something is missing.
func ExampleReader_Messages_allSessions() {
	r, err := fixarchive.OpenReader("/var/lib/gateway/archive")
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	q := fixarchive.Query{Since: time.Now().Add(-time.Hour)}
	for m, err := range r.Messages(q) {
		switch {
		case err != nil:
			log.Fatal(err)
		case m.Lost != nil:
			fmt.Printf("%s: %d records were lost: %s\n", m.Session, m.Lost.Count, m.Lost.Reason)
		case m.MsgType == "3" || m.MsgType == "j":
			fmt.Printf("%s: %q\n", m.Session, m.Raw)
		}
	}
}

// Messages are kept by cloning them: Raw is valid only until the iteration goes on.
func ExampleMessage_Clone() {
	r, err := fixarchive.OpenReader("/var/lib/gateway/archive")
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	var logons []fixarchive.Message
	for m, err := range r.Messages(fixarchive.Query{Types: []string{"A"}}) {
		if err != nil {
			log.Fatal(err)
		}
		logons = append(logons, m.Clone())
	}
	fmt.Println(len(logons))
}

// Whatever is captured from now on, until interrupted.
func ExampleReader_Follow() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r, err := fixarchive.OpenReader("/var/lib/gateway/archive")
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	for m, err := range r.Follow(ctx, fixarchive.Query{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %s %q\n", m.Time, m.Session, m.Raw)
	}
}

// What the archive holds.
func ExampleReader_Sessions() {
	r, err := fixarchive.OpenReader("/var/lib/gateway/archive")
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	sessions, err := r.Sessions()
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range sessions {
		fmt.Printf("%s: %d in, %d out, %d epochs\n", s.Name, s.Inbound, s.Outbound, len(s.Epochs))
	}
}
