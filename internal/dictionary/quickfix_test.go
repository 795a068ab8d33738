package dictionary

import (
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/quickfixgo/quickfix/datadictionary"

	"github.com/fixarchive/fixarchive/spec/fix"
)

// TestTheFactsAreWhatQuickfixReads compares with somebody else's reader of the same files: fields, values, messages, and the
// members of every group in their order.
func TestTheFactsAreWhatQuickfixReads(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/quickfixgo/quickfix").Output()
	if err != nil {
		t.Skipf("go list: %v", err)
	}
	for _, v := range fix.Versions {
		file := filepath.Join(strings.TrimSpace(string(out)), "spec", strings.ReplaceAll(v.Name, ".", "")+".xml")
		want, err := datadictionary.Parse(file)
		if err != nil {
			t.Skip(err)
		}
		d := standard(v.Name)
		if d.Version != v.Name {
			t.Errorf("the facts of %s say that they are of %s", v.Name, d.Version)
		}
		sameFields(t, d, want)
		p := newProtocol(v.Name, []*Dictionary{d})
		sameMembers(t, v.Name+" header", &Layout{protocol: p, sources: []source{{d, d.header}}}, want.Header.Parts)
		sameMembers(t, v.Name+" trailer", &Layout{protocol: p, sources: []source{{d, d.trailer}}}, want.Trailer.Parts)
		if len(d.messages) != len(want.Messages) {
			t.Errorf("%s: %d messages, want %d", v.Name, len(d.messages), len(want.Messages))
		}
		for _, m := range d.messages {
			theirs := want.Messages[m.Type]
			if theirs == nil || theirs.Name != m.Name {
				t.Errorf("%s: %s %s is %+v", v.Name, m.Type, m.Name, theirs)
				continue
			}
			sameMembers(t, v.Name+" "+m.Name, &Layout{protocol: p, sources: []source{{d, m.members}}}, theirs.Parts)
		}
	}
}

func sameFields(t *testing.T, d *Dictionary, want *datadictionary.DataDictionary) {
	t.Helper()
	if len(d.fields) != len(want.FieldTypeByTag) {
		t.Errorf("%s: %d fields, want %d", d.Version, len(d.fields), len(want.FieldTypeByTag))
	}
	for _, theirs := range want.FieldTypeByTag {
		f := d.FieldByTag(theirs.Tag())
		if f == nil || f.Name != theirs.Name() || f.Type != theirs.Type || d.FieldByName(theirs.Name()) != f {
			t.Errorf("%s: %d is %+v, want %s %s", d.Version, theirs.Tag(), f, theirs.Type, theirs.Name())
			continue
		}
		values := maps.Collect(f.Values())
		if len(values) != len(theirs.Enums) {
			t.Errorf("%s: %s has %d values, want %d", d.Version, f.Name, len(values), len(theirs.Enums))
		}
		for _, e := range theirs.Enums {
			if values[e.Value] != e.Description || f.meaning([]byte(e.Value)) != e.Description {
				t.Errorf("%s: %s=%s means %q, want %q", d.Version, f.Name, e.Value, values[e.Value], e.Description)
			}
		}
	}
}

type member struct {
	tag      int
	required bool
	entry    []datadictionary.MessagePart
}

// flat is parts without their components. Of a field that is named twice, the first counts.
func flat(parts []datadictionary.MessagePart, required bool) (all []member) {
	for _, part := range parts {
		switch part := part.(type) {
		case *datadictionary.FieldDef:
			all = append(all, member{part.Tag(), required && part.Required(), part.Parts})
		case datadictionary.Component:
			all = append(all, flat(part.Parts(), required && part.Required())...)
		case *datadictionary.Component:
			all = append(all, flat(part.Parts(), required && part.Required())...)
		}
	}
	seen := map[int]bool{}
	return slices.DeleteFunc(all, func(m member) bool {
		twice := seen[m.tag]
		seen[m.tag] = true
		return twice
	})
}

func sameMembers(t *testing.T, what string, l *Layout, parts []datadictionary.MessagePart) {
	t.Helper()
	want := flat(parts, true)
	if l.Len() != len(want) {
		t.Errorf("%s: %d members, want %d", what, l.Len(), len(want))
		return
	}
	for i, theirs := range want {
		m := l.Member(i)
		if m.Field.Tag != theirs.tag || m.Required != theirs.required || (m.Group != nil) != (theirs.entry != nil) || l.Find(theirs.tag) != i {
			t.Errorf("%s: member %d is %s, required %v, a group %v; want %+v", what, i, m.Field.Name, m.Required, m.Group != nil, theirs)
			continue
		}
		if m.Group != nil {
			sameMembers(t, what+" > "+m.Field.Name, m.Group, theirs.entry)
		}
	}
}
