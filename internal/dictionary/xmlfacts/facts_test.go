package xmlfacts

import (
	"strings"
	"testing"
)

const whole = `<?xml version="1.0" encoding="UTF-8"?>
<!-- a venue's -->
<fix major="5" minor="0" servicepack="2" type="FIX">
 <header><field name="BeginString" required="Y"/></header>
 <messages>
  <message name="Hello" msgtype="U1" msgcat="app">
   <field name="Side" required="Y"/>
   <component name="Parties" required="y"/>
   <group name="NoLegs" required="N"><component name="Parties"/><field name="Side"/><group name="NoIDs"><field name="ID" required="Y"/></group></group>
  </message>
 </messages>
 <components><component name="Parties"><group name="NoIDs" required="Y"><field name="ID"/></group></component><component name="Empty"/></components>
 <fields>
  <field number="54" name="Side" type="char"><value enum="1" description=" BUY  it "/><value enum="no more" description=""/></field>
  <field number="8" name="BeginString" type="STRING"/>
  <field number="453" name="NoIDs" type="NUMINGROUP"/><field number="448" name="ID" type="STRING"/>
  <field number="555" name="NoLegs" type="NUMINGROUP"/>
 </fields>
 <trailer/>
</fix>`

const wholeFacts = `version FIX.5.0SP2
8 STRING BeginString
54 CHAR Side
	1	BUY it
	no more	
448 STRING ID
453 NUMINGROUP NoIDs
555 NUMINGROUP NoLegs
header 8!
trailer
component Parties 453!(448)
component Empty
message U1 app Hello 54! @Parties! 555(@Parties 54 453(448!))
`

func TestFacts(t *testing.T) {
	got, err := Facts("venue.xml", strings.NewReader(whole))
	if err != nil || string(got) != wholeFacts {
		t.Errorf("got %s, %v", got, err)
	}
}

// An error names the file, the line and the element, and says what is wanted.
func TestErrorsNameTheElement(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`<fix major`, `<dictionary major`, `venue.xml:20: this is no XML`},
		{whole, `<dictionary/>`, `venue.xml: the outermost element is not <fix>: a dictionary in QuickFIX's XML is wanted`},
		{whole, ``, `venue.xml: the outermost element is not <fix>`},
		{whole, `{"fix": 1}`, `venue.xml: the outermost element is not <fix>`},
		{`<header>`, `<header`, `venue.xml:4: this is no XML`},
		{`encoding="UTF-8"`, `encoding="UTF-16"`, `venue.xml:1: this is no XML: xml: opening charset "UTF-16": encoding "UTF-16" is not read, save it as UTF-8`},
		{`major="5"`, ``, `venue.xml:3: <fix> lacks the attribute major`},
		{`minor="0"`, ``, `venue.xml:3: <fix> lacks the attribute minor`},
		{`<trailer/>`, `<tail/>`, `venue.xml:19: <tail> is not known here: <fix> holds header, trailer, messages, components and fields`},
		{`<trailer/>`, `<fields/>`, `venue.xml:19: <fields> is there a second time, the first is in line 13`},
		{`number="54"`, ``, `venue.xml:14: <field name="Side"> has number "", want a tag`},
		{`number="54"`, `number="0"`, `venue.xml:14: <field name="Side" number="0"> has number "0", want a tag`},
		{`number="54"`, `number="99999999999"`, `has number "99999999999", want a tag`},
		{`number="54"`, `number="448"`, `venue.xml:16: <field name="ID" number="448"> has the number of the field in line 14`},
		{`number="448" name="ID"`, `number="448" name="Side"`, `has the name of the field in line 14`},
		{`type="char"`, ``, `venue.xml:14: <field name="Side" number="54"> lacks the attribute type`},
		{`<value enum="1" description=" BUY  it "/>`, `<value description="BUY"/>`, `venue.xml:14: <value> lacks an enum`},
		{`<value enum="1" description=" BUY  it "/>`, `<enum/>`, `venue.xml:14: <enum> is not known here: a <field> of <fields> holds values`},
		{`<field number="8"`, `<group number="8"`, `venue.xml:15: <group name="BeginString" number="8"> is not known here, want <field>`},
		{`<field name="Side" required="Y"/>`, `<field name="Sides"/>`, `venue.xml:7: <field name="Sides"> is not among <fields>`},
		{`<field name="Side" required="Y"/>`, `<field/>`, `venue.xml:7: <field> lacks the attribute name`},
		{`<field name="Side" required="Y"/>`, `<field name="Si de"/>`, `venue.xml:7: <field name="Si de"> name is "Si de", want a word without spaces`},
		{`<field name="Side" required="Y"/>`, `<value enum="1" name="Side"/>`, `venue.xml:7: <value name="Side" enum="1"> is not known here, want <field>, <group> or <component>`},
		{`<field name="Side" required="Y"/>`, `<field name="Side"><value enum="1"/></field>`, `venue.xml:7: <value enum="1"> is not known here: nothing stands in <field name="Side">`},
		{`<component name="Parties" required="y"/>`, `<component name="Party"/>`, `venue.xml:8: <component name="Party"> is not among <components>`},
		{`<group name="NoIDs"><field name="ID" required="Y"/></group>`, `<group name="NoIDs"/>`, `venue.xml:9: <group name="NoIDs"> is empty`},
		{`msgtype="U1"`, ``, `venue.xml:6: <message name="Hello"> lacks the attribute msgtype`},
		{`</messages>`, `<message name="Other" msgtype="U1"/></messages>`, `venue.xml:11: <message name="Other" msgtype="U1"> has the msgtype of the message in line 6`},
		{`</messages>`, `<msg/></messages>`, `venue.xml:11: <msg> is not known here, want <message>`},
		{`<component name="Empty"/>`, `<component name="Parties"/>`, `venue.xml:12: <component name="Parties"> is there a second time, the first is in line 12`},
		{`<component name="Empty"/>`, `<component name="Empty"><component name="Empty"/></component>`, `venue.xml:12: <component name="Empty"> holds itself: Empty > Empty`},
		{`<field name="ID"/></group></component><component name="Empty"/>`,
			`<component name="Empty"/></group></component><component name="Empty"><component name="Parties"/></component>`,
			`venue.xml:12: <component name="Parties"> holds itself: Parties > Empty > Parties`},
	} {
		text := strings.Replace(whole, c.old, c.new, 1)
		_, err := Facts("venue.xml", strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngot  %v\nwant %s", c.new, err, c.want)
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	deep := strings.Repeat(`<group name="NoIDs">`, 1000)
	_, err := Facts("venue.xml", strings.NewReader(strings.Replace(whole, `<field name="Side" required="Y"/>`, deep, 1)))
	if err == nil || !strings.Contains(err.Error(), "elements deep, at most 100 are read") {
		t.Errorf("got %v", err)
	}
}

// Old dictionaries are Latin-1.
func TestLatin1(t *testing.T) {
	text := strings.Replace(whole, "UTF-8", "ISO-8859-1", 1)
	text = strings.Replace(text, " BUY  it ", "ACHET\xc9", 1)
	got, err := Facts("venue.xml", strings.NewReader(text))
	if err != nil || !strings.Contains(string(got), "\t1\tACHETÉ\n") {
		t.Errorf("got %s, %v", got, err)
	}
}
