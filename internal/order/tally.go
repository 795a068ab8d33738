package order

import (
	"fmt"
	"math/big"
	"strings"
)

// tally is a leg's running quantity: what its executions come to, beside what the reports say.
type tally struct {
	sum   *big.Rat            // nil: not known yet
	fills map[string]*big.Rat // LastQty by ExecID, as corrected
}

// begin begins at nothing where the order itself is there; else the first report says where it stands.
func (t *tally) begin(e *Event) {
	t.fills = map[string]*big.Rat{}
	if isNew(e.MsgType) {
		t.sum = new(big.Rat)
	}
}

// report takes an ExecutionReport in and says what of it does not add up.
func (t *tally) report(e *Event) {
	if e.MultiLeg == "2" { // of one leg of an instrument, whose quantities are its own
		return
	}
	before := t.sum
	change, known := t.change(e)
	cum, stated := quantity(e.CumQty)
	switch {
	case !known && stated, before == nil && stated:
		t.sum = cum
	case before == nil:
	default:
		t.sum = new(big.Rat).Add(before, change)
		if stated && t.sum.Cmp(cum) != 0 {
			e.complain("CumQty is %s, want %s", e.CumQty, sumText(before, change))
			t.sum = cum // told once
		}
	}
	if t.sum != nil {
		e.Counted = decimal(t.sum)
	}
	checkQuantities(e)
}

// change is what a report adds to the quantity executed. known is false when that cannot be told.
func (t *tally) change(e *Event) (by *big.Rat, known bool) {
	by = new(big.Rat)
	last, ok := quantity(e.LastQty)
	switch {
	case e.Step == stepFill || e.Step == stepPartialFill:
		if !ok {
			if e.ExecType != "" {
				e.complain("a fill without a LastQty")
			}
			return by, false
		}
		t.fills[e.ExecID] = last
		return last, true
	case e.Step == stepTradeCancelled:
		return by.Neg(t.referred(e, &known)), known
	case e.Step == stepTradeCorrected:
		old := t.referred(e, &known)
		if known = known && ok; known {
			t.fills[e.ExecID] = last
			by.Sub(last, old)
		}
		return by, known
	}
	return by, true
}

// referred is the quantity of the execution that a report takes back, which counts no more.
func (t *tally) referred(e *Event, known *bool) *big.Rat {
	old, ok := t.fills[e.ExecRefID]
	if !ok {
		e.complain("ExecRefID %q names no fill that is counted here", e.ExecRefID)
		old = new(big.Rat)
	}
	delete(t.fills, e.ExecRefID)
	*known = ok
	return old
}

// checkQuantities compares what one report says with itself.
func checkQuantities(e *Event) {
	order, ok := quantity(e.OrderQty)
	cum, ok2 := quantity(e.CumQty)
	if !ok || !ok2 || order.Sign() == 0 {
		return
	}
	open := new(big.Rat).Sub(order, cum)
	if open.Sign() < 0 {
		e.complain("CumQty %s is more than OrderQty %s", e.CumQty, e.OrderQty)
		open.SetInt64(0)
	}
	leaves, ok := quantity(e.LeavesQty)
	if !ok || leaves.Cmp(open) == 0 || isPendingChange(e.OrdStatus) || isOver(e.OrdStatus) && leaves.Sign() == 0 {
		return
	}
	e.complain("LeavesQty is %s, want OrderQty %s - CumQty %s = %s", e.LeavesQty, e.OrderQty, e.CumQty, decimal(open))
}

// isPendingChange reports whether OrderQty may be that of before or of after.
func isPendingChange(ordStatus string) bool { return ordStatus == "6" || ordStatus == "E" }

// isOver reports whether nothing is left to execute, whatever the quantities are.
func isOver(ordStatus string) bool {
	return ordStatus != "" && strings.Contains("3 4 8 B C", ordStatus)
}

func (e *Event) complain(format string, args ...any) {
	e.Problems = append(e.Problems, fmt.Sprintf(format, args...))
}

func sumText(before, change *big.Rat) string {
	sum, by, sign := decimal(new(big.Rat).Add(before, change)), decimal(new(big.Rat).Abs(change)), "+"
	switch change.Sign() {
	case 0:
		return sum + " as before"
	case -1:
		sign = "-"
	}
	return fmt.Sprintf("%s %s %s = %s", decimal(before), sign, by, sum)
}

// quantity reads digits with a decimal point among them, exactly. Peers that send more digits than anybody trades are
// not added up.
func quantity(text string) (*big.Rat, bool) {
	const digitsMax = 40
	digits := strings.Replace(strings.TrimPrefix(text, "-"), ".", "", 1)
	if digits == "" || len(text) > digitsMax || strings.Trim(digits, "0123456789") != "" {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// decimal is a sum of quantities, which has a finite number of digits.
func decimal(r *big.Rat) string {
	digits, _ := r.FloatPrec()
	return r.FloatString(digits)
}
