// Package export hands records over in forms that others can open.
//
//	            ┌ Guard: secrets masked, or refused ┐        ┌ Writer of a Format ┐
//	Message ──► │ Record                            │ ─Put─► │ raw jsonl csv log  │ ──► a temporary file ─Commit─► FILE
//	            └ Tally: how many of what           ┘        │ parquet pcap(ng)   │                               FILE.manifest.json
//
// What the forms promise:
//
//	raw, pcap, pcapng   the exact bytes, and nothing where one of them is secret
//	jsonl, parquet      the exact bytes, but for secrets; every kind of record
//	log                 the exact bytes, but for secrets; times in microseconds
//	csv                 what can be read in a spreadsheet; the exact bytes in the column raw_base64
//
// A Set is the files of one export: they appear under their names whole, all together, or not at all. Its caller brings
// the records and says what was asked for; export knows no queries, no flags and no terminal. One goroutine uses a Set.
package export
