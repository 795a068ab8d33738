// Package decode goes through the fields of a raw message and says what each of them is: its name, where it belongs, and in
// which entry of which group it stands.
//
//	                                      Depth Entry
//	… 453=2|                NoPartyIDs      0     0    Counts
//	  448=A|447=D|452=1|    PartyID …       1     1    448 Begins
//	    802=1|523=X|        PartySubID      2     1    523 Begins
//	  448=B|452=3|          PartyID …       1     2    448 Begins
//	58=text|                Text            0     0
//
// Every byte of the message is in exactly one field, in order, whatever the bytes are: the fields put together are the
// message again. Nothing is repaired. What is wrong is named in Problems, and the rest is decoded as far as it makes
// sense: a wrong count does not tear a group apart, a tag that nobody knows stays where it stands.
//
// A field belongs to the innermost group that has it as a member and does not have it yet in this entry; what
// begins an entry is the tag that its first entry began with, as peers do not all keep to the dictionary there. A tag that
// the message does not have belongs to the group around it if the next one that it has does.
//
// A Decoder is used by one goroutine, for one message after another. What it says of a field points into the message
// and into the dictionary; nothing is copied, and nothing allocated once it has seen its largest message.
//
// decode does not validate: whether a value is allowed or a required field missing is not asked.
package decode
