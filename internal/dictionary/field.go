package dictionary

import (
	"bytes"
	"iter"
	"strings"
)

// Field is what is known of a tag.
type Field struct {
	Tag  int
	Type string // as the dictionary spells it: CHAR, NUMINGROUP, MULTIPLEVALUESTRING
	Name string

	values string // "\tvalue\tmeaning\n" for each
	under  *Field // the same tag in the dictionary below, whose values hold too
}

// Meaning is what a value of the field stands for, or "". Several of them in one value, as ExecInst has them, are
// joined by commas, when all are known.
func (f *Field) Meaning(value []byte) string {
	if meaning := f.meaning(value); meaning != "" || !f.isMultiple() || bytes.IndexByte(value, ' ') < 0 {
		return meaning
	}
	var all []string
	for part := range bytes.FieldsSeq(value) {
		meaning := f.meaning(part)
		if meaning == "" {
			return ""
		}
		all = append(all, meaning)
	}
	return strings.Join(all, ", ")
}

func (f *Field) meaning(value []byte) string {
	for enum, meaning := range f.ownValues() {
		if enum == string(value) {
			return meaning
		}
	}
	if f.under != nil {
		return f.under.meaning(value)
	}
	return ""
}

// Values goes through the enumerated values, a venue's own before the standard's.
func (f *Field) Values() iter.Seq2[string, string] {
	return func(yield func(enum, meaning string) bool) {
		for ; f != nil; f = f.under {
			for enum, meaning := range f.ownValues() {
				if !yield(enum, meaning) {
					return
				}
			}
		}
	}
}

func (f *Field) ownValues() iter.Seq2[string, string] {
	return func(yield func(enum, meaning string) bool) {
		for rest := f.values; rest != ""; {
			var line string
			line, rest, _ = strings.Cut(rest, "\n")
			enum, meaning, _ := strings.Cut(line[1:], "\t")
			if !yield(enum, meaning) {
				return
			}
		}
	}
}

// isData reports whether the field may hold any byte, behind one that says how many.
func (f *Field) isData() bool { return f.Type == "DATA" || f.Type == "XMLDATA" }

func (f *Field) isMultiple() bool {
	return f.Type == "MULTIPLEVALUESTRING" || f.Type == "MULTIPLESTRINGVALUE" || f.Type == "MULTIPLECHARVALUE"
}
