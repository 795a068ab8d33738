package order

import (
	"cmp"
	"strings"
	"time"

	"github.com/fixarchive/fixarchive/internal/fixwire"
)

// Record is one archived message, as a Finder is offered it.
type Record struct {
	Session  string // in quickfix's spelling
	Source   string
	Outbound bool
	Time     time.Time

	Generation uint32 // with Position, the order of capture
	Position   uint64
	Sequence   uint64
	Epoch      uint32
	MsgSeqNum  uint64
	MsgType    string

	Raw []byte // not kept
}

// byCapture is the order over all sessions.
func byCapture(a, b *Record) int {
	return cmp.Or(cmp.Compare(a.Generation, b.Generation), cmp.Compare(a.Position, b.Position),
		strings.Compare(a.Session, b.Session), strings.Compare(a.Source, b.Source), cmp.Compare(a.Sequence, b.Sequence))
}

// identity is what no two records share.
type identity struct {
	session, source string
	sequence        uint64
}

func (r *Record) identity() identity { return identity{r.Session, r.Source, r.Sequence} }

const (
	IDBytesMax   = 256 // a longer id joins nothing
	textBytesMax = 256 // of any other value that is kept
)

// Fields are the fields of a message that tell of an order. Of one that occurs twice, the first counts.
type Fields struct {
	ClOrdID, OrigClOrdID, OrderID, SecondaryOrderID, ExecID, ExecRefID string

	Symbol, Side, OrdType, Price            string
	OrderQty, LastQty, LastPx               string
	CumQty, LeavesQty, AvgPx                string
	OrdStatus, ExecType, ExecTransType      string
	Text, RejectReason, RefSeqNum, MultiLeg string
	PossDup, PossResend                     string
}

// at is where the value of a tag belongs, or nil.
func (f *Fields) at(tag int) *string {
	switch tag {
	case 11:
		return &f.ClOrdID
	case 41:
		return &f.OrigClOrdID
	case 37:
		return &f.OrderID
	case 198:
		return &f.SecondaryOrderID
	case 17:
		return &f.ExecID
	case 19:
		return &f.ExecRefID
	case 55:
		return &f.Symbol
	case 54:
		return &f.Side
	case 40:
		return &f.OrdType
	case 44:
		return &f.Price
	case 38:
		return &f.OrderQty
	case 32:
		return &f.LastQty
	case 31:
		return &f.LastPx
	}
	return f.stateAt(tag)
}

func (f *Fields) stateAt(tag int) *string {
	switch tag {
	case 14:
		return &f.CumQty
	case 151:
		return &f.LeavesQty
	case 6:
		return &f.AvgPx
	case 39:
		return &f.OrdStatus
	case 150:
		return &f.ExecType
	case 20:
		return &f.ExecTransType
	case 58:
		return &f.Text
	case 102, 103, 373, 380: // of a cancel, an order, a session level and a business level reject
		return &f.RejectReason
	case 45:
		return &f.RefSeqNum
	case 442:
		return &f.MultiLeg
	case 43:
		return &f.PossDup
	case 97:
		return &f.PossResend
	}
	return nil
}

// id is the value of a tag that is one of an order's or execution's ids.
type id struct {
	tag   int
	value string
}

func isID(tag int) bool {
	switch tag {
	case 11, 17, 19, 37, 41, 198:
		return true
	}
	return false
}

// parse reads what tells of an order, and every id. many reports that one tag has different ids.
func parse(raw []byte) (f Fields, ids []id, many bool) {
	for c := fixwire.NewCursor(raw); c.Next(); {
		at := f.at(c.Tag)
		if at == nil || len(c.Value) == 0 {
			continue
		}
		value := string(c.Value[:min(len(c.Value), textBytesMax)])
		if isID(c.Tag) && len(c.Value) <= IDBytesMax {
			many = many || *at != "" && *at != value
			ids = append(ids, id{c.Tag, value})
		}
		if *at == "" {
			*at = value
		}
	}
	return f, ids, many
}
