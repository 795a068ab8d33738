package fixarchive

import (
	"time"

	"github.com/fixarchive/fixarchive/internal/query"
)

// Where is a condition on records, written in the language that spec/query.md describes:
//
//	session~GATEWAY and type=ExecutionReport and (55=EURUSD or 44>1.25)
//
// It does not change, and any goroutine may use it.
type Where struct{ expr *query.Expr }

// Names knows what FIX calls its fields and types of message.
type Names = query.Names

// WhereError says what of a condition cannot be understood, and where.
type WhereError = query.Error

// ParseWhere reads a condition. Names of fields and of types of message come from names, the best known of them when
// it is nil. Times without a date, and those as 2h (ago), count from now on. The error is a *WhereError.
func ParseWhere(text string, names Names) (*Where, error) {
	expr, err := query.Parse(text, query.Options{Names: names, Now: time.Now()})
	if err != nil {
		return nil, err
	}
	return &Where{expr}, nil
}

// String is the condition in one spelling.
func (w *Where) String() string { return w.expr.String() }

func (w *Where) asksForKinds() bool { return w != nil && w.expr.AsksForKinds() }
