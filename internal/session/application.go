package session

import (
	"sync"

	"github.com/quickfixgo/quickfix"

	"github.com/fixarchive/fixarchive/internal/record"
)

// NewApplication returns an application that records when sessions are created, log on and log out, and passes every
// call on to next with its arguments and results untouched. known is that of NewLogFactory: a dynamic session leaves
// nothing under its name before OnLogon.
func NewApplication(rs recorders, next quickfix.Application, known func(quickfix.SessionID) bool) quickfix.Application {
	return &application{Application: next, recorders: rs, known: known}
}

type application struct {
	quickfix.Application
	recorders recorders
	known     func(quickfix.SessionID) bool
	letIn     sync.Map // quickfix.SessionID of the dynamic sessions that are logged on
}

func (a *application) OnCreate(id quickfix.SessionID) {
	if !a.dynamic(id) {
		a.record(id, record.Created)
	}
	a.Application.OnCreate(id)
}

func (a *application) OnLogon(id quickfix.SessionID) {
	if a.dynamic(id) {
		a.letIn.Store(id, nil)
	}
	a.record(id, record.LoggedOn)
	a.Application.OnLogon(id)
}

func (a *application) OnLogout(id quickfix.SessionID) {
	_, was := a.letIn.LoadAndDelete(id)
	if was || !a.dynamic(id) {
		a.record(id, record.LoggedOut)
	}
	a.Application.OnLogout(id)
}

func (a *application) dynamic(id quickfix.SessionID) bool { return a.known != nil && !a.known(id) }

// record has nobody to tell when the log cannot be opened; the Registry counts it.
func (a *application) record(id quickfix.SessionID, op record.Op) {
	if r, err := a.recorders.Recorder(hookLog(id)); err == nil {
		r.Change(record.Change{Op: op})
	}
}
