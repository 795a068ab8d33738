// Package order puts together the life of an order from the messages of many sessions.
//
//	DESK->GATEWAY    D 11=c1 ──────────────────────────────────── 8 11=c1 37=O-1
//	                        ╲                                   ╱   the OrderID joins the sessions
//	GATEWAY->VENUE           D 11=g7 ── 8 11=g7 37=V-9 198=O-1 ─
//	                         F 11=g8 41=g7 ── 9 11=g8             OrigClOrdID joins the chain
//
// A Finder is offered every message, in the order of capture, as often as it asks for; what it takes comes out as
// stories, their legs and quantities worked out. What is an id of one kind says nothing about one of another:
//
//   - ClOrdID (11) and OrigClOrdID (41) are the client's, and speak of an order between two parties alone. The same
//     text between two others is another order.
//   - OrderID (37) and SecondaryOrderID (198) are the executing side's and travel with an order from session to session,
//     so they join any two. Of different parties, messages that contradict each other in Symbol (55) or Side (54) are
//     left apart: venues count from 1 too.
//   - ExecID (17) and ExecRefID (19) belong to two parties as well. An ExecRefID leads to the ExecID that it names, and
//     back; two equal ExecIDs alone join nothing, since many venues begin again each day.
//   - RefSeqNum (45) of a Reject or BusinessMessageReject is a MsgSeqNum of the other direction, in the same epoch.
//
// NONE and 0 are what FIX puts where there is no id, and join nothing. A message that names many orders, as a list or an
// allocation does, is part of their stories and leads to no others. Market data is nobody's life.
//
// The package knows nothing of archives, files or terminals. A Finder belongs to one goroutine, and its memory is bounded by
// MessagesMax whatever it is offered. An id that was used for two orders makes one story of them, which says so.
package order
