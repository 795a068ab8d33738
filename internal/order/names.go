package order

import "cmp"

// The steps that are counted.
const (
	stepFill           = "fill"
	stepPartialFill    = "partial fill"
	stepTradeCancelled = "trade cancelled"
	stepTradeCorrected = "trade corrected"
)

// messages are the steps of what is no ExecutionReport, by MsgType.
var messages = map[string]string{
	"3": "rejected by session", "9": "cancel rejected", "j": "rejected by application",
	"D": "new order", "E": "new list", "F": "cancel request", "G": "replace request", "H": "status request",
	"J": "allocation", "P": "allocation answer", "K": "list cancel request", "L": "list execute", "M": "list status request", "N": "list status",
	"Q": "trade disputed", "q": "mass cancel request", "r": "mass cancel report",
	"AB": "new multileg order", "AC": "multileg replace request", "AE": "trade capture report", "AF": "mass status request",
	"AR": "trade capture answer", "AS": "allocation report", "AU": "confirmation answer", "AK": "confirmation",
	"s": "new cross", "t": "cross replace request", "u": "cross cancel request",
	"BN": "execution acknowledgement", "BZ": "mass action report", "CA": "mass action request",
}

// reports are the steps of an ExecutionReport, by ExecType or, where a version has none, OrdStatus.
var reports = map[string]string{
	"0": "acknowledged", "1": stepPartialFill, "2": stepFill, "3": "done for day", "4": "cancelled", "5": "replaced",
	"6": "pending cancel", "7": "stopped", "8": "rejected", "9": "suspended", "A": "pending new", "B": "calculated",
	"C": "expired", "D": "restated", "E": "pending replace", "G": stepTradeCorrected, "H": stepTradeCancelled,
	"I": "status", "J": "trade in clearing hold", "K": "trade released", "L": "triggered", "M": "locked", "N": "released",
}

// transactions are those of FIX before 4.3, by ExecTransType, where it says more than the status.
var transactions = map[string]string{"1": stepTradeCancelled, "2": stepTradeCorrected, "3": "status"}

// step names what an event is in an order's life.
func step(e *Event) string {
	if e.MsgType != "8" {
		return cmp.Or(messages[e.MsgType], "message")
	}
	if s := transactions[e.ExecTransType]; s != "" {
		return s
	}
	if e.ExecType == "F" {
		if e.OrdStatus == "2" {
			return stepFill
		}
		return stepPartialFill
	}
	return cmp.Or(reports[cmp.Or(e.ExecType, e.OrdStatus)], "report")
}

// isRequest reports whether a message asks for something, and so is answered.
func isRequest(msgType string) bool {
	switch msgType {
	case "D", "E", "F", "G", "H", "AB", "AC", "AF", "s", "t", "u", "q", "CA":
		return true
	}
	return false
}

// isNew reports whether a message begins an order of which nothing can be executed yet.
func isNew(msgType string) bool {
	switch msgType {
	case "D", "E", "AB", "s":
		return true
	}
	return false
}
