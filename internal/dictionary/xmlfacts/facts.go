package xmlfacts

import (
	"io"
	"slices"
	"strconv"
	"strings"
)

// Facts reads a dictionary in QuickFIX's XML. The file's name is for errors only.
func Facts(file string, in io.Reader) ([]byte, error) {
	root, err := read(file, in)
	if err != nil {
		return nil, err
	}
	w := writer{tags: map[string]int{}, components: map[string]*element{}, finite: map[*element]bool{}}
	return w.write(root)
}

// writer puts a dictionary together.
type writer struct {
	out        []byte
	tags       map[string]int
	components map[string]*element
	finite     map[*element]bool // is known not to hold itself
}

func (w *writer) write(root *element) ([]byte, error) {
	version, err := versionOf(root)
	if err != nil {
		return nil, err
	}
	w.out = append(w.out, "version "+version+"\n"...)
	parts := map[string]*element{}
	for _, e := range root.inner {
		if !slices.Contains([]string{"header", "trailer", "messages", "components", "fields"}, e.name) {
			return nil, e.errorf("is not known here: <fix> holds header, trailer, messages, components and fields")
		}
		if parts[e.name] != nil {
			return nil, e.errorf("is there a second time, the first is in line %d", parts[e.name].line)
		}
		parts[e.name] = e
	}
	// Fields first: what follows names them.
	for _, step := range []struct {
		part string
		take func(*element) error
	}{
		{"fields", w.fields}, {"components", w.componentNames}, {"header", w.section},
		{"trailer", w.section}, {"components", w.componentBodies}, {"messages", w.messages},
	} {
		if e := parts[step.part]; e != nil {
			if err := step.take(e); err != nil {
				return nil, err
			}
		}
	}
	return w.out, nil
}

// versionOf spells a version as BeginString does, with the service packs of 5.0 behind it.
func versionOf(root *element) (string, error) {
	kind := root.attr("type")
	if kind == "" {
		kind = "FIX" // the oldest dictionaries lack it
	}
	major, err := root.word("major")
	if err != nil {
		return "", err
	}
	minor, err := root.word("minor")
	if err != nil {
		return "", err
	}
	version := kind + "." + major + "." + minor
	if pack := root.attr("servicepack"); pack != "" && pack != "0" {
		version += "SP" + pack
	}
	if strings.ContainsAny(version, " \t\r\n") {
		return "", root.errorf("has version %q, want numbers", version)
	}
	return version, nil
}

const tagMax = 1<<31 - 1

func (w *writer) fields(e *element) error {
	type field struct {
		tag int
		e   *element
	}
	var all []field
	lines := map[int]int{}
	for _, f := range e.inner {
		name, err := f.named("field")
		if err != nil {
			return err
		}
		tag, err := strconv.Atoi(f.attr("number"))
		if err != nil || tag < 1 || tag > tagMax {
			return f.errorf("has number %q, want a tag", f.attr("number"))
		}
		if lines[tag] != 0 {
			return f.errorf("has the number of the field in line %d", lines[tag])
		}
		if other, known := w.tags[name]; known {
			return f.errorf("has the name of the field in line %d", lines[other])
		}
		lines[tag], w.tags[name] = f.line, tag
		all = append(all, field{tag, f})
	}
	slices.SortFunc(all, func(a, b field) int { return a.tag - b.tag })
	for _, f := range all {
		if err := w.field(f.tag, f.e); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) field(tag int, e *element) error {
	kind, err := e.word("type")
	if err != nil {
		return err
	}
	w.out = strconv.AppendInt(w.out, int64(tag), 10)
	w.out = append(w.out, " "+strings.ToUpper(kind)+" "+e.attr("name")+"\n"...)
	for _, v := range e.inner {
		if v.name != "value" {
			return v.errorf("is not known here: a <field> of <fields> holds values")
		}
		enum, meaning := v.attr("enum"), strings.Join(strings.Fields(v.attr("description")), " ")
		if enum == "" || strings.ContainsAny(enum, "\t\r\n") {
			return v.errorf("lacks an enum, or it holds a tab or a line end")
		}
		w.out = append(w.out, "\t"+enum+"\t"+meaning+"\n"...)
	}
	return nil
}

// named is the element's name, when it is the element that is wanted.
func (e *element) named(want string) (string, error) {
	if e.name != want {
		return "", e.errorf("is not known here, want <%s>", want)
	}
	return e.word("name")
}
