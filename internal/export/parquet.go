package export

import (
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"github.com/fixarchive/fixarchive/internal/fixwire"
	"github.com/fixarchive/fixarchive/internal/plain"
)

// parquetRow is a record as Parquet has it. What a record does not have is null, and so is a tag with nothing in it. Tags
// are text, as they are in the message: the first of its name, with bytes that are no UTF-8 as \xNN. Raw is exact.
type parquetRow struct {
	Time       int64  `parquet:"time,timestamp(microsecond)"` // UTC, cut off
	TimeNanos  int64  `parquet:"time_ns"`                     // since 1970
	Session    string `parquet:"session,dict"`
	Source     string `parquet:"source,dict"`
	Kind       string `parquet:"kind,dict"`
	MsgSeqNum  int64  `parquet:"msg_seq_num,optional"`
	MsgType    string `parquet:"msg_type,optional,dict"`
	Flags      string `parquet:"flags,optional,dict"` // with spaces between them
	Sequence   int64  `parquet:"sequence"`
	Epoch      int32  `parquet:"epoch"`
	Generation int32  `parquet:"generation"`
	Position   int64  `parquet:"position"`

	SenderCompID     string `parquet:"sender_comp_id,optional,dict"`
	TargetCompID     string `parquet:"target_comp_id,optional,dict"`
	SendingTime      string `parquet:"sending_time,optional"`
	PossDupFlag      string `parquet:"poss_dup_flag,optional,dict"`
	ClOrdID          string `parquet:"cl_ord_id,optional"`
	OrigClOrdID      string `parquet:"orig_cl_ord_id,optional"`
	OrderID          string `parquet:"order_id,optional"`
	ExecID           string `parquet:"exec_id,optional"`
	ExecType         string `parquet:"exec_type,optional,dict"`
	OrdStatus        string `parquet:"ord_status,optional,dict"`
	Account          string `parquet:"account,optional,dict"`
	Symbol           string `parquet:"symbol,optional,dict"`
	SecurityID       string `parquet:"security_id,optional,dict"`
	Side             string `parquet:"side,optional,dict"`
	OrdType          string `parquet:"ord_type,optional,dict"`
	TimeInForce      string `parquet:"time_in_force,optional,dict"`
	OrderQty         string `parquet:"order_qty,optional"`
	Price            string `parquet:"price,optional"`
	LastQty          string `parquet:"last_qty,optional"`
	LastPx           string `parquet:"last_px,optional"`
	LeavesQty        string `parquet:"leaves_qty,optional"`
	CumQty           string `parquet:"cum_qty,optional"`
	AvgPx            string `parquet:"avg_px,optional"`
	TransactTime     string `parquet:"transact_time,optional"`
	Currency         string `parquet:"currency,optional,dict"`
	Text             string `parquet:"text,optional"`
	RefSeqNum        string `parquet:"ref_seq_num,optional"`
	SecondaryOrderID string `parquet:"secondary_order_id,optional"`

	LostLast  int64  `parquet:"lost_last,optional"`  // of a gap: the last sequence that is missing
	LostCount int64  `parquet:"lost_count,optional"` // of a gap: records; null: not known
	Detail    string `parquet:"detail,optional"`     // of what is neither message nor event, in words
	Masked    bool   `parquet:"masked"`
	Raw       []byte `parquet:"raw"` // empty where there is none
}

// tag is where the row has a tag; nil where it has none.
func (row *parquetRow) tag(n int) *string {
	switch n {
	case 1:
		return &row.Account
	case 6:
		return &row.AvgPx
	case 11:
		return &row.ClOrdID
	case 14:
		return &row.CumQty
	case 15:
		return &row.Currency
	case 17:
		return &row.ExecID
	case 31:
		return &row.LastPx
	case 32:
		return &row.LastQty
	case 37:
		return &row.OrderID
	case 38:
		return &row.OrderQty
	case 39:
		return &row.OrdStatus
	case 40:
		return &row.OrdType
	case 41:
		return &row.OrigClOrdID
	case 43:
		return &row.PossDupFlag
	case 44:
		return &row.Price
	case 45:
		return &row.RefSeqNum
	case 48:
		return &row.SecurityID
	case 49:
		return &row.SenderCompID
	case 52:
		return &row.SendingTime
	case 54:
		return &row.Side
	case 55:
		return &row.Symbol
	case 56:
		return &row.TargetCompID
	case 58:
		return &row.Text
	case 59:
		return &row.TimeInForce
	case 60:
		return &row.TransactTime
	case 150:
		return &row.ExecType
	case 151:
		return &row.LeavesQty
	case 198:
		return &row.SecondaryOrderID
	}
	return nil
}

// A row group is held in memory until it is full.
const (
	rowGroupBytes = 24 << 20
	rowGroupRows  = 100_000
)

// parquetWriter writes one row for a record.
type parquetWriter struct {
	w     *parquet.GenericWriter[parquetRow]
	row   [1]parquetRow
	bytes int // of messages in the row group at hand
	rows  int
}

func newParquetWriter(w io.Writer, o Options) *parquetWriter {
	options := []parquet.WriterOption{parquet.Compression(&parquet.Zstd), parquet.CreatedBy("fixarchive", o.Software, "")}
	for _, key := range slices.Sorted(maps.Keys(o.About)) {
		options = append(options, parquet.KeyValueMetadata("fixarchive."+key, o.About[key]))
	}
	return &parquetWriter{w: parquet.NewGenericWriter[parquetRow](w, options...)}
}

func (p *parquetWriter) Write(r *Record) error {
	p.row[0].fill(r)
	if _, err := p.w.Write(p.row[:]); err != nil {
		return err
	}
	p.rows++
	p.bytes += len(r.Raw)
	if p.rows < rowGroupRows && p.bytes < rowGroupBytes {
		return nil
	}
	p.rows, p.bytes = 0, 0
	return p.w.Flush()
}

func (p *parquetWriter) Close() error { return p.w.Close() }

func (row *parquetRow) fill(r *Record) {
	*row = parquetRow{
		Time: r.Time.UnixMicro(), TimeNanos: r.Time.UnixNano(),
		Session: text(r.Session), Source: text(r.Source), Kind: r.Kind.String(),
		MsgSeqNum: int64(r.MsgSeqNum), MsgType: text(r.MsgType), Flags: strings.Join(r.Flags.Names(), " "),
		Sequence: int64(r.Sequence), Epoch: int32(r.Epoch), Generation: int32(r.Generation), Position: int64(r.Position),
		Detail: text(Describe(&r.Message)), Masked: r.Masked,
	}
	if r.Lost != nil {
		row.LostLast, row.LostCount = int64(r.Lost.Last), int64(r.Lost.Count)
	}
	if r.hasText() {
		row.Raw = r.Raw
	}
	if isMessage(r.Kind) {
		for tag, value := range fixwire.Fields(r.Raw) {
			if at := row.tag(tag); at != nil && *at == "" {
				*at = text(string(value))
			}
		}
	}
}

// text is s in UTF-8, which Parquet asks of text.
func text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string(plain.AppendText(nil, []byte(s)))
}
