package main

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/fixarchive/fixarchive/internal/order"
)

// storyText adds a story as people read it: its legs, then what happened, a line each.
//
//	leg 1  FIX.4.4:GATEWAY->VENUE  ClOrdID ORD-1, ORD-2  OrderID O-17
//
//	TIME                            AFTER    TOOK      LEG  …
//	2026-11-23T00:32:24.001603123Z  -        -           1  → 17  D  new order     ORD-1  …
//	2026-11-23T00:32:24.002003123Z  400µs    400µs *     1  ← 18  8  acknowledged  ORD-1  …
func storyText(dst []byte, s *order.Story, behind bool) []byte {
	if behind {
		dst = append(dst, '\n')
	}
	for i := range s.Legs {
		dst = append(dst, legText(i+1, &s.Legs[i])...)
	}
	t := table{{"TIME", ">AFTER", "TOOK", ">LEG", "", ">SEQ", "TYPE", "STEP", "CLORDID", ">QTY", ">LAST", ">PRICE", ">CUM", ">LEAVES", ">AVG", "NOTE"}}
	for _, e := range s.Events {
		t = append(t, eventRow(e))
	}
	dst = append(dst, '\n')
	return t.append(dst)
}

func legText(n int, l *order.Leg) string {
	text := "leg " + strconv.Itoa(n) + "  " + safe(l.Session)
	for _, ids := range []struct {
		name string
		all  []string
	}{{"ClOrdID", l.ClOrdIDs}, {"OrderID", l.OrderIDs}} {
		if len(ids.all) > 0 {
			text += "  " + ids.name + " " + safe(strings.Join(ids.all, ", "))
		}
	}
	return text + "\n"
}

func eventRow(e *order.Event) []string {
	arrow := "←"
	if e.Outbound {
		arrow = "→"
	}
	price := e.LastPx
	if e.MsgType != "8" {
		price = e.Price
	}
	return []string{
		e.Time.Format(timeForm), spanText(e.After), tookText(e), strconv.Itoa(e.Leg), arrow, cell(number(e.MsgSeqNum)), cell(e.MsgType),
		e.Step, cell(e.ClOrdID), cell(e.OrderQty), cell(e.LastQty), cell(price), cell(e.CumQty), cell(e.LeavesQty), cell(e.AvgPx), noteText(e),
	}
}

// noteText is what is worth a word: what does not add up first, then what the peer says.
func noteText(e *order.Event) string {
	var notes []string
	for _, p := range e.Problems {
		notes = append(notes, "!! "+safe(p))
	}
	if e.Again {
		notes = append(notes, "(again)")
	}
	if e.Many {
		notes = append(notes, "(names other orders too)")
	}
	if e.RejectReason != "" {
		notes = append(notes, "reason "+safe(e.RejectReason))
	}
	if e.Text != "" {
		notes = append(notes, safe(e.Text))
	}
	return strings.Join(notes, "; ")
}

func cell(value string) string { return cmp.Or(safe(value), "-") }

func tookText(e *order.Event) string {
	if e.Answers {
		return spanText(e.Took) + " *"
	}
	return spanText(e.Took)
}

// spanText is a time that passed, in as many digits as are read.
func spanText(d *time.Duration) string {
	switch {
	case d == nil:
		return "-"
	case d.Abs() >= time.Second:
		return d.Round(time.Millisecond).String()
	case d.Abs() >= time.Millisecond:
		return d.Round(time.Microsecond).String()
	}
	return d.String()
}

// jsonStory is a story as one JSON object.
type jsonStory struct {
	Legs   []jsonLeg   `json:"legs"`
	Events []jsonStage `json:"events"`
}

type jsonLeg struct {
	Leg      int      `json:"leg"`
	Session  string   `json:"session"`
	Source   string   `json:"source"`
	ClOrdIDs []string `json:"cl_ord_ids,omitempty"`
	OrderIDs []string `json:"order_ids,omitempty"`
}

// jsonStage is a message of a story. Quantities and prices are what the message says, as it says it.
type jsonStage struct {
	Leg        int    `json:"leg"`
	Step       string `json:"step"`
	Session    string `json:"session"`
	Source     string `json:"source"`
	Direction  string `json:"direction"`
	Time       string `json:"time"`
	MsgSeqNum  uint64 `json:"msg_seq_num,omitempty"`
	MsgType    string `json:"msg_type"`
	Sequence   uint64 `json:"sequence"`
	Epoch      uint32 `json:"epoch"`
	Generation uint32 `json:"generation"`
	Position   uint64 `json:"position"`

	AfterNS     *int64 `json:"after_ns,omitempty"`
	TookNS      *int64 `json:"took_ns,omitempty"`
	FirstAnswer bool   `json:"first_answer,omitempty"`
	Again       bool   `json:"again,omitempty"`
	Many        bool   `json:"many_orders,omitempty"`

	ClOrdID          string `json:"cl_ord_id,omitempty"`
	OrigClOrdID      string `json:"orig_cl_ord_id,omitempty"`
	OrderID          string `json:"order_id,omitempty"`
	SecondaryOrderID string `json:"secondary_order_id,omitempty"`
	ExecID           string `json:"exec_id,omitempty"`
	ExecRefID        string `json:"exec_ref_id,omitempty"`
	ExecType         string `json:"exec_type,omitempty"`
	ExecTransType    string `json:"exec_trans_type,omitempty"`
	OrdStatus        string `json:"ord_status,omitempty"`
	Symbol           string `json:"symbol,omitempty"`
	Side             string `json:"side,omitempty"`
	OrdType          string `json:"ord_type,omitempty"`
	Price            string `json:"price,omitempty"`
	OrderQty         string `json:"order_qty,omitempty"`
	LastQty          string `json:"last_qty,omitempty"`
	LastPx           string `json:"last_px,omitempty"`
	CumQty           string `json:"cum_qty,omitempty"`
	LeavesQty        string `json:"leaves_qty,omitempty"`
	AvgPx            string `json:"avg_px,omitempty"`
	RefSeqNum        string `json:"ref_seq_num,omitempty"`
	RejectReason     string `json:"reject_reason,omitempty"`
	Text             string `json:"text,omitempty"`

	CountedQty string   `json:"counted_qty,omitempty"` // our own sum of the executions
	Problems   []string `json:"problems,omitempty"`
}

func storyJSON(dst []byte, s *order.Story) []byte {
	j := jsonStory{Legs: []jsonLeg{}, Events: []jsonStage{}}
	for i, l := range s.Legs {
		j.Legs = append(j.Legs, jsonLeg{i + 1, l.Session, l.Source, l.ClOrdIDs, l.OrderIDs})
	}
	for _, e := range s.Events {
		j.Events = append(j.Events, stage(e))
	}
	return appendJSON(dst, &j)
}

func stage(e *order.Event) jsonStage {
	direction := "in"
	if e.Outbound {
		direction = "out"
	}
	return jsonStage{
		Leg: e.Leg, Step: e.Step, Session: e.Session, Source: e.Source, Direction: direction, Time: e.Time.Format(timeForm),
		MsgSeqNum: e.MsgSeqNum, MsgType: e.MsgType, Sequence: e.Sequence, Epoch: e.Epoch, Generation: e.Generation, Position: e.Position,
		AfterNS: (*int64)(e.After), TookNS: (*int64)(e.Took), FirstAnswer: e.Answers, Again: e.Again, Many: e.Many,
		ClOrdID: e.ClOrdID, OrigClOrdID: e.OrigClOrdID, OrderID: e.OrderID, SecondaryOrderID: e.SecondaryOrderID,
		ExecID: e.ExecID, ExecRefID: e.ExecRefID, ExecType: e.ExecType, ExecTransType: e.ExecTransType, OrdStatus: e.OrdStatus,
		Symbol: e.Symbol, Side: e.Side, OrdType: e.OrdType, Price: e.Price, OrderQty: e.OrderQty,
		LastQty: e.LastQty, LastPx: e.LastPx, CumQty: e.CumQty, LeavesQty: e.LeavesQty, AvgPx: e.AvgPx,
		RefSeqNum: e.RefSeqNum, RejectReason: e.RejectReason, Text: e.Text, CountedQty: e.Counted, Problems: e.Problems,
	}
}
