package export

import "io"

// rawWriter writes messages one after the other, with nothing between them.
type rawWriter struct{ w io.Writer }

func (w *rawWriter) Write(r *Record) error {
	_, err := w.w.Write(r.Raw)
	return err
}

func (w *rawWriter) Close() error { return nil }

// logWriter writes messages as quickfixgo's file log does, in UTC, and as exactly: a message that holds a line end
// divides the line there too, and one that ends with a line end gets no second.
//
//	2026/11/23 00:32:24.001603 8=FIX.4.4|9=…|10=048|
type logWriter struct {
	w   io.Writer
	buf []byte
}

func (w *logWriter) Write(r *Record) error {
	w.buf = r.Time.UTC().AppendFormat(w.buf[:0], "2006/01/02 15:04:05.000000 ")
	w.buf = append(w.buf, r.Raw...)
	if w.buf[len(w.buf)-1] != '\n' {
		w.buf = append(w.buf, '\n')
	}
	_, err := w.w.Write(w.buf)
	return err
}

func (w *logWriter) Close() error { return nil }
