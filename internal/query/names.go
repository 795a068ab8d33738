package query

import (
	"slices"
	"strings"
)

// Names knows what FIX calls its fields and types of message. It may be called by any goroutine.
type Names interface {
	// FieldByName returns the tag of a field's name, such as 11 of ClOrdID.
	FieldByName(name string) (tag int, ok bool)
	// MsgTypeByName returns the code of a message's name, such as D of NewOrderSingle.
	MsgTypeByName(name string) (code string, ok bool)
}

// WellKnown are the names that everybody knows by heart.
var WellKnown Names = wellKnown{}

type wellKnown struct{}

func (wellKnown) FieldByName(name string) (int, bool) {
	tag, ok := fieldNames[name]
	return tag, ok
}

func (wellKnown) MsgTypeByName(name string) (string, bool) {
	code, ok := typeNames[name]
	return code, ok
}

var fieldNames = map[string]int{
	"Account": 1, "AvgPx": 6, "BeginSeqNo": 7, "BeginString": 8, "ClOrdID": 11, "CumQty": 14, "Currency": 15, "EndSeqNo": 16,
	"ExecID": 17, "ExecRefID": 19, "LastPx": 31, "LastQty": 32, "MsgSeqNum": 34, "MsgType": 35, "NewSeqNo": 36, "OrderID": 37,
	"OrderQty": 38, "OrdStatus": 39, "OrdType": 40, "OrigClOrdID": 41, "PossDupFlag": 43, "Price": 44, "RefSeqNum": 45,
	"SecurityID": 48, "SenderCompID": 49, "SenderSubID": 50, "SendingTime": 52, "Side": 54, "Symbol": 55, "TargetCompID": 56,
	"TargetSubID": 57, "Text": 58, "TimeInForce": 59, "TransactTime": 60, "PossResend": 97, "StopPx": 99, "OrdRejReason": 103,
	"OnBehalfOfCompID": 115, "GapFillFlag": 123, "DeliverToCompID": 128, "ResetSeqNumFlag": 141, "ExecType": 150, "LeavesQty": 151,
	"SecurityType": 167, "SecondaryOrderID": 198, "SecurityExchange": 207, "RefTagID": 371, "RefMsgType": 372, "SessionRejectReason": 373,
	"BusinessRejectReason": 380, "PartyID": 448, "Username": 553,
}

var typeNames = map[string]string{
	"Heartbeat": "0", "TestRequest": "1", "ResendRequest": "2", "Reject": "3", "SequenceReset": "4", "Logout": "5",
	"ExecutionReport": "8", "OrderCancelReject": "9", "Logon": "A", "News": "B", "NewOrderSingle": "D", "NewOrderList": "E",
	"OrderCancelRequest": "F", "OrderCancelReplaceRequest": "G", "OrderStatusRequest": "H", "AllocationInstruction": "J",
	"QuoteRequest": "R", "Quote": "S", "MarketDataRequest": "V", "MarketDataSnapshotFullRefresh": "W",
	"MarketDataIncrementalRefresh": "X", "MarketDataRequestReject": "Y", "QuoteCancel": "Z",
	"SecurityDefinitionRequest": "c", "SecurityDefinition": "d", "BusinessMessageReject": "j", "MassQuote": "i",
	"TradeCaptureReportRequest": "AD", "TradeCaptureReport": "AE", "OrderMassStatusRequest": "AF",
}

// likely is a name that may be meant by one that nobody knows: the same in other letters.
func likely(name string, names Names) string {
	for s := range subjects {
		if strings.EqualFold(subjects[s], name) {
			return subjects[s]
		}
	}
	var near []string
	for known := range fieldNames {
		if _, ok := names.FieldByName(known); ok && strings.EqualFold(known, name) {
			near = append(near, known)
		}
	}
	if len(near) == 0 {
		return ""
	}
	return slices.Min(near)
}
