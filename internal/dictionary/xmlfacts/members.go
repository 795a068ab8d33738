package xmlfacts

import (
	"slices"
	"strconv"
	"strings"
)

func (w *writer) section(e *element) error {
	w.out = append(w.out, e.name...)
	return w.line(e)
}

func (w *writer) componentNames(e *element) error {
	for _, c := range e.inner {
		name, err := c.named("component")
		if err != nil {
			return err
		}
		if first := w.components[name]; first != nil {
			return c.errorf("is there a second time, the first is in line %d", first.line)
		}
		w.components[name] = c
	}
	return nil
}

func (w *writer) componentBodies(e *element) error {
	for _, c := range e.inner {
		if err := w.checkCycle(c, nil); err != nil {
			return err
		}
		w.out = append(w.out, "component "+c.attr("name")...)
		if err := w.line(c); err != nil {
			return err
		}
	}
	return nil
}

// checkCycle refuses a component that is found inside of itself: a message that holds it would have no end.
func (w *writer) checkCycle(e *element, path []string) error {
	if e.name == "component" {
		name := e.attr("name")
		if slices.Contains(path, name) {
			return e.errorf("holds itself: %s", strings.Join(append(path, name), " > "))
		}
		path = append(path, name)
		if inner := w.components[name]; inner != nil {
			e = inner
		}
	}
	if w.finite[e] {
		return nil
	}
	for _, m := range e.inner {
		if err := w.checkCycle(m, path); err != nil {
			return err
		}
	}
	w.finite[e] = true
	return nil
}

func (w *writer) messages(e *element) error {
	lines := map[string]int{}
	for _, m := range e.inner {
		name, err := m.named("message")
		if err != nil {
			return err
		}
		msgType, err := m.word("msgtype")
		if err != nil {
			return err
		}
		if lines[msgType] != 0 {
			return m.errorf("has the msgtype of the message in line %d", lines[msgType])
		}
		lines[msgType] = m.line
		category := "app"
		if m.attr("msgcat") == "admin" {
			category = "admin"
		}
		w.out = append(w.out, "message "+msgType+" "+category+" "+name...)
		if err := w.line(m); err != nil {
			return err
		}
	}
	return nil
}

// line ends a line with e's members.
func (w *writer) line(e *element) error {
	for _, m := range e.inner {
		w.out = append(w.out, ' ')
		if err := w.member(m); err != nil {
			return err
		}
	}
	w.out = append(w.out, '\n')
	return nil
}

// member writes what stands in a message, a group, a component, the header or the trailer.
func (w *writer) member(e *element) error {
	name, err := e.word("name")
	if err != nil {
		return err
	}
	if e.name == "component" {
		if w.components[name] == nil {
			return e.errorf("is not among <components>")
		}
		w.out = append(w.out, "@"+name...)
		w.required(e)
		return w.childless(e)
	}
	if e.name != "field" && e.name != "group" {
		return e.errorf("is not known here, want <field>, <group> or <component>")
	}
	tag, known := w.tags[name]
	if !known {
		return e.errorf("is not among <fields>")
	}
	w.out = strconv.AppendInt(w.out, int64(tag), 10)
	w.required(e)
	if e.name == "field" {
		return w.childless(e)
	}
	return w.group(e)
}

func (w *writer) group(e *element) error {
	if len(e.inner) == 0 {
		return e.errorf("is empty: a group needs the field that begins its entries")
	}
	w.out = append(w.out, '(')
	for i, m := range e.inner {
		if i > 0 {
			w.out = append(w.out, ' ')
		}
		if err := w.member(m); err != nil {
			return err
		}
	}
	w.out = append(w.out, ')')
	return nil
}

func (w *writer) required(e *element) {
	if strings.EqualFold(e.attr("required"), "Y") {
		w.out = append(w.out, '!')
	}
}

func (w *writer) childless(e *element) error {
	if len(e.inner) > 0 {
		return e.inner[0].errorf("is not known here: nothing stands in %v of a message, group or component", e)
	}
	return nil
}
